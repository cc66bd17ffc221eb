"""What may stand in the requests that carry several images."""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field, ValidationError, WithJsonSchema, model_validator

from app.api.fields import Body, ImageFields
from app.domain.errors import ImageMissing, InvalidRequest
from app.domain.images import Base64, ImageRef, LocalPath, StorageKey, SupabasePath, Upload, Url
from app.services.batch import Given

BATCHED = ("images", "images[]", "file", "image")
"""Names of the parts of a multipart body that hold one image each, and may stand several times."""


class OneImage(ImageFields):
    """One image of several, given in exactly one way."""

    path: str = Field("", max_length=4096, description="Below the folder that PROCESS_IMAGES_ROOT opens.")

    def _ways(self) -> list[Any]:
        return [*super()._ways(), (self.path, LocalPath)]


def _shape() -> dict[str, Any]:
    ways = OneImage.model_json_schema()["properties"]
    return {name: {"type": "string", "description": way["description"]} for name, way in ways.items()}


Images = Annotated[
    list[Any],
    WithJsonSchema({"type": "array", "items": {"type": "object", "properties": _shape()}}),
    Field(description="Each an object that gives one image in exactly one way; in a multipart body a file."),
]


class BatchFields(Body):
    """Several images. What is wrong with one of them is for its own answer, and no reason to refuse the others."""

    images: Images = Field(default_factory=list, repr=False)

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, fields: Mapping[str, Any]) -> dict[str, Any]:
        rest = {name: value for name, value in fields.items() if name not in BATCHED}
        sent = [value for name in BATCHED for value in _listed(fields.get(name, ()))]
        return rest | {"images": sent}

    @property
    def refers(self) -> bool:
        return not all(isinstance(one, Upload | Base64 | InvalidRequest) for one in self.given())

    def given(self) -> list[Given]:
        """What each is, or why it is none."""
        return [_given(one) for one in self.images]


class SomeImages(BatchFields):
    """At least one."""

    images: Images = Field(min_length=1, repr=False, examples=[[{"image_url": "https://example.com/a.jpg"}]])


def _listed(value: object) -> list[Any]:
    """One or several images; a form may carry their list as JSON."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _json(value)
    several = value if isinstance(value, list | tuple) else [value]
    return [one for one in several if one not in ("", b"")]


def _given(one: object) -> Given:
    try:
        return _read(one)
    except ValidationError as wrong:
        return InvalidRequest("; ".join(f"{e['loc'][0]}: {e['msg']}" for e in wrong.errors()))
    except InvalidRequest as error:
        return error


def _read(one: object) -> ImageRef:
    """Raises InvalidRequest, ValidationError."""
    if isinstance(one, bytes):
        return Upload(one)
    if isinstance(one, str):
        return OneImage.model_validate(_json(one)).ref() if one.lstrip().startswith("{") else _named(one)
    if not isinstance(one, dict):
        msg = "An image is an object that gives it in exactly one way."
        raise ImageMissing(msg)
    return OneImage.model_validate({name: value for name, value in one.items() if value not in (None, "null")}).ref()


def _named(text: str) -> ImageRef:
    """What a text alone means: an address, or base64."""
    scheme = text.strip().partition("://")[0].lower()
    ways: dict[str, Callable[[str], ImageRef]] = {
        "http": Url,
        "https": Url,
        "s3": StorageKey,
        "r2": StorageKey,
        "supabase": SupabasePath,
    }
    return ways.get(scheme, Base64)(text)


def _json(text: str) -> Any:  # noqa: ANN401 - whatever was sent
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        msg = "images is neither a list of images nor JSON of one."
        raise InvalidRequest(msg) from None
