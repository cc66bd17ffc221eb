"""What answers look like. Fixed keys, lists never null, numbers always numbers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from app.domain.calibration import Basis, Odds
from app.domain.collections import Collection
from app.domain.faces import AlignedFace, Box, Picture
from app.domain.liveness import LivenessMode
from app.domain.matching import Decision
from app.domain.members import Member, StoredFace
from app.services.compare import Compared, ComparedFace
from app.services.describe import POINTS, known
from app.services.enroll import Enrolled
from app.services.identify import Identified, Match, SearchedFace
from app.services.judge import Standing
from app.services.verify import Verified

Ratio = Annotated[float, PlainSerializer(lambda value: round(value, 6), return_type=float)]
"""Six decimals: a millionth of the picture, a hundredth of what a float16 embedding can tell."""

Rate = Annotated[float, PlainSerializer(lambda value: float(f"{value:.3g}"), return_type=float)]
"""Three digits, wherever they begin: rates reach from 1 down to 1e-15."""

_BASIS = "What the expected rate rests on: measured, extrapolated, or none, where it is 1 and promises nothing."

_RAW = "As whoever recognised it said it: the same cosine, or the percentage of AWS Rekognition."

LANDMARK_NAMES = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")


class Out(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class BoxOut(Out):
    """Fractions of the upright picture, 0–1: the part of the face that is inside it."""

    left: Ratio
    top: Ratio
    width: Ratio
    height: Ratio

    @model_validator(mode="before")
    @classmethod
    def _inside(cls, box: object) -> object:
        if not isinstance(box, Box):
            return box
        left, right = np.clip((box.left, box.left + box.width), 0, 1).tolist()
        top, bottom = np.clip((box.top, box.top + box.height), 0, 1).tolist()
        return {"left": left, "top": top, "width": right - left, "height": bottom - top}


class QualityOut(Out):
    """score: 0–1, 1 is best. reasons: what is wrong with the face, if anything.

    sharpness: 0–1, 1 as in a crisp press photo. brightness: 0–1, the mean of the face's grey values.
    """

    score: Ratio
    reasons: list[str]
    sharpness: Ratio
    brightness: Ratio


class PoseOut(Out):
    """Degrees."""

    yaw: Ratio
    pitch: Ratio
    roll: Ratio


class LandmarkOut(Out):
    """Fractions of the upright picture. Left is the viewer's."""

    name: str
    x: Ratio
    y: Ratio


class LivenessOut(Out):
    """score: 0–1, 1 for a live face; live: whether it reaches the threshold in force."""

    live: bool
    score: Ratio
    model: str


class FoundOut(Out):
    """A face in the picture that was sent."""

    box: BoxOut
    det_score: Ratio
    quality: QualityOut

    @classmethod
    def fields_of(cls, face: AlignedFace) -> dict[str, Any]:
        return {"box": face.found.box, "det_score": face.found.score, "quality": face.quality}


class CheckedOut(FoundOut):
    """A face whose liveness may have been asked for."""

    liveness: LivenessOut | None = Field(None, description="null where nobody asked for it.")

    @classmethod
    def fields_of(cls, face: AlignedFace) -> dict[str, Any]:
        return {**super().fields_of(face), "liveness": face.liveness}


class DetectedOut(FoundOut):
    landmarks: list[LandmarkOut]
    pose: PoseOut
    attributes: dict[str, Any] = Field(
        description="age, age_range {low, high} and gender {value, confidence}, as far as asked for and known."
    )

    @classmethod
    def of(cls, face: AlignedFace) -> "DetectedOut":
        points = zip(POINTS, face.found.landmarks.tolist(), strict=True)
        landmarks = [LandmarkOut(name=name, x=x, y=y) for name, (x, y) in points]
        return cls(
            **cls.fields_of(face),
            landmarks=landmarks,
            pose=PoseOut.model_validate(face.pose),
            attributes=known(face.attributes),
        )


class DetectOut(Out):
    faces_detected: int
    width: int
    height: int
    faces: list[DetectedOut]

    @classmethod
    def of(cls, picture: Picture) -> "DetectOut":
        faces = [DetectedOut.of(face) for face in picture.faces]
        return cls(faces_detected=len(faces), width=picture.width, height=picture.height, faces=faces)


