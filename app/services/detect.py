"""Say where the faces of a picture are."""

from dataclasses import dataclass

from app.domain.faces import Picture
from app.domain.images import ImageRef
from app.services.look import Look


@dataclass(frozen=True, slots=True)
class Detect:
    look: Look

    async def __call__(self, image: ImageRef, *, attributes: bool = False) -> Picture:
        """The picture with all its faces, largest first; it may have none."""
        picture, _ = await self.look(image, attributes=attributes)
        return picture
