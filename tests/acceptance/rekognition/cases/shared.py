"""Errors that many operations share."""

from typing import Any

from tests.acceptance.rekognition.case import CASES, Case
from tests.acceptance.rekognition.described import FACE_ID, NOWHERE, OPERATIONS, documented, request_of
from tests.acceptance.rekognition.world import IMAGE_BYTES, World, blank_png

NO_JPEG = {"Bytes": b"no picture"}


def _with(operation: str, world: World, **change: Any) -> dict[str, Any]:
    """A request that would be done, but for what is changed."""
    known = {"CollectionId": world.home, "UserId": "yao", "FaceId": world.serena, "FaceIds": [FACE_ID]}
    image = {"Bytes": world.photo("Serena_Williams")}
    required = [*request_of(operation).required_members, *(["FaceId"] if operation == "SearchUsers" else [])]
    shapes = request_of(operation).members
    usual = {name: image if shapes[name].name == "Image" else known[name] for name in required}
    return {**usual, **change}


def _images_of(operation: str) -> list[str]:
    return [name for name, shape in request_of(operation).members.items() if shape.name == "Image"]


def _shared(operation: str) -> None:
    errors = documented(operation)
    if "CollectionId" in request_of(operation).required_members and operation != "CreateCollection":
        _add(operation, "ResourceNotFoundException", "a collection that is not there", CollectionId=NOWHERE)
    if "UserId" in request_of(operation).required_members and operation != "CreateUser":
        _add(operation, "ResourceNotFoundException", "a user who is not there", UserId="nobody")
    if "InvalidPaginationTokenException" in errors:
        _add(operation, "InvalidPaginationTokenException", "a token that nobody gave out", NextToken="made-up")
        _add(operation, "InvalidPaginationTokenException", "another listing's token", NextToken="b3RoZXIKYQ")
    for name in _images_of(operation):
        _of_images(operation, name)


def _of_images(operation: str, name: str) -> None:
    of = f"{name}: "
    _add(operation, "InvalidImageFormatException", of + "bytes that are no picture", **{name: NO_JPEG})
    _add(operation, "InvalidParameterException", of + "neither bytes nor an object", **{name: {}})
    _add(operation, "InvalidParameterException", of + "5,242,881 bytes", **{name: {"Bytes": b"x" * (IMAGE_BYTES + 1)}})
    missing = {"S3Object": {"Bucket": "photos", "Name": "no/such.jpg"}}
    _add(operation, "InvalidS3ObjectException", of + "an object that is not there", **{name: missing})
    elsewhere = {"S3Object": {"Bucket": "photos", "Name": "../secret.jpg"}}
    _add(operation, "InvalidS3ObjectException", of + "a name that climbs out of the bucket", **{name: elsewhere})
    old = {"S3Object": {"Bucket": "photos", "Name": "blank.png", "Version": "3"}}
    _add(operation, "InvalidS3ObjectException", of + "an older version of an object", **{name: old})

    def too_large(world: World) -> Any:
        return _with(operation, world, **{name: world.stored("huge.jpg", b"\xff\xd8" + b"." * 15_800_000)})

    CASES.append(Case(operation, of + "an object of 15.8 MB", "ImageTooLargeException", too_large))
    if operation not in {"DetectFaces", "IndexFaces"} and name != "TargetImage":
        _add(operation, "InvalidParameterException", of + "no face in it", **{name: {"Bytes": blank_png()}})


def _add(operation: str, answer: str, what: str, **change: Any) -> None:
    CASES.append(Case(operation, what, answer, lambda world: _with(operation, world, **change)))


for _operation in OPERATIONS:
    _shared(_operation)
