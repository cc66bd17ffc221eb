"""See to it that a face is there itself, as strictly as the service, the collection and the call want it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.domain.collections import CollectionRef
from app.domain.errors import LivenessUnavailable, SpoofSuspected
from app.domain.faces import AlignedFace, Picture
from app.domain.liveness import Liveness, LivenessMode, strictest
from app.ports import CollectionStore, LivenessCheck


@dataclass(frozen=True, slots=True)
class Alive:
    """check: None where no models are here. least: what is done in every call. threshold: of the score, 0–1."""

    collections: CollectionStore
    check: LivenessCheck | None = None
    least: LivenessMode = LivenessMode.OFF
    threshold: float = 0.5

    async def mode(self, asked: LivenessMode, ref: CollectionRef | None = None) -> LivenessMode:
        """What holds for a call: the strictest of what it, its collection and the service want.

        Raises LivenessUnavailable where that cannot be done, before anything is fetched.
        """
        mode = strictest(self.least, asked)
        if ref and mode is not LivenessMode.REQUIRE:
            mode = strictest(mode, await self.collections.liveness(ref))
        self.require(mode)
        return mode

    def require(self, mode: LivenessMode) -> None:
        """Raises LivenessUnavailable where the mode asks for what is not here."""
        if mode is not LivenessMode.OFF and self.check is None:
            raise LivenessUnavailable

    async def __call__(self, mode: LivenessMode, picture: Picture, face: AlignedFace) -> AlignedFace:
        """The face, with what was found of its liveness. Raises SpoofSuspected."""
        [checked] = await self.each(mode, picture, [face])
        return checked

    async def each(self, mode: LivenessMode, picture: Picture, faces: Sequence[AlignedFace]) -> Sequence[AlignedFace]:
        """The same for several faces of a picture. One that is suspected is enough to raise SpoofSuspected."""
        if mode is LivenessMode.OFF or self.check is None:
            return faces
        scores = await self.check.scores(picture.content, faces)
        found = [Liveness(score >= self.threshold, score, self.check.model) for score in scores]
        if mode is LivenessMode.REQUIRE:
            _refuse(found)
        return [replace(face, liveness=each) for face, each in zip(faces, found, strict=True)]


def _refuse(found: Iterable[Liveness]) -> None:
    least = min(found, key=lambda each: each.score, default=None)
    if least and not least.live:
        raise SpoofSuspected(liveness=least)
