"""What botocore's description of the service allows: made into requests, and held against answers."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import regex
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

SERVICE = ServiceModel(Loader().load_service_model("rekognition", "service-2"), "rekognition")
OPERATIONS = (
    *("CreateCollection", "DeleteCollection", "DescribeCollection", "ListCollections"),
    *("IndexFaces", "ListFaces", "DeleteFaces", "SearchFaces", "SearchFacesByImage"),
    *("CreateUser", "DeleteUser", "ListUsers", "AssociateFaces", "DisassociateFaces", "SearchUsers"),
    *("SearchUsersByImage", "DetectFaces", "CompareFaces"),
)
NOWHERE = "no-such-collection"
FACE_ID = "0d0a1b2c-0000-4000-8000-00000000abcd"
_WANTED = {"Image": ["Bytes"], "SearchUsersRequest": ["CollectionId", "UserId"]}
"""What is needed where the description says of no member alone that it is."""
_SPOKEN = {"string", "structure", "map", "blob"}
_WORDS = {"CollectionId": NOWHERE, "FaceId": FACE_ID, "UserId": "ana", "S3Bucket": "photos", "S3ObjectName": "no.jpg"}


class Breach(NamedTuple):
    """A request that breaks one constraint. path: of the member, as AWS writes it. what: of the constraint."""

    path: str
    what: str
    request: dict[str, Any]


def documented(operation: str) -> set[str]:
    """The errors that the operation may answer."""
    return {shape.name for shape in SERVICE.operation_model(operation).error_shapes}


def request_of(operation: str) -> StructureShape:
    shape = SERVICE.operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def answer_of(operation: str) -> Shape:
    shape = SERVICE.operation_model(operation).output_shape
    assert shape
    return shape


def least(shape: Shape) -> Any:
    """The smallest value that is allowed, as it travels."""
    if isinstance(shape, StructureShape):
        wanted = _WANTED.get(shape.name, shape.required_members)
        return {name: least(shape.members[name]) for name in wanted}
    if isinstance(shape, ListShape):
        return [least(shape.member)] * max(1, shape.metadata.get("min", 0))
    if isinstance(shape, MapShape):
        return {least(shape.key): least(shape.value)}
    if isinstance(shape, StringShape):
        return shape.enum[0] if shape.enum else _WORDS.get(shape.name, "a" * max(1, shape.metadata.get("min", 0)))
    return b64encode(b"x").decode() if shape.type_name == "blob" else shape.metadata.get("min", 1)


def breaches(operation: str) -> Iterator[Breach]:
    """For each constraint of the request, one that breaks it and no other."""
    shape = request_of(operation)
    for path, what, value in _breaches(shape, ""):
        yield Breach(path, what, value)


def edges(operation: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Requests with one member at each end of what is allowed."""
    shape = request_of(operation)
    for name, of in shape.members.items():
        for end in ("min", "max"):
            if end in of.metadata and of.type_name in {"string", "integer", "float", "list"}:
                yield f"{name} {end}", {**least(shape), name: _edge(of, end)}


def mistyped(operation: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """For each member of the request, one in which it has another type."""
    shape = request_of(operation)
    for name, of in shape.members.items():
        others: tuple[Any, ...] = ([], 5) if of.type_name in _SPOKEN else ("five", {}, True)
        for other in others:
            yield name, {**least(shape), name: other}


def conforms(shape: Shape, value: Any, path: str = "") -> list[str]:
    """What of an answer, as botocore parsed it, its description does not allow."""
    if isinstance(shape, StructureShape):
        unknown = [f"{path}.{name} is unknown" for name in value if name not in shape.members]
        missing = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
        known = ((name, value[name]) for name in value if name in shape.members)
        return unknown + missing + [f for n, v in known for f in conforms(shape.members[n], v, f"{path}.{n}")]
    if isinstance(shape, ListShape):
        return _sized(shape, value, path) + [fault for one in value for fault in conforms(shape.member, one, path)]
    types = {"string": str, "integer": int, "long": int, "float": (int, float), "timestamp": datetime, "boolean": bool}
    if not isinstance(value, types[shape.type_name]):  # type: ignore[arg-type]  # types, one way or the other
        return [f"{path} is no {shape.type_name}: {value!r}"]
    return _sized(shape, value, path) + _worded(shape, value, path)


def _sized(shape: Shape, value: Any, path: str) -> list[str]:
    size = len(value) if isinstance(value, str | list) else value
    bounds = shape.metadata.get("min"), shape.metadata.get("max")
    wrong = (bounds[0] is not None and size < bounds[0]) or (bounds[1] is not None and size > bounds[1])
    return [f"{path} is out of its bounds: {value!r}"] if wrong else []


def _worded(shape: Shape, value: Any, path: str) -> list[str]:
    if not isinstance(shape, StringShape):
        return []
    pattern = shape.metadata.get("pattern", ".*")
    fits = regex.fullmatch(pattern, value) and (not shape.enum or value in shape.enum)
    return [] if fits else [f"{path} does not fit: {value!r}"]


def _edge(shape: Shape, end: str) -> Any:
    bound = shape.metadata[end]
    if shape.type_name == "string":
        return "a" * bound
    return [least(shape.member)] * bound if isinstance(shape, ListShape) else bound


def _breaches(shape: Shape, path: str) -> Iterator[tuple[str, str, Any]]:
    if isinstance(shape, StructureShape):
        yield from _of_structure(shape, path)
    elif isinstance(shape, ListShape):
        one = least(shape.member)
        yield from _of_size(shape, path, lambda size: [one] * size)
        yield from ((where, what, [value]) for where, what, value in _breaches(shape.member, f"{path}.1.member"))
    elif isinstance(shape, MapShape):
        yield from _of_size(shape, path, lambda size: {f"k{n}": "v" for n in range(size)})
    elif isinstance(shape, StringShape):
        yield from _of_text(shape, path)
    elif shape.type_name == "blob":
        yield from _of_size(shape, path, lambda size: b64encode(b"x" * size).decode())
    else:
        yield from _of_size(shape, path, lambda size: size)


def _of_structure(shape: StructureShape, path: str) -> Iterator[tuple[str, str, Any]]:
    whole = least(shape)
    for name, of in shape.members.items():
        below = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
        rest = {key: value for key, value in whole.items() if key != name}
        if name in shape.required_members:
            yield below, "null", rest
        alone = {} if shape.name == "Image" else rest
        yield from ((where, what, alone | {name: value}) for where, what, value in _breaches(of, below))


def _of_size(shape: Shape, path: str, make: Any) -> Iterator[tuple[str, str, Any]]:
    if (most := shape.metadata.get("max")) is not None:
        yield path, "less than or equal", make(most + 1)
    if (lowest := shape.metadata.get("min")) is not None and (lowest > 0 or shape.type_name in {"float", "integer"}):
        yield path, "greater than or equal", make(lowest - 1)


def _of_text(shape: StringShape, path: str) -> Iterator[tuple[str, str, Any]]:
    if shape.enum:
        yield path, "enum value set", "NO_SUCH_VALUE"
        return
    yield from _of_size(shape, path, lambda size: "a" * size)
    if shape.metadata.get("pattern") and not regex.fullmatch(shape.metadata["pattern"], "né!"):
        yield path, "regular expression pattern", "né!"
