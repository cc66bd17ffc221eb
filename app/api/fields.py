"""What may stand in a request's fields, and what is said where it may not."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SkipValidation,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import SkipJsonSchema

from app.domain.calibration import TARGET_FMR, TARGET_FPIR, Curve, Risk
from app.domain.collections import DEFAULT_COLLECTION, FaceBackend, Rules
from app.domain.consents import ConsentDraft, LegalBasis
from app.domain.errors import ImageAmbiguous, ImageMissing, InvalidRequest
from app.domain.images import Base64, ImageRef, StorageKey, SupabasePath, Upload, Url
from app.domain.liveness import LivenessMode
from app.domain.matching import Point
from app.domain.members import LONGEST_ID, wrong_with_id, wrong_with_text
from app.domain.storage import Folder, Scheme

MAX_METADATA_BYTES = 16_384

_CUTS = ("threshold", "target_fpir", "target_fmr")

_FPIR = "In the place of threshold: part of strangers who may be given a name, at this collection's size."

_FMR = "In the place of threshold: part of impostors who may be taken for whom they claim to be."


def _risk(targets: Mapping[Risk, float], what: str) -> str:
    rates = ", ".join(f"{risk} ({targets[risk]:g})" for risk in Risk)
    return f"In the place of threshold: what a wrong name would cost. It stands for a {what}: {rates}."


_KINDS = "file, image_url, image_base64, supabase_path or storage_key"


def plain_text(text: str) -> str:
    """Text that every part can hold. Raises ValueError for control characters and lone surrogates."""
    if wrong := wrong_with_text(text):
        raise ValueError(wrong)
    return text


def _identifier(text: str) -> str:
    if wrong := wrong_with_id(text):
        raise ValueError(wrong)
    return text


def _source(text: str) -> str:
    try:
        local = Folder.parse(plain_text(text)).scheme is Scheme.LOCAL
    except InvalidRequest as error:
        raise ValueError(str(error)) from None
    if local:
        msg = "local:// is this service's own"
        raise ValueError(msg)
    return text


def _json_text(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, strict=False)
    except (ValueError, RecursionError):
        msg = "not a JSON object"
        raise ValueError(msg) from None


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    """JSON that Postgres can hold: neither NUL nor lone surrogates, and not without bound."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if "\\u0000" in text or len(text.encode("utf-8")) > MAX_METADATA_BYTES:
        msg = f"at most {MAX_METADATA_BYTES} bytes of JSON, without NUL characters"
        raise ValueError(msg)
    return value


Identifier = Annotated[str, Field(min_length=1, max_length=LONGEST_ID), AfterValidator(_identifier)]
MemberId = Annotated[Identifier, Field(description="Your own id of the person.", examples=["123"])]
CollectionName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=255,
        pattern=r"^[a-zA-Z0-9_.\-]+$",
        description="The set of members.",
        examples=["default"],
    ),
]
Source = Annotated[
    str,
    Field(
        max_length=2048,
        description="Where the photos lie: r2://bucket/prefix/, s3://bucket/prefix/ or supabase://bucket/prefix/.",
        examples=["r2://photos/galleries/123/"],
    ),
    AfterValidator(_source),
]
Name = Annotated[
    str, Field(max_length=255, description="The person's name.", examples=["Ana"]), AfterValidator(plain_text)
]
MetadataIn = Annotated[
    dict[str, Any],
    Field(description="Anything of yours to keep with the member."),
    BeforeValidator(_json_text),
    AfterValidator(_storable),
]
Threshold = Annotated[
    float, Field(ge=0, le=1, allow_inf_nan=False, description="Least cosine similarity of a match.", examples=[0.35])
]
WithAttributes = Annotated[
    bool, Field(description="Guess ages and genders too, where the model pack has a model for that.")
]
Rate = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)]
Cursor = Annotated[str, Field(max_length=1024, description="next_cursor of the page before.")]

Purpose = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(plain_text)]
Evidence = Annotated[str, Field(max_length=2000), AfterValidator(plain_text)]
CLOCKS_DIFFER = timedelta(minutes=5)
"""By how much a caller's may be ahead of ours."""


