"""Whose photo a labelled one is, as its place says: PERSON/photo.jpg or GROUP/PERSON/photo.jpg."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.domain.comparisons import Labelled
from app.domain.faces import Embedding


@dataclass(frozen=True, slots=True)
class Label:
    """group: the folder above the person's, "" where there is none. name: person and file, to show to people."""

    person: str
    group: str
    name: str

    @property
    def unique(self) -> str:
        """Two groups may have people of one name."""
        return f"{self.group}/{self.person}".strip("/")


def label_of(path: str) -> Label | None:
    """The label that a path tells; None where it tells none.

    >>> label_of("women/ana/1.jpg")
    Label(person='ana', group='women', name='ana/1.jpg')
    """
    *above, file = [part for part in path.split("/") if part]
    if not above:
        return None
    return Label(above[-1], above[-2] if len(above) > 1 else "", f"{above[-1]}/{file}")


def labelled(labels: Sequence[Label], vectors: Sequence[Embedding], dimensions: int) -> Labelled:
    """Faces and whose they are, in the same order. dimensions: of each vector; there may be none."""
    people = [label.unique for label in labels]
    numbers = np.unique(people, return_inverse=True)[1].astype(np.intp) if people else np.zeros(0, dtype=np.intp)
    rows = np.array(vectors, dtype=np.float32).reshape(-1, dimensions)
    return Labelled(rows, numbers, tuple(label.name for label in labels))
