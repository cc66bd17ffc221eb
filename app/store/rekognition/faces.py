"""Faces one by one, in Postgres."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

from psycopg.rows import class_row, dict_row

from app.domain.collections import DEFAULT_COLLECTION, CollectionRef, Model
from app.domain.errors import CollectionNotFound, Conflict, FaceNotFound, MemberNotFound, ModelMismatch
from app.domain.faces import EmbeddedFace, Embedding
from app.domain.members import Page
from app.domain.users import Changed, Indexed, KnownFace, Refusal, Refused, Shown, holder, same_place
from app.store import faces, sql
from app.store.pool import Connection, Pool, retried, transaction
from app.store.rekognition.rows import NOBODY, is_uuid, known, of, uuids, vector

QUERIES = sql.load(__file__)


class PgFaceBook:
    """See user_ports.FaceBook. The collection `default` is always there: deleting it empties it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def collections(self, tenant: str, after: str, limit: int) -> Page[Indexed]:
        asked = {"tenant": tenant, "after": after, "limit": limit + 1}
        async with transaction(self._pool, tenant) as conn, conn.cursor(row_factory=class_row(Indexed)) as cur:
            rows = await (await cur.execute(QUERIES["page_collections"], asked)).fetchall()
        return _page(rows, limit, "name")

    async def collection(self, ref: CollectionRef) -> Indexed:
        async with (
            transaction(self._pool, ref.tenant) as conn,
            conn.cursor(row_factory=class_row(Indexed)) as cur,
        ):
            found = await (await cur.execute(QUERIES["get_collection"], of(ref))).fetchone()
        if found is None:
            raise CollectionNotFound
        return found

    async def create(self, ref: CollectionRef) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["create_collection"], of(ref))).fetchone() is None:
                raise Conflict

    async def delete_collection(self, ref: CollectionRef) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["delete_collection"], of(ref))).fetchone() is None:
                raise CollectionNotFound
            if ref.name == DEFAULT_COLLECTION:
                await conn.execute(QUERIES["create_collection"], of(ref))

    async def index(
        self, ref: CollectionRef, shown: Shown, faces: Sequence[EmbeddedFace], model: Model
    ) -> list[KnownFace]:
        return await retried(partial(self._index, ref, shown, faces, model))

    async def page(
        self, ref: CollectionRef, after: str, limit: int, *, user_id: str = "", face_ids: Sequence[str] = ()
    ) -> Page[KnownFace]:
        asked = of(ref) | {"after": after or NOBODY, "limit": limit + 1, "user_id": user_id}
        query = QUERIES["page_known"] if not user_id else QUERIES["page_of_user"]
        if face_ids:
            asked, query = asked | {"face_ids": uuids(face_ids)}, QUERIES["page_named"]
        async with transaction(self._pool, ref.tenant) as conn:
            await require(conn, ref)
            if user_id:
                await require_user(conn, ref, user_id)
            async with conn.cursor(row_factory=dict_row) as cur:
                rows = [known(row) async for row in await cur.execute(query, asked)]
        return _page(rows, limit, "face_id")

    async def delete(self, ref: CollectionRef, face_ids: Sequence[str]) -> Changed:
        return await retried(partial(self._delete, ref, face_ids))

    async def embedding(self, ref: CollectionRef, face_id: str, model: Model) -> Embedding:
        async with transaction(self._pool, ref.tenant) as conn:
            await require(conn, ref)
            asked = of(ref) | {"face_id": face_id if is_uuid(face_id) else NOBODY}
            found = await (await conn.execute(QUERIES["embedding"], asked)).fetchone()
        if found is None:
            raise FaceNotFound
        if found[1] != model.recogniser_sha256:
            raise ModelMismatch
        return vector(found[0])

    async def _index(
        self, ref: CollectionRef, shown: Shown, found: Sequence[EmbeddedFace], model: Model
    ) -> list[KnownFace]:
        async with transaction(self._pool, ref.tenant) as conn:
            await require(conn, ref)
            model_id = await faces.pinned_model(conn, ref, faces.of_model(ref, model))
            given = of(ref) | {"image_id": shown.image_id(ref), "model_id": model_id}
            await conn.execute(QUERIES["take_turns"], given)
            before = await _of_image(conn, given)
            for face in found:
                if same_place(face, before) is None:
                    await _keep(conn, given, shown, face)
            kept = await _of_image(conn, given)
        # Nobody else keeps faces of this picture meanwhile, so that each is there.
        return [there for face in found if (there := same_place(face, kept))]

    async def _delete(self, ref: CollectionRef, face_ids: Sequence[str]) -> Changed:
        wanted = list(dict.fromkeys(face_ids))
        async with transaction(self._pool, ref.tenant) as conn:
            await require(conn, ref)
            asked = of(ref) | {"face_ids": uuids(wanted)}
            members = await lock_members_of(conn, asked)
            owners = dict(await (await conn.execute(QUERIES["owners"], asked)).fetchall())
            gone = [face_id for face_id in wanted if owners.get(face_id) == ""]
            await conn.execute(QUERIES["delete_faces"], of(ref) | {"face_ids": gone})
            await drop_empty(conn, ref, members)
        refused = tuple(_refused(face_id, owners) for face_id in wanted if owners.get(face_id) != "")
        return Changed(tuple(gone), refused)


