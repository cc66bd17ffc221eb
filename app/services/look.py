"""Fetch a picture and find its faces: the first step of every use case."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.errors import NoFace
from app.domain.faces import AlignedFace, Picture
from app.domain.images import ImageRef
from app.domain.matching import subject, subjects
from app.domain.members import Origin
from app.ports import ImageSource, Recogniser, Wanted
from app.services.admit import elsewhere
from app.services.alive import Alive


@dataclass(frozen=True, slots=True)
class Look:
    source: ImageSource
    recogniser: Recogniser
    alive: Alive

    async def __call__(
        self, image: ImageRef, wanted: Wanted | None = None, *, attributes: bool = False
    ) -> tuple[Picture, Origin]:
        """The picture, and what may be kept of where it came from. wanted, attributes: see Recogniser.see."""
        with elsewhere():
            fetched = await self.source.read(image)
        picture = await self.recogniser.see(fetched.content, wanted, attributes=attributes)
        return replace(picture, content=fetched.content), Origin(picture.digest, fetched.source)

    async def at_faces(
        self, image: ImageRef, most: int, *, attributes: bool = False
    ) -> tuple[Picture, Sequence[AlignedFace]]:
        """The picture and its largest faces, at most `most`. Raises NoFace."""
        picture, _ = await self(image, lambda faces: faces[:most], attributes=attributes)
        if not picture.faces:
            raise NoFace
        return picture, picture.faces[:most]

    async def at_face(self, image: ImageRef) -> tuple[Picture, AlignedFace]:
        """The picture and the face that it is of. Raises NoFace."""
        picture, _ = await self(image, subjects)
        return picture, subject(picture.faces)
