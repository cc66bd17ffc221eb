"""A page of a listing in S3's XML."""

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from app.domain.errors import SourceUnavailable
from app.domain.storage import StoredObject
from app.sources.ask import bare


class Listed(NamedTuple):
    """cursor: asks for the next page; "" after the last."""

    objects: tuple[StoredObject, ...]
    cursor: str


def listed(body: bytes) -> Listed:
    """Read an answer to ListObjectsV2: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html.

    Raises SourceUnavailable for what is none, and where it says that there is more and not how to get it.
    """
    root = _root(body)
    encoded = _text(root, "EncodingType") == "url"
    cursor = _text(root, "NextContinuationToken") if _text(root, "IsTruncated") == "true" else ""
    if _text(root, "IsTruncated") == "true" and not cursor:
        raise _broken()
    return Listed(tuple(_objects(root, encoded=encoded)), cursor)


def _root(body: bytes) -> ET.Element:
    if b"<!DOCTYPE" in body:  # entities that grow are declared there, and no storage has use for them
        raise _broken()
    try:
        root = ET.fromstring(body)  # noqa: S314 - see above, and the storage is the operator's own
    except ET.ParseError as error:
        raise _broken() from error
    if root.tag.rpartition("}")[2] != "ListBucketResult":
        raise _broken()
    return root


def _objects(root: ET.Element, *, encoded: bool) -> Iterator[StoredObject]:
    for entry in root.iterfind("{*}Contents"):
        key, size = _text(entry, "Key"), _text(entry, "Size")
        if not key or not size.isdecimal():
            raise _broken()
        yield StoredObject(unquote_plus(key) if encoded else key, bare(_text(entry, "ETag")), int(size))


def _text(parent: ET.Element, name: str) -> str:
    return parent.findtext(f"{{*}}{name}") or ""


def _broken() -> SourceUnavailable:
    return SourceUnavailable("The storage answered with something that is no listing.")