class EnrollOut(CheckedOut):
    member_id: str
    collection: str
    face_id: str
    faces_detected: int
    model: str

    @classmethod
    def of(cls, enrolled: Enrolled, member_id: str, collection: str) -> "EnrollOut":
        return cls(
            **cls.fields_of(enrolled.face),
            member_id=member_id,
            collection=collection,
            face_id=enrolled.face_id,
            faces_detected=enrolled.faces_detected,
            model=enrolled.model.name,
        )


class MatchOut(Out):
    """similarity: cosine, −1…1."""

    member_id: str
    name: str
    similarity: Ratio
    raw_similarity: Ratio = Field(description=_RAW)
    face_id: str
    decision: Decision

    @classmethod
    def of(cls, match: Match) -> "MatchOut":
        found = match.candidate
        return cls(
            member_id=found.member_id,
            name=found.name,
            similarity=found.similarity,
            raw_similarity=found.similarity if found.raw_similarity is None else found.raw_similarity,
            face_id=found.face_id,
            decision=match.decision,
        )


class SearchedOut(CheckedOut):
    matches: list[MatchOut]
    margin: Ratio

    @classmethod
    def of(cls, searched: SearchedFace) -> "SearchedOut":
        return cls(
            **cls.fields_of(searched.face),
            matches=[MatchOut.of(match) for match in searched.matches],
            margin=searched.margin,
        )


class PairOut(Out):
    """What the threshold means for a comparison of two faces."""

    expected_fmr: Rate = Field(description="Part of impostors who match at this threshold.")
    calibration: Basis = Field(description=_BASIS)

    @classmethod
    def odds_of(cls, odds: Odds) -> dict[str, Any]:
        return {"expected_fmr": odds.expected, "calibration": odds.basis}


class IdentifyOut(Out):
    """matched is true only for a decision of «match». best_* are of the first of matches, empty where there is none."""

    matched: bool
    decision: Decision
    best_member_id: str
    best_name: str
    best_similarity: Ratio
    match_count: int = Field(description="Members whose decision is «match».")
    threshold: Ratio
    expected_fpir: Rate = Field(description="Part of strangers who would be given a name, for each face searched.")
    calibration: Basis = Field(description=_BASIS)
    gallery_faces: int = Field(description="Faces kept in the collection when the odds were last taken.")
    margin: Ratio = Field(description="How far the first of matches is ahead of the next member; 0 without a match.")
    faces_detected: int
    matches: list[MatchOut] = Field(description="Each member once, best first; also those to review.")
    faces: list[SearchedOut] = Field(description="The faces that were searched, largest first.")
    liveness: LivenessOut | None = Field(description="Of the first of faces; null where nobody asked for it.")
    model: str
    collection: str

    @classmethod
    def of(cls, identified: Identified, collection: str) -> "IdentifyOut":
        matches = [MatchOut.of(match) for match in identified.matches]
        best = matches[0] if matches else None
        return cls(
            matched=best is not None and best.decision is Decision.MATCH,
            decision=best.decision if best else Decision.NO_MATCH,
            best_member_id=best.member_id if best else "",
            best_name=best.name if best else "",
            best_similarity=best.similarity if best else 0.0,
            match_count=sum(match.decision is Decision.MATCH for match in matches),
            threshold=identified.threshold,
            expected_fpir=identified.odds.expected,
            calibration=identified.odds.basis,
            gallery_faces=identified.odds.comparisons,
            margin=identified.margin,
            faces_detected=identified.faces_detected,
            matches=matches,
            faces=[SearchedOut.of(face) for face in identified.faces],
            liveness=_liveness(identified.faces),
            model=identified.model.name,
            collection=collection,
        )


def _liveness(faces: Sequence[SearchedFace]) -> LivenessOut | None:
    found = faces[0].face.liveness if faces else None
    return LivenessOut.model_validate(found) if found else None


class VerifyOut(CheckedOut, PairOut):
    verified: bool
    decision: Decision
    similarity: Ratio
    raw_similarity: Ratio = Field(description=_RAW)
    threshold: Ratio
    member_id: str
    collection: str
    faces_detected: int
    model: str

    @classmethod
    def of(cls, verified: Verified, member_id: str, collection: str) -> "VerifyOut":
        return cls(
            **cls.fields_of(verified.face),
            **cls.odds_of(verified.odds),
            verified=verified.decision is Decision.MATCH,
            decision=verified.decision,
            similarity=verified.likeness.similarity,
            raw_similarity=verified.likeness.said,
            threshold=verified.threshold,
            member_id=member_id,
            collection=collection,
            faces_detected=verified.faces_detected,
            model=verified.model.name,
        )


