"""The calibration curves that come with the service, by the SHA-256 of the recogniser's file."""

import tomllib
from pathlib import Path

from app.domain.calibration import Curve


def read(text: str) -> dict[str, Curve]:
    """Read curves in TOML."""
    return {table.pop("recogniser_sha256"): _curve(table) for table in tomllib.loads(text)["curves"]}


def written(curve: Curve, recogniser_sha256: str) -> str:
    """A curve as `read` takes it: of points whose rates look alike to three digits the last one."""
    shown = {f"{rate:.3g}": similarity for rate, similarity in curve.points}
    points = "\n".join(f"  [{rate}, {similarity:.4f}]," for rate, similarity in shown.items())
    return (
        f'[[curves]]\nrecogniser_sha256 = "{recogniser_sha256}"\nsource = "{curve.source}"\npeople = {curve.people}\n'
        f"comparisons = {curve.comparisons}\nmeasured_to = {curve.measured_to:.3g}\npoints = [\n{points}\n]\n"
    )


def _curve(table: dict[str, object]) -> Curve:
    points = table.pop("points")
    assert isinstance(points, list)
    return Curve(points=tuple((float(rate), float(similarity)) for rate, similarity in points), **table)  # type: ignore[arg-type]  # the file is our own; a test reads it


CURVES = read(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def curve(recogniser_sha256: str) -> Curve | None:
    """Return that recogniser's curve, None where none was measured."""
    return CURVES.get(recogniser_sha256)
