"""Members in Postgres, and the faces kept of them."""

from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from app.domain.collections import CollectionRef
from app.domain.errors import CollectionNotFound, FaceNotFound, InvalidRequest, MemberNotFound
from app.domain.faces import Box
from app.domain.items import Original
from app.domain.members import Member, MemberDraft, Metadata, Page, StoredFace
from app.store import cursor as cursors
from app.store import sql
from app.store.ids import uuid_or
from app.store.pool import Connection, Pool, transaction

QUERIES = sql.load(__file__)

BEGINNING = ("-infinity", str(UUID(int=0)))
"""Comes before every face."""


class PgMemberStore:
    """See ports.MemberStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, ref: CollectionRef, cursor: str, limit: int) -> Page[Member]:
        """Raises CollectionNotFound."""
        (after,) = cursors.decode(cursor, 1) if cursor else ("",)
        arguments = {"tenant": ref.tenant, "collection": ref.name, "after": after, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=class_row(Member)) as cur:
            if await (await conn.execute(QUERIES["has_collection"], arguments)).fetchone() is None:
                raise CollectionNotFound
            rows = await (await cur.execute(QUERIES["page_members"], arguments)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.member_id,))

    async def get(self, ref: CollectionRef, member_id: str) -> Member:
        async with transaction(self._pool, ref.tenant) as conn:
            return await _get(conn, ref, member_id)

    async def update(self, ref: CollectionRef, draft: MemberDraft) -> Member:
        changes = _key(ref, draft.member_id) | {"name": draft.name, "metadata": jsonb(draft.metadata)}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["update_member"], changes)
            return await _get(conn, ref, draft.member_id)

    async def delete(self, ref: CollectionRef, member_id: str) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            gone = await (await conn.execute(QUERIES["delete_member"], _key(ref, member_id))).fetchone()
        if gone is None:
            raise MemberNotFound

    async def faces(self, ref: CollectionRef, member_id: str, cursor: str, limit: int) -> Page[StoredFace]:
        after_time, after_face = _after(cursor)
        arguments = {"after_time": after_time, "after_face": after_face, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_face)) as cur:
            await _get(conn, ref, member_id)
            await cur.execute(QUERIES["page_faces"], _key(ref, member_id) | arguments)
            rows = await cur.fetchall()
        return cursors.page(rows, limit, lambda row: (row.created_at.isoformat(), row.face_id))

    async def original(self, ref: CollectionRef, face_id: str) -> Original:
        asked = {"tenant": ref.tenant, "collection": ref.name, "face_id": uuid_or(face_id, FaceNotFound)}
        async with transaction(self._pool, ref.tenant) as conn:
            row = await (await conn.execute(QUERIES["original"], asked)).fetchone()
        if row is None:
            raise FaceNotFound
        member_id, digest, source, *box = row
        return Original(member_id, digest, source, Box(*box))

    async def delete_face(self, ref: CollectionRef, face_id: str) -> None:
        arguments = {"tenant": ref.tenant, "collection": ref.name, "face_id": uuid_or(face_id, FaceNotFound)}
        async with transaction(self._pool, ref.tenant) as conn:
            found = await (await conn.execute(QUERIES["lock_face"], arguments)).fetchone()
            if found is None:
                raise FaceNotFound
            gone = {"member_id": found[0], "digest": found[1]}
            if await (await conn.execute(QUERIES["delete_face"], arguments | gone)).fetchone() is None:
                raise FaceNotFound
            await conn.execute(QUERIES["drop_empty_holder"], arguments | gone)


def jsonb(metadata: Metadata | None) -> Jsonb | None:
    """As a parameter: null, not the JSON value null, where nothing is said."""
    return None if metadata is None else Jsonb(dict(metadata))


def _key(ref: CollectionRef, member_id: str) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name, "member_id": member_id}


async def _get(conn: Connection, ref: CollectionRef, member_id: str) -> Member:
    async with conn.cursor(row_factory=class_row(Member)) as cur:
        found = await (await cur.execute(QUERIES["get_member"], _key(ref, member_id))).fetchone()
    if found is None:
        raise MemberNotFound
    return found


def _after(cursor: str) -> tuple[str, str]:
    """The time and the id to go on from. Raises InvalidRequest where the cursor holds no such thing."""
    if not cursor:
        return BEGINNING
    time, face_id = cursors.decode(cursor, 2)
    try:
        return datetime.fromisoformat(time).isoformat(), str(UUID(face_id))
    except ValueError:
        msg = "The cursor is not one that lists faces."
        raise InvalidRequest(msg) from None


def _face(
    *,
    face_id: str,
    member_id: str,
    box_left: float,
    box_top: float,
    box_width: float,
    box_height: float,
    det_score: float,
    quality: float,
    source: str,
    model: str,
    created_at: datetime,
) -> StoredFace:
    box = Box(box_left, box_top, box_width, box_height)
    return StoredFace(face_id, member_id, box, det_score, quality, source, model, created_at)
