"""One endpoint, every encoding: the dependency that reads a body, and its part of the OpenAPI document."""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import ValidationError

from app.api import problems, trail
from app.api.auth import Authenticated, charge_more
from app.api.batch_fields import BATCHED, BatchFields
from app.api.body import BodyLimits, Fields, read_fields
from app.api.fields import Body, CompareIn, ImageFields
from app.api.trail import Trail
from app.domain.access import Caller
from app.domain.errors import Forbidden

B = TypeVar("B", bound=Body)

_JSON, _FORM, _MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
_PICTURE = b64encode(Path(__file__).with_name("example_face.jpg").read_bytes()).decode()  # drawn: nobody's face
_FILE = {"type": "string", "format": "binary", "description": "The picture's bytes."}

MEMBER_IN_BODY = ("member_id", "client_id")


@dataclass(frozen=True, slots=True)
class Reader(Generic[B]):
    """See `reader`. images: whether pictures may come with the body."""

    model: type[B]

    async def __call__(self, request: Request, caller: Authenticated) -> B:
        """Raises what `reader` says."""
        limits: BodyLimits = request.state.body_limits
        several = issubclass(self.model, BatchFields)
        images, lists = (max(limits.batch, 1), BATCHED) if several else (_images(self.model), ())
        body = _validated(self.model, await read_fields(request, limits, images, lists))
        _note(body, trail.of(request))
        _judge(body, caller)
        if several:
            await charge_more(request, caller, _counted(body, limits.batch))
        return body

    @property
    def images(self) -> bool:
        return issubclass(self.model, BatchFields) or _images(self.model) > 0


def reader(model: type[B]) -> Reader[B]:
    """A dependency that reads the body as `model`, and lets callers pass who may do what it says.

    Raises InvalidRequest with an entry in `errors` for each field, Forbidden, and RateLimited where several pictures
    are more than the caller may have looked at.
    """
    return Reader(model)


def _note(body: Body, trail: Trail) -> None:
    """What the body is about, whether the caller may or not."""
    trail.collection = getattr(body, "collection", trail.collection)
    trail.about(*(getattr(body, name, "") for name in MEMBER_IN_BODY))


def _judge(body: Body, caller: Caller) -> None:
    """Hold what the body is about against what the caller may. Raises Forbidden."""
    if "collection" in type(body).model_fields:
        caller.require_collection(getattr(body, "collection"))  # noqa: B009
    caller.require_member(getattr(body, "member_id", ""))
    if caller.sends and body.refers:
        msg = f"{caller.name} must send the picture itself: as a file, or as base64."
        raise Forbidden(msg)


def _counted(body: Body, most: int) -> int:
    """The pictures of the body. Raises InvalidRequest where those are more than a call may have."""
    count = len(getattr(body, "images"))  # noqa: B009 - a BatchFields, which the type does not say
    if count > most:
        raise problems.invalid([{"field": "images", "message": f"{count} were sent, {most} are the most of one call"}])
    return count


def body_of(model: type[Body]) -> dict[str, Any]:
    """`openapi_extra` of a route whose body is read by `reader(model)`."""
    schema = _schema(model)
    content = {_JSON: schema, _FORM: schema}
    if issubclass(model, BatchFields):
        files = {"type": "array", "items": _FILE}
        content = {_MULTIPART: {**schema, "properties": schema["properties"] | {"images": files}}, _JSON: schema}
    elif _images(model):
        # First, so that Swagger UI offers to choose a file.
        content = {_MULTIPART: _with_files(model, schema), **content}
    described = {kind: {"schema": of} for kind, of in content.items()}
    described[_JSON]["example"] = _example(schema)
    return {"requestBody": {"required": True, "content": described}}


def _images(model: type[Body]) -> int:
    return 2 if model is CompareIn else int(issubclass(model, ImageFields))


def _validated(model: type[B], fields: Fields) -> B:
    try:
        return model.model_validate(fields)
    except ValidationError as wrong:
        # Never `input`: it may be a picture, and a picture has no place in an answer or a log.
        # An optional field fails twice, the second time for not being null: nobody sends null on purpose.
        told = [e for e in wrong.errors() if e["type"] != "none_required"]
        errors = [{"field": _name(e["loc"]), "message": e["msg"]} for e in told]
        raise problems.invalid(errors) from None


def _name(location: tuple[int | str, ...]) -> str:
    """The field as its sender wrote it: a picture of two lies one deeper than its name says."""
    first, *rest = map(str, location or ("body",))
    return "_".join([first, *rest[:1]]) if first in ("a", "b") else first


def _schema(model: type[Body]) -> dict[str, Any]:
    schema = model.model_json_schema()
    whole = {name: of for name, of in schema["properties"].items() if model is not CompareIn or "$ref" not in of}
    properties = {name: _plain(_inlined(of, schema.get("$defs", {}))) for name, of in whole.items()}
    if model is CompareIn:
        one = _schema(ImageFields)["properties"]
        properties = {f"{side}_{name}": of for side in "ab" for name, of in one.items()} | properties
    required = [name for name in schema.get("required", []) if name in properties]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _inlined(node: Any, parts: Mapping[str, Any]) -> Any:  # noqa: ANN401 # any JSON
    """The schema with its parts in their places: where it goes to, nobody would find them."""
    if isinstance(node, list):
        return [_inlined(item, parts) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inlined(parts[node["$ref"].removeprefix("#/$defs/")], parts)
    return {key: _inlined(value, parts) for key, value in node.items()}


def _plain(field: dict[str, Any]) -> dict[str, Any]:
    """A field without what importers stumble over: a title that repeats its name, an empty default."""
    return {key: value for key, value in field.items() if key != "title" and not (key == "default" and not value)}


def _example(schema: dict[str, Any]) -> dict[str, Any]:
    """A body that works as it stands: what is required, and a picture where one may be."""
    properties: dict[str, dict[str, Any]] = schema["properties"]
    required = {name: properties[name]["examples"][0] for name in schema.get("required", [])}
    return required | {name: _PICTURE for name in properties if name.endswith("image_base64")}


def _with_files(model: type[Body], schema: dict[str, Any]) -> dict[str, Any]:
    names = ["a_file", "b_file"] if model is CompareIn else ["file"]
    return {**schema, "properties": dict.fromkeys(names, _FILE) | schema["properties"]}
