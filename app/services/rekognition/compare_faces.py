"""Hold the largest face of one picture against all faces of another."""

from dataclasses import dataclass

from app.domain.bars import QualityFilter
from app.domain.faces import AlignedFace, cosine
from app.domain.images import ImageRef
from app.services.judge import Judge
from app.services.rekognition.look_largest import LookLargest


@dataclass(frozen=True, slots=True)
class ComparedFaces:
    """faces: of the target, most similar first, each with its similarity, 0–100 (app.domain.scale)."""

    source: AlignedFace
    faces: tuple[tuple[AlignedFace, float], ...]


@dataclass(frozen=True, slots=True)
class CompareFaces:
    look: LookLargest
    judge: Judge

    async def __call__(self, source: ImageRef, target: ImageRef, wanted: QualityFilter) -> ComparedFaces:
        """Raises NoFace where the source has none."""
        probe = await self.look.probe(source, wanted)
        _, faces = await self.look.sort(target, wanted)
        scale, embedded = self.judge.pair_scale(), await self.look.embed(faces.good)
        held = [(face.aligned, scale.percent(cosine(probe.face.embedding, face.embedding))) for face in embedded]
        return ComparedFaces(probe.face.aligned, tuple(sorted(held, key=lambda pair: -pair[1])))