class ComparedOut(CheckedOut):
    faces_detected: int

    @classmethod
    def of(cls, compared: ComparedFace) -> "ComparedOut":
        return cls(**cls.fields_of(compared.face), faces_detected=compared.faces_detected)


class CompareOut(PairOut):
    same_person: bool
    decision: Decision
    similarity: Ratio
    raw_similarity: Ratio = Field(description=_RAW)
    threshold: Ratio
    a: ComparedOut
    b: ComparedOut
    model: str

    @classmethod
    def of(cls, compared: Compared) -> "CompareOut":
        return cls(
            **cls.odds_of(compared.odds),
            same_person=compared.decision is Decision.MATCH,
            decision=compared.decision,
            similarity=compared.likeness.similarity,
            raw_similarity=compared.likeness.said,
            threshold=compared.threshold,
            a=ComparedOut.of(compared.a),
            b=ComparedOut.of(compared.b),
            model=compared.model.name,
        )


class MemberOut(Out):
    member_id: str
    name: str
    metadata: dict[str, Any]
    faces: int = Field(description="How many faces are kept.")
    created_at: datetime
    updated_at: datetime


class MembersOut(Out):
    members: list[MemberOut]
    next_cursor: str

    @classmethod
    def of(cls, items: Sequence[Member], next_cursor: str) -> "MembersOut":
        return cls(members=[MemberOut.model_validate(item) for item in items], next_cursor=next_cursor)


class FaceOut(Out):
    """A face that is kept of a member. quality: 0–1."""

    face_id: str
    member_id: str
    box: BoxOut
    det_score: Ratio
    quality: Ratio
    source: str
    model: str
    created_at: datetime


class FacesOut(Out):
    faces: list[FaceOut]
    next_cursor: str

    @classmethod
    def of(cls, items: Sequence[StoredFace], next_cursor: str) -> "FacesOut":
        return cls(faces=[FaceOut.model_validate(item) for item in items], next_cursor=next_cursor)


class CountsOut(Out):
    members: int
    faces: int


class CollectionOut(Out):
    """model: the one whose embeddings it holds, empty while it holds none."""

    name: str
    kind: str
    model: str
    backend: str = Field(
        description="Who was chosen to recognise its faces; empty where the service's setting says it."
    )
    counts: CountsOut
    liveness: LivenessMode = Field(description="The least that every call about it does about liveness.")
    consent_required: bool = Field(description="Whether a face is kept only of members with a valid consent.")
    retention_days: int = Field(description="After which faces of whoever was not seen are deleted; 0: never.")
    created_at: datetime

    @classmethod
    def of(cls, kept: Collection) -> "CollectionOut":
        counts = CountsOut(members=kept.members, faces=kept.faces)
        return cls(
            name=kept.name,
            kind=kept.kind,
            model=kept.model,
            backend=kept.backend or "",
            counts=counts,
            liveness=kept.liveness,
            consent_required=kept.consent_required,
            retention_days=kept.retention_days,
            created_at=kept.created_at,
        )


class CollectionsOut(Out):
    collections: list[CollectionOut]
    next_cursor: str


class BoxedOut(Out):
    """A face of a picture that was refused for having several."""

    box: BoxOut
    det_score: Ratio

    @classmethod
    def of(cls, face: AlignedFace) -> "BoxedOut":
        return cls(box=BoxOut.model_validate(face.found.box), det_score=face.found.score)


class CalibrationOut(Out):
    """The curve in force. origin: «collection» for one of its own, «pack» for the one that came with the service."""

    collection: str
    origin: Literal["collection", "pack", "none"]
    points: list[list[float]] = Field(
        description="False match rate and the cosine similarity at which it occurs, from many false matches to few."
    )
    measured_to: Rate = Field(description="Least rate that was counted; those below are extrapolated.")
    people: int
    comparisons: int
    source: str

    @classmethod
    def of(cls, standing: Standing, collection: str) -> "CalibrationOut":
        curve = standing.curve
        points = [[float(f"{rate:.3g}"), round(similarity, 6)] for rate, similarity in curve.points] if curve else []
        return cls(
            collection=collection,
            origin="none" if curve is None else "collection" if standing.own else "pack",
            points=points,
            measured_to=curve.measured_to if curve else 1.0,
            people=curve.people if curve else 0,
            comparisons=curve.comparisons if curve else 0,
            source=curve.source if curve else "",
        )
