"""Faces of galleries that are nobody's yet, in Postgres: read to be grouped, and their groups kept."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from app.domain.collections import Model
from app.domain.errors import FaceNotFound, GroupNotFound, InvalidRequest, PhotoNotFound
from app.domain.faces import AlignedFace, Box, DetectedFace, EmbeddedFace, Flaw, Pose, Quality, RemoteFace, unit
from app.domain.galleries import Gallery, GalleryRef
from app.domain.groups import Crowd, Marks, Numbers, Vectors
from app.domain.kin import Kin
from app.domain.members import Origin, Page
from app.domain.unknown import (
    Grouping,
    GroupingState,
    Known,
    Members,
    Shot,
    Strangers,
    Unknown,
    UnknownFace,
    UnknownGroup,
)
from app.store import cursor as cursors
from app.store import galleries, models, sql
from app.store.galleries import key
from app.store.ids import uuid_or
from app.store.pool import Connection, Pool, transaction

QUERIES = sql.load(__file__)

KEPT_HOURS = 24
"""How long a group that is no more can still be named: by whoever saw it."""
MOST_CANDIDATES = 50
"""Faces of a group that are considered for enrolment, the best ones."""
HEAD = 4
"""Bytes before the numbers in pgvector's binary form: how many there are."""


class _Row(NamedTuple):
    """How a row of `page_members` looks."""

    place: int
    face_id: str
    photo_id: str
    key: str
    left: float
    top: float
    width: float
    height: float
    quality: float
    similarity: float

    @property
    def face(self) -> UnknownFace:
        box = Box(self.left, self.top, self.width, self.height)
        return UnknownFace(self.face_id, self.photo_id, self.key, box, self.quality, min(1.0, self.similarity))


