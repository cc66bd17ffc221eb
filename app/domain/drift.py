"""What differs between our rows and what AWS Rekognition keeps."""

from dataclasses import dataclass, field

from app.domain.collections import CollectionRef


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one collection. orphans: AWS's ids of faces that nobody keeps here.

    lost: members' faces that AWS has no longer, by our ids; lost_photos: AWS's ids of such faces of a gallery's photos.
    gone: whether AWS has the whole collection no longer.
    """

    ref: CollectionRef
    remote_name: str
    faces: int
    orphans: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    lost_photos: tuple[str, ...] = ()
    gone: bool = False

    @property
    def any(self) -> bool:
        return bool(self.gone or self.orphans or self.lost or self.lost_photos)


@dataclass(frozen=True, slots=True)
class Mended:
    """indexed: faces that AWS has again. left: our ids of faces that it could not be given, and why."""

    indexed: int = 0
    left: dict[str, str] = field(default_factory=dict)
