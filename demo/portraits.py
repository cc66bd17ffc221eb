"""Six people for a machine without photographs: packages that the service is made of bring pictures of them along.

scikit-image has Eileen Collins, by NASA and in the public domain; insightface has a photograph of several people, whose
faces are cut out here. There is one picture of each, so the second one is the first as another camera might have taken
it. That shows the service at work and says nothing of how well it knows people. No picture is copied into the project.
"""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from app.domain.faces import Pixels
from bench.photos import NoPhotos, People

GROUP = {
    "Person_One": (0.087, 0.375),
    "Person_Two": (0.250, 0.239),
    "Person_Three": (0.405, 0.385),
    "Person_Four": (0.623, 0.462),
    "Person_Five": (0.922, 0.380),
}
"""The middles of faces, as fractions of the photograph's width and height."""

AROUND = 0.15
"""What is cut out to each side of them, as a fraction of the photograph's height."""

QUALITY = (cv2.IMWRITE_JPEG_QUALITY, 85)


def people() -> People:
    """Each by name, with the picture as it is and as another camera might have taken it. Raises NoPhotos."""
    astronaut, group = _file("skimage", "data/astronaut.png"), _file("insightface", "data/images/t1.jpg")
    pictures = {name: partial(_cut, group, middle) for name, middle in GROUP.items()}
    pictures["Eileen_Collins"] = partial(_read, astronaut)
    return {name: (partial(_shown, picture), partial(another, picture)) for name, picture in pictures.items()}


def another(picture: partial[Pixels]) -> bytes:
    """The picture mirrored, turned by six degrees, four fifths as large, darker."""
    pixels = cv2.flip(picture(), 1)
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 6, 1)
    turned = cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    small = cv2.resize(turned, None, fx=0.8, fy=0.8, interpolation=cv2.INTER_AREA)
    return _jpeg((small * 0.8).astype(np.uint8))


def _shown(picture: partial[Pixels]) -> bytes:
    return _jpeg(picture())


def _cut(file: Path, middle: tuple[float, float]) -> Pixels:
    whole = _read(file)
    height, width = whole.shape[:2]
    x, y, around = round(middle[0] * width), round(middle[1] * height), round(AROUND * height)
    return whole[max(0, y - around) : y + around, max(0, x - around) : x + around]


def _read(file: Path) -> Pixels:
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        msg = f"{file} cannot be read."
        raise NoPhotos(msg)
    return np.asarray(picture, dtype=np.uint8)


def _jpeg(pixels: Pixels) -> bytes:
    return cv2.imencode(".jpg", pixels, QUALITY)[1].tobytes()


def _file(package: str, inside: str) -> Path:
    found = find_spec(package)
    if not found or not found.origin or not (file := Path(found.origin).parent / inside).exists():
        msg = f"There are no photographs, and {package}, which has one, is not installed: see DEMO_IMAGES."
        raise NoPhotos(msg)
    return file
