"""Somebody who is in every corner of the service, and somebody beside them who is to stay.

Whatever is said of the one has MARK in it, so that it can be looked for.
"""

import time
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import httpx2
from PIL import Image

from bench.photos import People
from bench.storage import BUCKET

MARK = "7d1fa9c3"
WHO = f'zoë "{MARK}"'
"""An id with what JSON and SQL have to escape."""
SAYS = {"name": f"Name {MARK}", "metadata": {"phone": f"+55 {MARK}"}}
OTHER = "bob"
PHOTOS = {"one.jpg": 1, "two.jpg": 2, "three.jpg": 3}
"""Of the gallery: pictures of whoever is to go, by their number."""
PATIENCE_SECONDS = 60

PEOPLE, CLIENTS, LIST, USERS = "people", "gallery.event", "watched", "users"
USER = f"zoe-{MARK}"
"""What she is called in the other protocol, which allows less."""
IDS = {PEOPLE: WHO, CLIENTS: WHO, LIST: WHO, USERS: USER}
"""By collection."""


class Planted:
    """her: pictures of whoever is to go. his: of whoever stays."""

    def __init__(self, http: httpx2.Client, aws: Any, everybody: People) -> None:
        self.http, self.aws = http, aws
        self.her = [photo() for photo in everybody["Serena_Williams"][:8]]
        self.his = [photo() for photo in everybody["Pete_Sampras"][:4]]
        self.both = beside(self.her[5], self.his[1])
        http.put("/webhooks/crm", json={"url": "http://127.0.0.1:1/crm"}).raise_for_status()

    def everywhere(self) -> None:
        self.enrolled()
        self.agreed()
        self.analysed()
        self.in_a_gallery()
        self.watched()
        self.a_user_of_the_other_protocol()
        self.in_jobs()
        self.until(lambda: not any(self.get("/jobs", status=state)["jobs"] for state in ("queued", "running")))

    def enrolled(self) -> None:
        once = {"Idempotency-Key": f"enrol {MARK}"}
        form = {"collection": PEOPLE, "member_id": WHO, "name": SAYS["name"], "metadata": f'{{"phone": "+55 {MARK}"}}'}
        self.post("/enroll", data=form, files={"file": self.her[0]}, headers=once)
        self.post("/enroll", json={"collection": PEOPLE, "member_id": WHO, "storage_key": f"s3://{BUCKET}/{MARK}.jpg"})
        self.post("/enroll", data={"collection": PEOPLE, "member_id": OTHER}, files={"file": self.his[0]})

    def agreed(self) -> None:
        consent = {"purpose": f"Entry {MARK}", "evidence": f"form {MARK}"}
        self.post(f"/members/{quoted(WHO)}/consents", params={"collection": PEOPLE}, json=consent)
        self.post("/identify", data={"collection": PEOPLE}, files={"file": self.her[0]})

    def analysed(self) -> None:
        for content in (self.her[5], self.both):
            self.post("/analyses", data={"collection": PEOPLE, "name": f"{MARK}.jpg"}, files={"file": content})

    def in_a_gallery(self) -> None:
        """She is among the unknown, then a client, then said not to be in one of the photos."""
        self.put("/galleries/event", {"source": f"s3://{BUCKET}/event/"})
        self.post("/galleries/event/process-faces", json={})
        self.until(lambda: self.get("/galleries/event/face-process-status")["status"] == "done")
        self.get("/galleries/event/unknown")
        for who, picture in ((WHO, self.her[0]), (OTHER, self.his[0])):
            self.post(f"/galleries/event/clients/{quoted(who)}/enroll-face", files={"file": picture}, data=_said(who))
        found = self.get(f"/galleries/event/clients/{quoted(WHO)}/photos")["photos"]
        assert len(found) == len(PHOTOS), found
        photo = found[-1]
        face = f"/galleries/event/photos/{photo['photo_id']}/faces/{photo['face_id']}"
        self.post(f"{face}/reject", json={"client_id": WHO})

    def watched(self) -> None:
        for who, picture in ((WHO, self.her[0]), (OTHER, self.his[0])):
            form = {"id": who, "reason": f"because {MARK}" if who == WHO else "", **_said(who)}
            self.post("/blacklist", params={"collection": LIST}, data=form, files={"images": picture})
        files = [("images", self.her[6]), ("images", self.both), ("images", self.his[2])]
        self.post(
            "/process-images", data={"collection": LIST}, files=files, headers={"Idempotency-Key": f"look {MARK}"}
        )

    def a_user_of_the_other_protocol(self) -> None:
        self.aws.create_collection(CollectionId=USERS)
        for who, picture in ((USER, self.her[0]), (OTHER, self.his[0])):
            self.aws.create_user(CollectionId=USERS, UserId=who)
            named = {"ExternalImageId": MARK} if who == USER else {}
            records = self.aws.index_faces(CollectionId=USERS, Image={"Bytes": picture}, **named)["FaceRecords"]
            token = f"token-{MARK}" if who == USER else "token"
            ids = [record["Face"]["FaceId"] for record in records]
            self.aws.associate_faces(CollectionId=USERS, UserId=who, FaceIds=ids, ClientRequestToken=token)

    def in_jobs(self) -> None:
        """A folder is enrolled, in which one of her pictures is none."""
        source = {"source": f"s3://{BUCKET}/index/", "collection": PEOPLE, "member_id_from": "folder"}
        self.post("/index", json=source)

    def post(self, path: str, **request: Any) -> dict[str, Any]:
        answer = self.http.post(path, **request)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())

    def put(self, path: str, body: Mapping[str, object]) -> None:
        self.http.put(path, json=dict(body)).raise_for_status()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        answer = self.http.get(path, params=query)
        assert answer.is_success, (path, answer.text)
        return dict(answer.json())

    def until(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < end
            time.sleep(0.05)


def in_the_bucket(everybody: People) -> dict[str, bytes]:
    """Keys and pictures."""
    her, his = everybody["Serena_Williams"], everybody["Pete_Sampras"]
    event = {f"event/{name}": her[number]() for name, number in PHOTOS.items()}
    index = {f"index/{WHO}/4.jpg": her[4](), f"index/{WHO}/bad.jpg": b"no picture", f"index/{OTHER}/3.jpg": his[3]()}
    return {**event, **index, "event/his.jpg": his[1](), f"{MARK}.jpg": her[7]()}


def beside(one: bytes, other: bytes) -> bytes:
    """Two pictures in one."""
    left, right = (Image.open(BytesIO(content)) for content in (one, other))
    joined = Image.new("RGB", (left.width + right.width, max(left.height, right.height)))
    joined.paste(left, (0, 0))
    joined.paste(right, (left.width, 0))
    written = BytesIO()
    joined.save(written, "JPEG", quality=95)
    return written.getvalue()


def quoted(member_id: str) -> str:
    return str(httpx2.URL("http://x/").join(member_id.replace("%", "%25")).raw_path.decode()).removeprefix("/")


def _said(who: str) -> dict[str, str]:
    return {"name": str(SAYS["name"])} if who == WHO else {}
