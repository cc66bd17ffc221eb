"""Users in Postgres, and whose faces they are."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from app.domain.collections import CollectionRef, Model
from app.domain.errors import Conflict, MemberNotFound, ModelMismatch, QuotaExceeded, TokenReused
from app.domain.faces import Embedding
from app.domain.members import Page
from app.domain.users import (
    MOST_FACES_OF_USER,
    Asked,
    Changed,
    Once,
    Refusal,
    Refused,
    User,
    associable,
    dissociable,
    holder,
)
from app.store import sql
from app.store.faces import clip
from app.store.pool import Connection, Pool, everybody, retried, transaction
from app.store.rekognition import faces
from app.store.rekognition.rows import of, uuids, vector

QUERIES = sql.load(__file__)

LONGEST_ID = 128
"""Bytes of a user's id that the protocol can name."""

Change = Callable[[Connection], Awaitable[Changed]]


class PgUserStore:
    """See user_ports.UserStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def create(self, ref: CollectionRef, user_id: str, once: Once | None) -> None:
        await self._change(ref, once, partial(_create, ref, user_id))

    async def delete(self, ref: CollectionRef, user_id: str, once: Once | None) -> None:
        await self._change(ref, once, partial(_delete, ref, user_id))

    async def page(self, ref: CollectionRef, after: str, limit: int) -> Page[User]:
        asked = of(ref) | {"after": after, "limit": limit + 1, "longest": LONGEST_ID}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=class_row(User)) as cur:
            await faces.require(conn, ref)
            rows = await (await cur.execute(QUERIES["page_users"], asked)).fetchall()
        items = tuple(rows[:limit])
        return Page(items, items[-1].user_id if len(rows) > limit else "")

    async def associate(
        self, ref: CollectionRef, user_id: str, face_ids: Sequence[str], least: float, once: Once | None
    ) -> Changed:
        return await self._change(ref, once, partial(_associate, ref, user_id, face_ids, least))

    async def dissociate(self, ref: CollectionRef, user_id: str, face_ids: Sequence[str], once: Once | None) -> Changed:
        return await self._change(ref, once, partial(_dissociate, ref, user_id, face_ids))

    async def mean(self, ref: CollectionRef, user_id: str, model: Model) -> Embedding | None:
        asked = of(ref) | {"user_id": user_id}
        async with transaction(self._pool, ref.tenant) as conn:
            await faces.require(conn, ref)
            await faces.require_user(conn, ref, user_id)
            count, mean, recogniser = await _mean(conn, asked)
        if count and recogniser != model.recogniser_sha256:
            raise ModelMismatch
        return vector(mean) if mean else None

    async def forget_tokens(self, hours: int) -> None:
        async with everybody(self._pool) as conn:
            await conn.execute(QUERIES["forget_tokens"], {"hours": hours})

    async def _change(self, ref: CollectionRef, once: Once | None, change: Change) -> Changed:
        return await retried(partial(self._changed, ref, once, change))

    async def _changed(self, ref: CollectionRef, once: Once | None, change: Change) -> Changed:
        async with transaction(self._pool, ref.tenant) as conn:
            if once is None:
                await faces.require(conn, ref)
                return await change(conn)
            key = {"tenant": ref.tenant, "operation": once.operation, "token": once.token, "digest": once.digest}
            if await (await conn.execute(QUERIES["begin_once"], key)).fetchone() is None:
                return await _answered_before(conn, key)
            await faces.require(conn, ref)
            done = await change(conn)
            await conn.execute(QUERIES["answer_once"], key | {"answer": Jsonb(_written(done))})
        return done


async def _create(ref: CollectionRef, user_id: str, conn: Connection) -> Changed:
    if await (await conn.execute(QUERIES["create_user"], of(ref) | {"user_id": user_id})).fetchone() is None:
        raise Conflict
    return Changed((), ())


async def _delete(ref: CollectionRef, user_id: str, conn: Connection) -> Changed:
    await _lock(conn, ref, user_id)
    rows = await conn.execute(QUERIES["faces_of_user"], of(ref) | {"user_id": user_id})
    await _send_home(conn, ref, [row[0] for row in await rows.fetchall()])
    await conn.execute(QUERIES["end_user"], of(ref) | {"user_id": user_id})
    await faces.drop_empty(conn, ref, [user_id])
    return Changed((), ())


async def _associate(
    ref: CollectionRef, user_id: str, face_ids: Sequence[str], least: float, conn: Connection
) -> Changed:
    asked = of(ref) | {"user_id": user_id, "face_ids": uuids(face_ids)}
    members: dict[str, bool] = dict(await (await conn.execute(QUERIES["lock_user_and_holders"], asked)).fetchall())
    if not members.get(user_id):
        raise MemberNotFound
    count, mean, _ = await _mean(conn, asked)
    if count >= MOST_FACES_OF_USER:
        msg = "The user has as many faces as a user may have"
        raise QuotaExceeded(msg)
    rows = await (await conn.execute(QUERIES["asked_faces"], asked | {"mean": mean})).fetchall()
    known = {face_id: Asked(face_id, owner, clip(similarity)) for face_id, owner, similarity in rows}
    change = associable(User(user_id, count), face_ids, known, least)
    await conn.execute(QUERIES["associate_faces"], asked | {"face_ids": list(change.done)})
    await faces.drop_empty(conn, ref, list(members))
    return change


async def _dissociate(ref: CollectionRef, user_id: str, face_ids: Sequence[str], conn: Connection) -> Changed:
    await _lock(conn, ref, user_id)
    asked = of(ref) | {"user_id": user_id, "face_ids": uuids(face_ids)}
    count, _, _ = await _mean(conn, asked)
    rows = await (await conn.execute(QUERIES["asked_faces"], asked | {"mean": None})).fetchall()
    change = dissociable(User(user_id, count), face_ids, {face_id: owner for face_id, owner, _ in rows})
    await _send_home(conn, ref, change.done)
    return change


async def _send_home(conn: Connection, ref: CollectionRef, face_ids: Sequence[str]) -> None:
    """Give the faces to those who hold them while they are nobody's."""
    rows = await (await conn.execute(QUERIES["homes"], of(ref) | {"face_ids": list(face_ids)})).fetchall()
    homes = {face_id: holder(face_id, external_id) for face_id, external_id in rows}
    for member_id in sorted(set(homes.values())):
        await faces.keep_holder(conn, ref, member_id)
    given = {"face_ids": list(homes), "holders": list(homes.values())}
    await conn.execute(QUERIES["dissociate_faces"], of(ref) | given)