class PgUnknownStore:
    """See ports.UnknownStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def state(self, ref: GalleryRef, model: Model) -> GroupingState:
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.get(conn, ref)
            version, faces = await _version(conn, await _of_model(conn, ref, model))
            last = await (await conn.execute(QUERIES["last_grouping"], key(ref))).fetchone()
        known, age, took = last or ("", 0.0, 0.0)
        return GroupingState(version, known, age, took, faces)

    async def strangers(self, ref: GalleryRef, model: Model, least_quality: float) -> Strangers:
        async with transaction(self._pool, ref.tenant) as conn:
            asked = await _of_model(conn, ref, model)
            version, _ = await _version(conn, asked)
            rows = await (await conn.cursor(binary=True).execute(QUERIES["strangers"], asked)).fetchall()
            kin = [] if model.dimensions else await (await conn.execute(QUERIES["kin"], asked)).fetchall()
        photos = np.unique([row[1] for row in rows], return_inverse=True)[1].astype(np.int64)
        qualities = np.array([row[3] for row in rows], dtype=np.float32)
        clear, ids = qualities >= least_quality, tuple(row[0] for row in rows)
        if model.dimensions:
            return Strangers(ids, Crowd(_vectors(rows, model.dimensions), photos, clear), qualities, version)
        return Strangers(ids, _kin([row[4] for row in rows], kin, photos, clear), qualities, version)

    async def keep(self, ref: GalleryRef, grouping: Grouping) -> None:
        told = {"version": grouping.version, "cut": grouping.cut, "seconds": grouping.seconds}
        given = key(ref) | told | {"hours": KEPT_HOURS}
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.get(conn, ref)
            await conn.execute(QUERIES["put_grouping"], given)
            if grouping.groups:
                rows = [given | _members(group) for group in sorted(grouping.groups, key=lambda one: one.group_id)]
                await conn.cursor().executemany(QUERIES["put_group"], rows)
            await conn.execute(QUERIES["forget_groups"], given)

    async def page(self, ref: GalleryRef, model: Model, cursor: str, limit: int, *, dismissed: bool) -> Unknown:
        faces, after = _above(cursor)
        asked = {"above": -faces, "after": after, "dismissed": dismissed, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn:
            of_model = await _of_model(conn, ref, model)
            rows = await (await conn.execute(QUERIES["page_groups"], of_model | asked)).fetchall()
            (ungrouped,) = await (await conn.execute(QUERIES["count_ungrouped"], of_model)).fetchone() or (0,)
        found = [_group(*row) for row in rows]
        page = cursors.page(found, limit, lambda group: (str(group.faces), group.group_id))
        return Unknown(page, max(0, int(ungrouped)))

    async def faces(self, ref: GalleryRef, group_id: str, cursor: str, limit: int) -> Page[UnknownFace]:
        asked = {"group_id": group_id, "after": _place(cursor), "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.get(conn, ref)
            rows = await (await conn.execute(QUERIES["page_members"], key(ref) | asked)).fetchall()
        if not (rows or cursor):
            raise GroupNotFound
        page = cursors.page([_Row(*row) for row in rows], limit, lambda row: (str(row.place),))
        return Page(tuple(row.face for row in page.items), page.next_cursor)

    async def best(self, gallery: Gallery, ref: GalleryRef, group_id: str, model: Model) -> Sequence[Known]:
        async with transaction(self._pool, ref.tenant) as conn:
            asked = await _of_model(conn, ref, model) | {"group_id": group_id, "limit": MOST_CANDIDATES}
            rows = await (await conn.cursor(binary=True).execute(QUERIES["best_members"], asked)).fetchall()
        if not rows:
            raise GroupNotFound
        return [_known(gallery, *row) for row in rows]

    async def dismiss(self, ref: GalleryRef, group_id: str, *, undo: bool) -> None:
        await self.faces(ref, group_id, "", 1)
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["undismiss" if undo else "dismiss"], key(ref) | {"group_id": group_id})

    async def shot(self, ref: GalleryRef, photo_id: str, face_id: str | None) -> Shot:
        asked = key(ref) | {"photo_id": uuid_or(photo_id, PhotoNotFound)}
        async with transaction(self._pool, ref.tenant) as conn:
            photo = await (await conn.execute(QUERIES["find_shot"], asked)).fetchone()
            if photo is None:
                raise PhotoNotFound
            named, etag = photo
            return Shot(named, etag, None if face_id is None else await _box(conn, asked, face_id))


def _group(group_id: str, faces: int, photos: int, dismissed: bool, *sample: Any) -> UnknownGroup:  # noqa: ANN401, FBT001 - a row as it comes
    return UnknownGroup(group_id, faces, photos, dismissed, _Row(0, *sample).face)


async def _box(conn: Connection, asked: dict[str, Any], face_id: str) -> Box:
    wanted = asked | {"face_id": uuid_or(face_id, FaceNotFound)}
    found = await (await conn.execute(QUERIES["find_face"], wanted)).fetchone()
    if found is None:
        raise FaceNotFound
    return Box(*found)


async def _of_model(conn: Connection, ref: GalleryRef, model: Model) -> dict[str, Any]:
    return key(ref) | {"model_id": await models.number(conn, ref.tenant, model)}


async def _version(conn: Connection, asked: dict[str, Any]) -> tuple[str, int]:
    version, faces = await (await conn.execute(QUERIES["version"], asked)).fetchone() or ("", 0)
    return str(version), int(faces)


def _vectors(rows: Sequence[Sequence[Any]], dimensions: int) -> Vectors:
    vectors = np.empty((len(rows), dimensions), dtype=np.float32)
    for number, row in enumerate(rows):
        vectors[number] = _vector(row[2])
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.finfo(np.float32).tiny)  # 16 bits are not
    return vectors


def _kin(remote_ids: Sequence[str], rows: Sequence[Sequence[Any]], photos: Numbers, clear: Marks) -> Kin:
    place = {remote_id: number for number, remote_id in enumerate(remote_ids)}
    pairs = np.array([sorted((place[one], place[other])) for one, other, _ in rows], dtype=np.int64).reshape(-1, 2)
    return Kin(pairs[:, 0], pairs[:, 1], np.array([row[2] for row in rows], dtype=np.float32), photos, clear)


def _vector(sent: bytes) -> Vectors:
    return np.frombuffer(sent, dtype=">f2", offset=HEAD).astype(np.float32)


def _members(group: Members) -> dict[str, Any]:
    ids, similarities = list(group.face_ids), list(group.similarities)
    return {"group_id": group.group_id, "face_ids": ids, "similarities": similarities}


def _known(gallery: Gallery, sent: bytes | None, remote_id: str, *row: Any) -> Known:  # noqa: ANN401 - a row as it comes
    *sides, landmarks, score, quality, reasons, photo, digest = row
    points = np.array(landmarks, dtype=np.float32).reshape(5, 2)
    found = DetectedFace(Box(*sides), points, score)
    judged = Quality(quality, tuple(Flaw(reason) for reason in reasons))
    # The pixels are in the photo, and nobody asks for them again: what is kept of a face is its embedding.
    aligned = AlignedFace(found, np.zeros((0, 0, 3), np.uint8), judged, Pose(0, 0, 0))
    face = RemoteFace(aligned, remote_id) if sent is None else EmbeddedFace(aligned, unit(_vector(sent)))
    return Known(face, Origin(digest, gallery.source.at(photo)))


def _above(cursor: str) -> tuple[int, str]:
    if not cursor:
        return 2**31 - 1, ""
    faces, group_id = cursors.decode(cursor, 2)
    return _number(faces), group_id


def _place(cursor: str) -> int:
    return _number(*cursors.decode(cursor, 1)) if cursor else 0


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 - what Postgres calls an integer
        msg = "The cursor is not one that this service gave out."
        raise InvalidRequest(msg)
    return int(text)