class Body(BaseModel):
    """The ways of clients are many: "5" is a number, 5 may be an id."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True, extra="ignore")

    @property
    def refers(self) -> bool:
        """Whether it names something that this service is to read with its own rights."""
        return False


class CutFields(Body):
    """How sure an answer must be, said in one way at most; FACE_RECOGNITION_THRESHOLD holds where nothing is said."""

    threshold: Threshold | SkipJsonSchema[None] = None

    @field_validator("target_fpir", "target_fmr", "risk", check_fields=False)
    @classmethod
    def _alone(cls, value: object, info: ValidationInfo) -> object:
        others = [name for name in _CUTS if value is not None and info.data.get(name) is not None]
        if others:
            msg = f"send this or {' or '.join(others)}, not both"
            raise ValueError(msg)
        return value


class SearchCut(CutFields):
    target_fpir: Annotated[Rate, Field(description=_FPIR, examples=[0.01])] | SkipJsonSchema[None] = None
    risk: (
        Annotated[Literal["low", "standard", "high"], Field(description=_risk(TARGET_FPIR, "target_fpir"))]
        | SkipJsonSchema[None]
    ) = None

    @property
    def target(self) -> float | None:
        """FPIR that is asked for, if one is."""
        return TARGET_FPIR[Risk(self.risk)] if self.risk else self.target_fpir


class PairCut(CutFields):
    target_fmr: Annotated[Rate, Field(description=_FMR, examples=[1e-4])] | SkipJsonSchema[None] = None
    risk: (
        Annotated[Literal["low", "standard", "high"], Field(description=_risk(TARGET_FMR, "target_fmr"))]
        | SkipJsonSchema[None]
    ) = None

    @property
    def target(self) -> float | None:
        """FMR that is asked for, if one is."""
        return TARGET_FMR[Risk(self.risk)] if self.risk else self.target_fmr


class ImageFields(Body):
    """One image, given in exactly one way."""

    supabase_path: str = Field("", max_length=1024, description="bucket/path in Supabase Storage (recommended).")
    image_url: str = Field("", max_length=4096, description="http or https; Google Drive links work.")
    image_base64: str = Field("", description="The picture's bytes as base64.", repr=False)
    storage_key: str = Field("", max_length=2048, description="s3://bucket/key or r2://bucket/key.")
    file: SkipJsonSchema[Annotated[Any, SkipValidation]] = Field(b"", repr=False)
    image: SkipJsonSchema[Annotated[Any, SkipValidation]] = Field(b"", repr=False)

    @property
    def refers(self) -> bool:
        return bool(self.supabase_path or self.image_url or self.storage_key)

    def ref(self, which: str = "") -> ImageRef:
        """The image that is meant. Raises ImageMissing, ImageAmbiguous."""
        given = [made(value) for value, made in self._ways() if value]
        if not given:
            msg = f"Send {which}one image as {_KINDS}."
            raise ImageMissing(msg)
        if len(given) > 1:
            msg = f"Send {which}one image, in one way only: {_KINDS}."
            raise ImageAmbiguous(msg)
        return given[0]

    def _ways(self) -> list[tuple[Any, Callable[[Any], ImageRef]]]:
        return [
            (self.supabase_path, SupabasePath),
            (self.image_url, Url),
            (self.image_base64, Base64),
            (self.storage_key, StorageKey),
            (self.file, _upload),
            (self.image, _upload),
        ]


def _upload(content: object) -> ImageRef:
    if isinstance(content, str):
        # A part without a file name, or a JSON string, is text to every parser.
        return Base64(content)
    if not isinstance(content, bytes):
        msg = "file must be an uploaded picture."
        raise ImageMissing(msg)
    return Upload(content)


Live = Annotated[
    Literal["off", "report", "require"],
    Field(
        description="Whether the face is there itself: report says what is found, require refuses what looks like a "
        "picture of a face (spoof_suspected). The collection or the service may ask for more."
    ),
]


class LiveFields(Body):
    liveness: Live = "off"

    @property
    def liveness_mode(self) -> LivenessMode:
        return LivenessMode(self.liveness)


FaceAt = Annotated[
    str,
    Field(
        pattern=r"^$|^(0(\.\d{1,9})?|1(\.0{1,9})?),(0(\.\d{1,9})?|1(\.0{1,9})?)$",
        description="The face at this point, whatever face_selection says: x,y in fractions of the upright picture, "
        "as the middle of a box that /detect gave.",
        examples=["0.42,0.31"],
    ),
]


class FaceFields(ImageFields):
    """Which face of the picture is meant."""

    face_selection: Literal["single", "largest"] = Field(
        "single",
        description="single refuses a picture of several faces; largest takes the largest, or one nearly as large "
        "where the largest is at the edge.",
    )
    face_at: FaceAt = ""

    @property
    def point(self) -> Point | None:
        """Where the face is, if that was said."""
        x, _, y = self.face_at.partition(",")
        return (float(x), float(y)) if y else None


class DetectIn(ImageFields):
    attributes: WithAttributes = False


class ConsentIn(Body):
    basis: LegalBasis = Field(LegalBasis.CONSENT, description="Why the law lets the face be kept.")
    purpose: Purpose = Field(description="What for.", examples=["Entry to the gym"])
    given_at: AwareDatetime | SkipJsonSchema[None] = Field(None, description="When it was given; unset: now.")
    expires_at: AwareDatetime | SkipJsonSchema[None] = Field(None, description="When it ends; unset: never.")
    evidence: Evidence = Field("", description="Where it is written down: an address, the number of a document.")

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> "ConsentIn":
        now = datetime.now(UTC)
        if self.given_at and self.given_at > now + CLOCKS_DIFFER:
            msg = "given_at is still to come"
            raise ValueError(msg)
        if self.expires_at and self.expires_at <= (self.given_at or now):
            msg = "expires_at is not after given_at"
            raise ValueError(msg)
        return self

    def draft(self) -> ConsentDraft:
        return ConsentDraft(self.basis, self.purpose, self.given_at, self.expires_at, self.evidence)


class ConsentFields(Body):
    """A consent that comes with a face and is written down before it: as an object, or as its JSON in a form."""

    consent: Annotated[ConsentIn, BeforeValidator(_json_text)] | SkipJsonSchema[None] = None

    @property
    def consented(self) -> ConsentDraft | None:
        return self.consent.draft() if self.consent else None


class EnrollIn(FaceFields, LiveFields, ConsentFields):
    member_id: MemberId
    collection: CollectionName = DEFAULT_COLLECTION
    name: Name | SkipJsonSchema[None] = None
    metadata: MetadataIn | SkipJsonSchema[None] = None
    replace: bool = Field(default=False, description="Drop the member's other faces.")


class IdentifyIn(ImageFields, SearchCut, LiveFields):
    collection: CollectionName = DEFAULT_COLLECTION
    top_k: int = Field(1, ge=1, le=100, description="Most members to answer for a face.")
    all_faces: bool = Field(default=False, description="Search the largest faces, not only the main one.")


class VerifyIn(ImageFields, PairCut, LiveFields):
    member_id: MemberId
    collection: CollectionName = DEFAULT_COLLECTION


class CompareIn(PairCut, LiveFields):
    """Two images: a_image_url, b_image_url and so on."""

    a: ImageFields
    b: ImageFields

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, fields: Mapping[str, Any]) -> dict[str, Any]:
        sides = {side: {name[2:]: value for name, value in fields.items() if name[:2] == f"{side}_"} for side in "ab"}
        return {**fields, **sides}

    @property
    def refers(self) -> bool:
        return self.a.refers or self.b.refers


class MemberPatch(Body):
    name: Name | SkipJsonSchema[None] = None
    metadata: MetadataIn | SkipJsonSchema[None] = None


class CollectionPut(Body):
    kind: Literal["members", "gallery", "blacklist"] = Field("members", description="What the collection is for.")
    backend: Literal["", "insightface", "aws_rekognition"] = Field(
        "", description="Who is to recognise its faces; empty leaves it as it is, at first FACE_PROCESSING_BACKEND."
    )
    liveness: (
        Annotated[
            Literal["off", "report", "require"],
            Field(description="The least that every call about it does about liveness. Unset: as it is."),
        ]
        | SkipJsonSchema[None]
    ) = None
    consent_required: bool | SkipJsonSchema[None] = Field(
        None, description="Whether a face is kept only of members with a valid consent. Unset: as it is."
    )
    retention_days: Annotated[int, Field(ge=0, le=36_500)] | SkipJsonSchema[None] = Field(
        None,
        description="Faces of whoever was neither enrolled nor recognised for so many days are deleted; 0: never. "
        "Unset: as it is.",
    )

    @property
    def liveness_mode(self) -> LivenessMode | None:
        return LivenessMode(self.liveness) if self.liveness else None

    @property
    def rules(self) -> Rules:
        backend = FaceBackend(self.backend) if self.backend else None
        return Rules(self.liveness_mode, backend, self.consent_required, self.retention_days)


class CalibrationPut(Body):
    """A curve as `python -m app calibrate --json` writes it."""

    points: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = Field(
        min_length=2,
        max_length=200,
        description="False match rate and the similarity at which it occurs; rates fall, similarities rise.",
        examples=[[[0.1, 0.14], [0.001, 0.33]]],
    )
    measured_to: float = Field(gt=0, le=1, description="Least rate that was counted.", examples=[1e-5])
    people: int = Field(0, ge=0, le=2**31 - 1, description="Of how many it was measured.")
    comparisons: int = Field(0, ge=0, le=2**62, description="Over how many pairs of photos.")
    source: Annotated[str, AfterValidator(plain_text)] = Field("", max_length=255, description="On what.")

    @model_validator(mode="after")
    def _draws_a_curve(self) -> "CalibrationPut":
        self.curve()
        return self

    def curve(self) -> Curve:
        """The curve. Raises ValueError where the points draw none."""
        points = tuple((rate, similarity) for rate, similarity in self.points)
        return Curve(points, self.measured_to, self.people, self.comparisons, self.source)