async def _lock(conn: Connection, ref: CollectionRef, user_id: str) -> None:
    """Raises MemberNotFound."""
    if await (await conn.execute(QUERIES["lock_user"], of(ref) | {"user_id": user_id})).fetchone() is None:
        raise MemberNotFound


async def _mean(conn: Connection, asked: Mapping[str, Any]) -> tuple[int, str | None, str | None]:
    """How many faces the user has, their mean, and whose faces they are."""
    return await (await conn.execute(QUERIES["user_mean"], asked)).fetchone() or (0, None, None)


async def _answered_before(conn: Connection, key: Mapping[str, Any]) -> Changed:
    """What was answered then. Raises TokenReused where that was another request."""
    digest, answer = await (await conn.execute(QUERIES["answered_before"], key)).fetchone() or ("", None)
    if digest != key["digest"]:
        raise TokenReused
    return _read(answer or {})


def _written(done: Changed) -> dict[str, Any]:
    refused = [[one.face_id, str(one.why), one.user_id, one.similarity] for one in done.refused]
    return {"done": list(done.done), "refused": refused, "faces": done.faces}


def _read(answer: Mapping[str, Any]) -> Changed:
    refused = (Refused(face_id, Refusal(why), *rest) for face_id, why, *rest in answer.get("refused", ()))
    return Changed(tuple(answer.get("done", ())), tuple(refused), answer.get("faces", 0))
