"""What answers about processed images look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.api import problems
from app.api.schemas import BoxOut, LandmarkOut, Out, PoseOut, QualityOut, Ratio
from app.domain.errors import FaceReconError
from app.domain.matching import Decision
from app.domain.processed import Found, ProcessedImage


class FoundMemberOut(Out):
    """identity: the id of whoever was found. similarity: cosine, −1…1; distance: 1 − similarity, 0…2.

    threshold: the least similarity of a match. box: of the face in this image. face_id: the kept face most like it.
    """

    identity: str
    name: str
    distance: Ratio
    similarity: Ratio
    threshold: Ratio
    decision: Decision
    box: BoxOut
    face_id: str

    @classmethod
    def of(cls, found: Found, image: ProcessedImage) -> "FoundMemberOut":
        return cls(
            identity=found.member_id,
            name=found.name,
            distance=found.distance,
            similarity=found.similarity,
            threshold=image.looked.threshold,
            decision=found.decision,
            box=BoxOut.model_validate(image.looked.faces[found.face]["box"]),
            face_id=found.face_id,
        )


class LookedFaceOut(Out):
    box: BoxOut
    det_score: Ratio
    quality: QualityOut
    landmarks: list[LandmarkOut]
    pose: PoseOut
    attributes: dict[str, Any]
    matches: list[FoundMemberOut] = Field(description="Best first; also those to review.")


class ImageOut(Out):
    """matched is true only for a decision of «match»."""

    image_id: str
    collection: str
    digest: str = Field(description="SHA-256 of the image's bytes.")
    source: str
    width: int
    height: int
    faces_detected: int
    matched: bool
    threshold: Ratio
    model: str
    faces: list[LookedFaceOut] = Field(description="Those that were searched, largest first.")
    matches: list[FoundMemberOut] = Field(description="Of all faces together, best first.")
    created_at: datetime

    @classmethod
    def of(cls, image: ProcessedImage) -> "ImageOut":
        looked = image.looked
        found = [(one.face, FoundMemberOut.of(one, image)) for one in looked.found]
        return cls(
            image_id=image.image_id,
            collection=image.collection,
            digest=looked.digest,
            source=looked.source,
            width=looked.width,
            height=looked.height,
            faces_detected=looked.faces_detected,
            matched=image.matched,
            threshold=looked.threshold,
            model=looked.model,
            faces=[
                LookedFaceOut.model_validate({**face, "matches": [match for at, match in found if at == number]})
                for number, face in enumerate(looked.faces)
            ],
            matches=[match for _, match in found],
            created_at=image.created_at,
        )


class ResultOut(Out):
    """What came of one image. index: its place among those that were sent, from 0."""

    index: int
    status: Literal["done", "error"]
    image: ImageOut | None
    error: dict[str, Any] | None = Field(description="A problem as other calls answer with: code, detail and so on.")

    @classmethod
    def of(cls, index: int, outcome: ProcessedImage | FaceReconError) -> "ResultOut":
        if isinstance(outcome, FaceReconError):
            return cls(index=index, status="error", image=None, error=problems.document(outcome))
        return cls(index=index, status="done", image=ImageOut.of(outcome), error=None)


class ProcessedOut(Out):
    collection: str
    processed: int
    failed: int
    matched: int = Field(description="Images in which somebody was found for sure.")
    results: list[ResultOut] = Field(description="One for each image, in the order in which they were sent.")

    @classmethod
    def of(cls, outcomes: Sequence[ProcessedImage | FaceReconError], collection: str) -> "ProcessedOut":
        results = [ResultOut.of(index, outcome) for index, outcome in enumerate(outcomes)]
        done = [result.image for result in results if result.image]
        return cls(
            collection=collection,
            processed=len(done),
            failed=len(results) - len(done),
            matched=sum(image.matched for image in done),
            results=results,
        )


class HistoryOut(Out):
    images: list[ImageOut]
    next_cursor: str
