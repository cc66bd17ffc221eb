"""Which anchor is to find which face: SCRFD's three grids with two anchors at each place."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.vision.scrfd import ANCHORS, STRIDES
from models.lite.train.mosaic import Scene

SMALLEST = 16.0
"""Side of the smallest anchor's square in pixels; each is twice as large as the one before."""

OVERLAPPING, NEAR = 0.65, 1.0
"""Octaves between a face's side and an anchor's: up to the first it must find the face, up to the second it may."""

CORE, RIM = 0.28, 0.5
"""Parts of a face's width and height around its middle: anchors in the first must find it, in the second they may."""

BACKGROUND, NO_MATTER = -1, -2


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """All anchors of a picture, stride by stride, row by row: n × (x, y), and n sides in pixels."""

    places: NDArray[np.float32]
    sides: NDArray[np.float32]


def grid(side: int) -> Grid:
    """The anchors of a square picture."""
    places, sides = [], []
    for step, stride in enumerate(STRIDES):
        y, x = np.mgrid[0:side:stride, 0:side:stride]
        places.append(np.repeat(np.column_stack([x.ravel(), y.ravel()]), ANCHORS, axis=0))
        sides.append(np.tile(SMALLEST * 2.0 ** (ANCHORS * step + np.arange(ANCHORS)), x.size))
    return Grid(np.concatenate(places).astype(np.float32), np.concatenate(sides).astype(np.float32))


def assigned(anchors: Grid, shown: Scene) -> NDArray[np.intp]:
    """For each anchor the face that it is to find, BACKGROUND for none, NO_MATTER where it may say what it likes."""
    whom = np.full(len(anchors.sides), BACKGROUND, dtype=np.intp)
    sides = np.sqrt(np.maximum(shown.faces.areas(), 1))
    for face in np.argsort(-sides):  # small faces last: they are in front
        core, rim = _reached(anchors, shown.faces.boxes[face], float(sides[face]))
        whom[rim & (whom == BACKGROUND)] = NO_MATTER
        whom[core] = face if shown.sure[face] else NO_MATTER
    return whom


def _reached(anchors: Grid, box: NDArray[np.float32], side: float) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """The anchors that must find a face, and those that may."""
    middle, size = (box[:2] + box[2:]) / 2, np.maximum(box[2:] - box[:2], 1)
    away = np.abs(anchors.places - middle)
    octaves = np.abs(np.log2(np.clip(side, SMALLEST, 2.0**5 * SMALLEST) / anchors.sides))
    fitting = octaves <= OVERLAPPING
    core = fitting & (away <= CORE * size).all(axis=1)
    for own in np.unique(anchors.sides[fitting]):  # the nearest one in any case, however small the face
        same = np.flatnonzero(anchors.sides == own)
        core[same[np.argmin(away[same].sum(axis=1))]] = True
    return core, (octaves <= NEAR) & (away <= RIM * size).all(axis=1)
