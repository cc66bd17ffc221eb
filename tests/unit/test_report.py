"""Groups as files name them, and plots as XML has them."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from app.commands.evaluate import read_groups
from app.domain.errors import InvalidRequest
from app.services.plot import Axis, Line, svg

AXIS = Axis("part", [(0.0, "0"), (0.5, "½"), (1.0, "1")])


@pytest.mark.parametrize("text", ["ann,x\nbob , y\n", "\ufeffann\tx\nbob\ty", "ann,x\n\nbob,y,extra\n"])
def test_groups_are_read_from_commas_and_tabs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "groups"
    file.write_text(text, "utf-8")

    assert read_groups(file) == {"ann": "x", "bob": "y"}


def test_groups_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("ann\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\xff")

    for name in ("one", "binary", "nowhere"):
        with pytest.raises(InvalidRequest):
            read_groups(tmp_path / name)


def test_a_plot_draws_each_line_inside_its_axes() -> None:
    drawn = ET.fromstring(svg("a < b", AXIS, AXIS, [Line("up & down", [(0, 0), (1, 1), (2, -1)])]))

    [line] = drawn.findall("{*}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points == [(64.0, 294.0), (544.0, 34.0), (544.0, 294.0)]
    assert {"a < b", "up & down", "½"} <= {text.text for text in drawn.findall("{*}text")}