async def require(conn: Connection, ref: CollectionRef) -> None:
    """Raises CollectionNotFound, also for a gallery's."""
    if await (await conn.execute(QUERIES["has_collection"], of(ref))).fetchone() is None:
        raise CollectionNotFound


async def require_user(conn: Connection, ref: CollectionRef, user_id: str) -> None:
    """Raises MemberNotFound, also for who only holds faces."""
    if await (await conn.execute(QUERIES["has_user"], of(ref) | {"user_id": user_id})).fetchone() is None:
        raise MemberNotFound


async def lock_members_of(conn: Connection, asked: dict[str, object]) -> list[str]:
    """The members with whom these `face_ids` lie, from here on nobody else's to change."""
    return [row[0] for row in await (await conn.execute(QUERIES["lock_members_of"], asked)).fetchall()]


async def drop_empty(conn: Connection, ref: CollectionRef, members: Sequence[str]) -> None:
    """Drop those of these members, locked before, that only held faces and hold none any more."""
    await conn.execute(QUERIES["drop_empty_holders"], of(ref) | {"members": list(members)})


async def keep_holder(conn: Connection, ref: CollectionRef, member_id: str) -> None:
    await conn.execute(QUERIES["keep_holder"], of(ref) | {"member_id": member_id})


async def _of_image(conn: Connection, given: dict[str, Any]) -> list[KnownFace]:
    """The picture's faces that are kept."""
    async with conn.cursor(row_factory=dict_row) as cur:
        return [known(row) async for row in await cur.execute(QUERIES["faces_of_image"], given)]


async def _keep(conn: Connection, given: dict[str, Any], shown: Shown, face: EmbeddedFace) -> None:
    face_id = str(uuid4())
    row = {
        "face_id": face_id,
        "member_id": holder(face_id, shown.external_id),
        "digest": shown.place(face),
        "source": shown.source,
        "external_id": shown.external_id or None,
    }
    await conn.execute(QUERIES["keep_holder"], given | row)
    await conn.execute(QUERIES["keep_indexed"], given | row | faces.of_face(face))


def _refused(face_id: str, owners: dict[str, str]) -> Refused:
    owner = owners.get(face_id, "")
    return Refused(face_id, Refusal.OF_ANOTHER, owner) if owner else Refused(face_id, Refusal.NOT_FOUND)


def _page(rows: Sequence[Any], limit: int, key: str) -> Page[Any]:
    items = tuple(rows[:limit])
    return Page(items, getattr(items[-1], key) if len(rows) > limit and items else "")
