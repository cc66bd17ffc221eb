"""See a picture's faces as far as they are good enough, and the largest of those."""

from dataclasses import dataclass

from app.domain.bars import Bar, QualityFilter, Sorted
from app.domain.errors import NoFace
from app.domain.faces import AlignedFace, EmbeddedFace, Picture
from app.domain.images import ImageRef
from app.domain.users import Shown
from app.ports import Recogniser
from app.services.look import Look

MOST_FACES = 100
"""Of one picture, as AWS has it."""


@dataclass(frozen=True, slots=True)
class Probe:
    """The face that is searched for, and the others of its picture."""

    face: EmbeddedFace
    faces: Sorted


@dataclass(frozen=True, slots=True)
class LookLargest:
    look: Look
    recogniser: Recogniser
    bar: Bar

    async def faces(self, image: ImageRef) -> Picture:
        """All faces, whatever their quality."""
        return (await self.look(image))[0]

    async def sort(
        self, image: ImageRef, wanted: QualityFilter, most: int = MOST_FACES, external_id: str = ""
    ) -> tuple[Shown, Sorted]:
        """The picture and its faces, of which the `most` largest good ones are going to be used."""
        picture, origin = await self.look(image, lambda faces: self.bar.sort(faces, wanted, most).good)
        return Shown(origin.digest, origin.source, external_id), self.bar.sort(picture.faces, wanted, most)

    async def probe(self, image: ImageRef, wanted: QualityFilter) -> Probe:
        """The largest good face, embedded. Raises NoFace."""
        _, faces = await self.sort(image, wanted, 1)
        if not faces.good:
            raise NoFace
        [face] = await self.recogniser.embed(faces.good)
        return Probe(face, faces)

    async def embed(self, faces: tuple[AlignedFace, ...]) -> list[EmbeddedFace]:
        """See ports.Recogniser.embed."""
        return await self.recogniser.embed(faces)
