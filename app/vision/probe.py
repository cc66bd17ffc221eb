"""A drawn face: nobody's picture, and yet one that detectors find. For trying the models out at the start."""

import cv2
import numpy as np

from app.domain.faces import Landmarks, Pixels
from app.vision.align import align

SIDE = 240
"""Of the drawing, in pixels."""
_SKIN, _HAIR, _LIP, _SHADE, _WALL = (235, 200, 170), (70, 50, 40), (190, 90, 90), (190, 150, 120), (180, 190, 200)
_WHITE, _BLACK = (255, 255, 255), (40, 40, 40)

Colour = tuple[int, int, int]

LANDMARKS: Landmarks = np.array([(202, 224), (278, 224), (240, 270), (212, 300), (268, 300)], dtype=np.float32)
"""Where they are in `face`, in pixels."""


def drawn_face() -> bytes:
    """A PNG of 480 × 480 pixels showing one face, looking into the camera."""
    _, png = cv2.imencode(".png", cv2.cvtColor(face(), cv2.COLOR_RGB2BGR))
    return png.tobytes()


def face() -> Pixels:
    """The same as 480 × 480 × RGB, larger than it is drawn: SCRFD gives it 0.69, and half of that at its first size."""
    picture: Pixels = np.full((SIDE, SIDE, 3), _WALL, dtype=np.uint8)
    _oval(picture, (0, 0), (50, 65), _SKIN)
    _oval(picture, (0, -30), (53, 45), _HAIR, arc=(180, 360))
    for side in (-1, 1):
        _oval(picture, (side * 19, -8), (9, 5), _WHITE)
        _oval(picture, (side * 19, -8), (4, 4), _BLACK)
        _oval(picture, (side * 19, -18), (12, 3), _HAIR, arc=(180, 360), line=3)
    _oval(picture, (0, 10), (6, 11), _SHADE, arc=(-60, 240), line=2)
    _oval(picture, (0, 31), (17, 6), _LIP)
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.8)
    return np.asarray(cv2.resize(smooth, (2 * SIDE, 2 * SIDE), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


def crops() -> list[Pixels]:
    """The face aligned, a dozen times: as it is, lit, shaded, blurred, grainy, mirrored, moved, turned and resized."""
    picture = face()
    plain = align(picture, LANDMARKS)
    grain = np.random.default_rng(0).normal(0, 12, plain.shape)
    moved = [LANDMARKS + np.float32(step) for step in (-8, 6)]
    sized = [(LANDMARKS - SIDE) * np.float32(scale) + SIDE for scale in (0.9, 1.15)]
    turned = [_turned(degrees) for degrees in (-15, 20)]
    return [
        plain,
        *(np.clip(plain * gain, 0, 255).astype(np.uint8) for gain in (0.4, 1.3)),
        np.asarray(cv2.GaussianBlur(plain, (0, 0), 2), dtype=np.uint8),
        np.clip(plain + grain, 0, 255).astype(np.uint8),
        np.ascontiguousarray(plain[:, ::-1]),
        *(align(picture, landmarks.astype(np.float32)) for landmarks in (*moved, *sized, *turned)),
    ]


def _turned(degrees: float) -> Landmarks:
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray((LANDMARKS - SIDE) @ turn + SIDE, dtype=np.float32)


def _oval(
    picture: Pixels,
    centre: tuple[int, int],
    axes: tuple[int, int],
    colour: Colour,
    *,
    arc: tuple[int, int] = (0, 360),
    line: int = cv2.FILLED,
) -> None:
    """Draw an ellipse, or an arc of one. centre: pixels from the middle of the picture; arc: degrees."""
    x, y = centre
    cv2.ellipse(picture, (SIDE // 2 + x, SIDE // 2 + y), axes, 0, *arc, colour, line, cv2.LINE_AA)
