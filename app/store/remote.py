"""What Postgres knows of faces that AWS Rekognition keeps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.domain.collections import CollectionRef, Model
from app.domain.faces import Box
from app.domain.items import Original
from app.store import faces, models, sql
from app.store.pool import Connection, Pool, asking, everybody, transaction

QUERIES = sql.load(__file__)


class Owner(NamedTuple):
    """Whose a face is."""

    member_id: str
    name: str
    face_id: str


class Doomed(NamedTuple):
    """A face that is to be deleted at AWS. held: somebody keeps it after all."""

    ref: CollectionRef
    remote_id: str
    held: bool


class RemoteCollection(NamedTuple):
    """A collection at AWS that was made for one of ours. alive: whether ours is still there."""

    ref: CollectionRef
    remote_name: str
    alive: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept here of a collection, by AWS's ids. faces: of members, and their own ids; photos: of a gallery's.

    doomed: not ours any more, or not yet.
    """

    faces: Mapping[str, str]
    photos: frozenset[str]
    doomed: frozenset[str]


Likenesses = Iterable[tuple[str, str, float]]
"""Two of AWS's ids, and how alike they are, as cosine."""


class PgRemoteStore:
    """AWS's ids beside our own: which face is whose, which are to be deleted there, and how alike they are."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def name(self, ref: CollectionRef) -> str | None:
        """What AWS calls the collection, if it was made there."""
        async with transaction(self._pool, ref.tenant) as conn:
            row = await (await conn.execute(QUERIES["find_remote_collection"], _key(ref))).fetchone()
        return row[0] if row else None

    async def made(self, ref: CollectionRef, remote_name: str, version: str) -> str:
        """It is there from here on: by this name, or by that of whoever was faster. version: of AWS's model."""
        given = _key(ref) | {"remote_name": remote_name, "version": version}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["put_remote_collection"], given)
            (name,) = await (await conn.execute(QUERIES["find_remote_collection"], given)).fetchone() or (remote_name,)
        return str(name)

    async def collections(self) -> list[RemoteCollection]:
        """Of all tenants."""
        async with everybody(self._pool) as conn:
            rows = await (await conn.execute(QUERIES["remote_collections"])).fetchall()
        return [RemoteCollection(CollectionRef(tenant, name), remote, alive) for tenant, name, remote, alive in rows]

    async def unmade(self, ref: CollectionRef, remote_name: str) -> None:
        """AWS has it no longer."""
        given = {"tenant": ref.tenant, "remote_name": remote_name}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["drop_remote_collection"], given)

    async def occupied(self, ref: CollectionRef, model: Model) -> bool:
        """Whether there is anything to search. Raises CollectionNotFound, ModelMismatch."""
        async with asking(self._pool, ref.tenant, [faces.DESCRIBE], faces.of_model(ref, model)) as cursor:
            await faces.searched_model(cursor, ref)
            return await self._holds_any(cursor.connection, ref)

    async def holds_any(self, ref: CollectionRef) -> bool:
        """Whether AWS should have faces of the collection."""
        async with transaction(self._pool, ref.tenant) as conn:
            return await self._holds_any(conn, ref)

    async def is_gallery(self, ref: CollectionRef) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            row = await (await conn.execute(QUERIES["is_gallery"], _key(ref))).fetchone()
        return bool(row and row[0])

    async def kept_already(self, ref: CollectionRef, member_id: str, digest: str, model: Model) -> str | None:
        """AWS's id of the same picture of the same member."""
        async with transaction(self._pool, ref.tenant) as conn:
            asked = _key(ref) | {"member_id": member_id, "digest": digest}
            asked["model_id"] = await models.number(conn, ref.tenant, model)
            row = await (await conn.execute(QUERIES["kept_already"], asked)).fetchone()
        return row[0] if row else None

    async def whose(self, ref: CollectionRef, remote_ids: Sequence[str]) -> dict[str, Owner]:
        """The owners of those that are kept here; others are nobody's."""
        async with transaction(self._pool, ref.tenant) as conn:
            rows = await (await conn.execute(QUERIES["whose"], _key(ref) | {"remote_ids": list(remote_ids)})).fetchall()
        return {remote_id: Owner(*owner) for remote_id, *owner in rows}

    async def has_faces(self, ref: CollectionRef, member_id: str) -> bool:
        async with transaction(self._pool, ref.tenant) as conn:
            row = await conn.execute(QUERIES["has_faces"], _key(ref) | {"member_id": member_id})
            return await row.fetchone() is not None

    async def doom(self, ref: CollectionRef, remote_ids: Sequence[str], seconds: float = 0) -> None:
        """Have them deleted at AWS in so many seconds, unless somebody keeps them by then."""
        given = _key(ref) | {"remote_ids": list(remote_ids), "seconds": seconds}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["doom"], given)

    async def claim_doomed(self, limit: int) -> list[Doomed]:
        """Some that are due, of all tenants, in the hands of the caller for a minute."""
        async with everybody(self._pool) as conn:
            rows = await (await conn.execute(QUERIES["claim_doomed"], {"limit": limit})).fetchall()
        return [Doomed(CollectionRef(tenant, name), remote_id, held) for tenant, name, remote_id, held in rows]

    async def settled(self, ref: CollectionRef, remote_ids: Sequence[str], *, deleted: bool) -> None:
        """Nothing is left to be done about them. deleted: AWS has them no longer."""
        given = _key(ref) | {"remote_ids": list(remote_ids)}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["forget_doomed"], given)
            if deleted:
                await conn.execute(QUERIES["forget_likenesses"], given)

    async def liken(self, ref: CollectionRef, likenesses: Likenesses) -> None:
        """Keep how alike faces of a gallery are, from both ends."""
        both = {pair: near for one, other, near in likenesses for pair in ((one, other), (other, one))}
        given = {
            "tenant": ref.tenant,
            "remote_ids": [one for one, _ in both],
            "other_ids": [other for _, other in both],
            "similarities": list(both.values()),
        }
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["put_likenesses"], given)

    async def here(self, ref: CollectionRef) -> Held:
        async with transaction(self._pool, ref.tenant) as conn:
            rows = await (await conn.execute(QUERIES["faces_here"], _key(ref))).fetchall()
        return Held(
            {remote_id: face_id for remote_id, face_id, _ in rows if face_id},
            frozenset(remote_id for remote_id, face_id, doomed in rows if not (face_id or doomed)),
            frozenset(remote_id for remote_id, _, doomed in rows if doomed),
        )

    async def lost(self, ref: CollectionRef, face_id: str) -> Original | None:
        """Where the picture of a member's face is; None where the face is gone."""
        async with transaction(self._pool, ref.tenant) as conn:
            row = await (await conn.execute(QUERIES["lost_face"], _key(ref) | {"face_id": face_id})).fetchone()
        if row is None:
            return None
        member_id, digest, source, *box = row
        return Original(member_id, digest, source, Box(*box))

    async def renew(self, ref: CollectionRef, face_id: str, remote_id: str) -> None:
        """The face is called that at AWS from here on."""
        given = _key(ref) | {"face_id": face_id, "remote_id": remote_id}
        async with transaction(self._pool, ref.tenant) as conn:
            await conn.execute(QUERIES["renew_remote_id"], given)

    async def see_again(self, ref: CollectionRef, remote_ids: Sequence[str]) -> None:
        """Have the photos of these faces processed again at the next run."""
        async with transaction(self._pool, ref.tenant) as conn:
            given = {"tenant": ref.tenant, "remote_ids": list(remote_ids)}
            await conn.execute(QUERIES["forget_lost_photos"], given)

    async def _holds_any(self, conn: Connection, ref: CollectionRef) -> bool:
        row = await (await conn.execute(QUERIES["holds_any"], _key(ref))).fetchone()
        return bool(row and row[0])


def _key(ref: CollectionRef) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name}
