"""What a request must look like: botocore's own description of the service, all of whose constraints are checked here.

Clients check types and what is required before they send, and little else; others send what they like.
"""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn

import regex
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, ServiceModel, Shape, StringShape, StructureShape

from app.api.rekognition.wire import AwsError, InvalidParameter

IMAGE_BYTES = 5_242_880
"""Largest picture in a request."""
SLACK_BYTES = 262_144
"""For all that is not a picture: 4,096 ids of faces take 160 kB."""

FAULTS_TOLD = 10
"""A list may hold thousands."""

Given = dict[str, Any]
Fault = Callable[[str], None]
"""Takes in what is wrong with the value."""


@cache
def service() -> ServiceModel:
    """The description that comes with botocore. It takes a quarter of a second to read."""
    return ServiceModel(Loader().load_service_model("rekognition", "service-2"), "rekognition")


def most_bytes(operation: str) -> int:
    """Longest body that a request of the operation can have; pictures travel as base64."""
    return SLACK_BYTES + pictures(operation) * (IMAGE_BYTES * 4 // 3 + 4)


def pictures(operation: str) -> int:
    """How many are in a request."""
    return sum(shape.name == "Image" for shape in _input(operation).members.values())


def read(operation: str, body: bytes) -> Given:
    """The request's members, blobs as bytes; unknown ones are passed over, as AWS does.

    Raises AwsError: SerializationException for what has another type, InvalidParameterException for what breaks a
    constraint, naming the first few.
    """
    faults: list[str] = []
    given = _read(_input(operation), _json(body), "", faults)
    if faults:
        count = f"{len(faults)} validation error{'s' * (len(faults) > 1)} detected"
        raise InvalidParameter(f"{count}: {'; '.join(faults[:FAULTS_TOLD])}")
    assert isinstance(given, dict)
    return given


def _input(operation: str) -> StructureShape:
    shape = service().operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    return shape


def _json(body: bytes) -> object:
    try:
        return json.loads(body or b"{}", parse_constant=_misread)
    except (ValueError, RecursionError):
        _misread()


def _misread(_: object = None) -> NoReturn:
    raise AwsError(
        "SerializationException", "The request cannot be read: it is no JSON of the types that are expected."
    )


def _read(shape: Shape, value: object, path: str, faults: list[str]) -> object:
    """The value as Python has it. What breaks a constraint is told to `faults`."""
    readers: Mapping[str, Callable[..., object]] = {"structure": _structure, "list": _list, "map": _map, "blob": _blob}
    found = readers.get(shape.type_name, _scalar)(shape, value, path, faults)
    _constrain(shape, found, lambda what: faults.append(f"Value at '{path}' failed to satisfy constraint: {what}"))
    return found


def _structure(shape: StructureShape, value: object, path: str, faults: list[str]) -> Given:
    members = _typed(value, dict)
    missing = [_below(path, name) for name in shape.required_members if members.get(name) is None]
    faults += [f"Value at '{where}' failed to satisfy constraint: Member must not be null" for where in missing]
    known = {name: of for name, of in shape.members.items() if members.get(name) is not None}
    return {name: _read(of, members[name], _below(path, name), faults) for name, of in known.items()}


def _list(shape: ListShape, value: object, path: str, faults: list[str]) -> list[object]:
    items = enumerate(_typed(value, list), 1)
    return [_read(shape.member, item, f"{path}.{number}.member", faults) for number, item in items]


def _map(shape: MapShape, value: object, path: str, faults: list[str]) -> dict[object, object]:
    items = _typed(value, dict).items()
    return {_read(shape.key, key, path, faults): _read(shape.value, item, path, faults) for key, item in items}


def _blob(_: Shape, value: object, __: str, ___: list[str]) -> bytes:
    try:
        return b64decode(_typed(value, str), validate=True)
    except ValueError:
        _misread()


def _scalar(shape: Shape, value: object, _: str, __: list[str]) -> object:
    types: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "integer": int,
        "long": int,
        "boolean": bool,
        "float": (int, float),
        "double": (int, float),
    }
    return _typed(value, types[shape.type_name])


def _typed(value: object, wanted: type | tuple[type, ...]) -> Any:  # noqa: ANN401 - of the type that is wanted
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        _misread()
    return value


def _constrain(shape: Shape, value: object, fault: Fault) -> None:
    is_number = isinstance(value, int | float)
    size = value if is_number else len(value) if isinstance(value, str | bytes | list | dict) else 0
    what = "value" if is_number else "length"
    if (most := shape.metadata.get("max")) is not None and size > most:
        fault(f"Member must have {what} less than or equal to {most}")
    if (least := shape.metadata.get("min")) is not None and size < least:
        fault(f"Member must have {what} greater than or equal to {least}")
    if isinstance(shape, StringShape):
        _constrain_text(shape, str(value), fault)


def _constrain_text(shape: StringShape, value: str, fault: Fault) -> None:
    if shape.enum and value not in shape.enum:
        fault(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    if (pattern := shape.metadata.get("pattern")) and not regex.fullmatch(pattern, value):
        fault(f"Member must satisfy regular expression pattern: {pattern}")


def _below(path: str, name: str) -> str:
    """Paths begin small, as AWS writes them: image.bytes."""
    return f"{path}.{name[:1].lower()}{name[1:]}".lstrip(".")
