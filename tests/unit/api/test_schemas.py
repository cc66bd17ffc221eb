import pytest

from app.api.schemas import BoxOut
from app.domain.faces import Box


@pytest.mark.parametrize(
    ("box", "shown"),
    [
        (Box(0.1, 0.2, 0.3, 0.4), (0.1, 0.2, 0.3, 0.4)),
        (Box(-0.1, -0.2, 0.3, 0.4), (0, 0, 0.2, 0.2)),
        (Box(0.9, 0.8, 0.3, 0.4), (0.9, 0.8, 0.1, 0.2)),
    ],
)
def test_a_box_shows_what_is_inside_the_picture(box: Box, shown: tuple[float, ...]) -> None:
    assert tuple(BoxOut.model_validate(box).model_dump().values()) == pytest.approx(shown)
