"""A service, AWS's client of it, and collections with faces in them to ask about."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
from PIL import Image

from tests.acceptance.rekognition.described import answer_of, conforms
from tests.conftest import Lfw

BUCKET = "photos"
IMAGE_BYTES = 5_242_880
"""Largest picture in a request."""
SEGMENT = 65_533
"""Bytes of the longest comment that a JPEG can carry."""


class World:
    """client: boto3's. http: for the service's other door."""

    def __init__(self, client: Any, http: httpx2.Client, lfw: Lfw, images: Path, bucket: Path) -> None:
        self.client = client
        self.http = http
        self.lfw = lfw
        self.images = images
        self.bucket = bucket
        self.crowd = (images / "groups" / "friends_6faces.jpg").read_bytes()
        self.home = self.fresh()
        self.serena = self.index(self.home, self.photo("Serena_Williams"), "serena")
        self.kofi = self.index(self.home, self.photo("Kofi_Annan"), "kofi")
        self.enrol(self.home, "yao", self.photo("Yao_Ming"))
        self.ask("CreateUser", CollectionId=self.home, UserId="kofi-the-user")
        self.ask("AssociateFaces", CollectionId=self.home, UserId="kofi-the-user", FaceIds=[self.kofi])

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """What is answered, held against its description."""
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()
        answer: dict[str, Any] = getattr(self.client, name)(**request)
        assert answer.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        assert conforms(answer_of(operation), answer) == []
        return answer

    def fresh(self) -> str:
        """A collection of the test's own."""
        name = f"test-{uuid4()}"
        self.ask("CreateCollection", CollectionId=name)
        return name

    def index(self, collection: str, photo: bytes, name: str = "") -> str:
        """The id of the picture's one face."""
        named = {"ExternalImageId": name} if name else {}
        [record] = self.ask("IndexFaces", CollectionId=collection, Image={"Bytes": photo}, **named)["FaceRecords"]
        return str(record["Face"]["FaceId"])

    def enrol(self, collection: str, member_id: str, photo: bytes) -> str:
        """By the service's own API."""
        form = {"collection": collection, "member_id": member_id}
        answer = self.http.post("/enroll", data=form, files={"file": photo})
        assert answer.is_success, answer.text
        return str(answer.json()["face_id"])

    def identify(self, collection: str, photo: bytes) -> list[str]:
        answer = self.http.post("/identify", data={"collection": collection}, files={"file": photo})
        return [match["member_id"] for match in answer.json()["matches"]]

    def photo(self, person: str, number: int = 1) -> bytes:
        return self.lfw.photo(person, number)

    def stored(self, name: str, content: bytes) -> dict[str, Any]:
        """An image in the bucket."""
        (self.bucket / name).write_bytes(content)
        return {"S3Object": {"Bucket": BUCKET, "Name": name}}

    def counts(self, collection: str) -> tuple[int, int]:
        found = self.ask("DescribeCollection", CollectionId=collection)
        return found["FaceCount"], found["UserCount"]

    def all_pages(self, operation: str, items: str, **request: Any) -> list[Any]:
        """All items of a listing, page by page."""
        found: list[Any] = []
        token: dict[str, str] = {}
        while True:
            answer = self.ask(operation, **request, **token)
            found += answer[items]
            if "NextToken" not in answer:
                return found
            token = {"NextToken": answer["NextToken"]}


def padded(photo: bytes, size: int) -> bytes:
    """The same JPEG with comments in it, so many bytes long."""
    missing = size - len(photo)
    comments = b""
    while missing > 0:
        length = min(SEGMENT + 2, missing) if missing - SEGMENT - 2 not in range(1, 4) else missing - 4
        comments += b"\xff\xfe" + (length - 2).to_bytes(2, "big") + b"." * (length - 4)
        missing -= length
    return photo[:2] + comments + photo[2:]


def blank_png() -> bytes:
    """A grey square."""
    out = BytesIO()
    Image.new("RGB", (160, 160), (128, 128, 128)).save(out, "PNG")
    return out.getvalue()


def area(box: dict[str, float]) -> float:
    return box["Width"] * box["Height"]


Run = Callable[[World], Any]
