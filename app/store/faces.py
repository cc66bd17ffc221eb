"""Faces in Postgres: kept, and searched exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from psycopg.rows import class_row

from app.domain.collections import CollectionRef, Model
from app.domain.errors import CollectionNotFound, MemberNotFound, ModelMismatch
from app.domain.faces import Embedding, KeepableFace
from app.domain.items import Enrolment
from app.domain.members import Candidate, MemberDraft, Origin
from app.store import consents, sql, vectors
from app.store.members import jsonb
from app.store.pool import Connection, Cursor, Pool, asking, retried, transaction

QUERIES = sql.load(__file__)
DESCRIBE = QUERIES["describe_collection"]
"""What a search meets; asked with `of_model`."""

Arguments = dict[str, object]


@dataclass(frozen=True, slots=True)
class _Space:
    """What is known of a collection's embeddings. model_id, model_name: None where none was ever kept."""

    model_id: int | None
    foreign_model: bool
    model_name: str | None
    occupied: bool


class PgFaceStore:
    """See ports.FaceStore. A collection whose last face is gone may be pinned to another model."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(
        self,
        ref: CollectionRef,
        member: MemberDraft,
        face: KeepableFace,
        origin: Origin,
        model: Model,
        *,
        replace: bool,
    ) -> str:
        return await retried(partial(self._keep, ref, Enrolment(member, face, origin, model, replace)))

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        found: list[list[Candidate]] = [[] for _ in probes]
        async with asking(self._pool, ref.tenant, [DESCRIBE], of_model(ref, model)) as cursor:
            model_id = await searched_model(cursor, ref)
            wanted = {"model_id": model_id, "probes": [vectors.text(probe) for probe in probes], "limit": limit}
            rows = await cursor.connection.execute(QUERIES["nearest_members"], of_model(ref, model) | wanted)
            async for number, member_id, name, face_id, similarity in rows:
                found[number - 1].append(Candidate(member_id, name, face_id, clip(similarity)))
        return found

    async def best_of(self, ref: CollectionRef, member_id: str, probe: Embedding, model: Model) -> float:
        async with asking(self._pool, ref.tenant, [DESCRIBE], of_model(ref, model)) as cursor:
            model_id = await searched_model(cursor, ref)
            wanted = {"model_id": model_id, "probe": vectors.text(probe), "member_id": member_id}
            rows = await cursor.connection.execute(QUERIES["best_of_member"], of_model(ref, model) | wanted)
            (similarity,) = await rows.fetchone() or (None,)
        if similarity is None:
            raise MemberNotFound
        return clip(similarity)

    async def size(self, ref: CollectionRef) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            row = await conn.execute(QUERIES["count_faces"], {"tenant": ref.tenant, "collection": ref.name})
            (count,) = await row.fetchone() or (0,)
        return int(count)

    async def _keep(self, ref: CollectionRef, given: Enrolment) -> str:
        async with transaction(self._pool, ref.tenant) as conn:
            face_id = await keep(conn, ref, given)
            if given.replace:
                key = {"tenant": ref.tenant, "collection": ref.name, "member_id": given.member.member_id}
                await conn.execute(QUERIES["drop_other_faces"], key | {"face_id": face_id})
        return face_id


async def keep(conn: Connection, ref: CollectionRef, given: Enrolment) -> str:
    """Keep the face in the transaction of `conn`, and leave the member's others. See ports.FaceStore.keep."""
    arguments = of_model(ref, given.model) | of_face(given.face) | _of_member(given.member) | _of_origin(given.origin)
    kept = arguments | {"model_id": await pinned_model(conn, ref, arguments)}
    await conn.execute(QUERIES["keep_member"], kept)
    if given.member.consent:
        await consents.give(conn, ref, given.member.member_id, given.member.consent)
    (face_id,) = await (await conn.execute(QUERIES["keep_face"], kept)).fetchone() or ("",)
    return str(face_id)


def clip(similarity: float) -> float:
    """A cosine is −1…1; rounding may lead a hair beyond."""
    return max(-1.0, min(1.0, similarity))


async def pinned_model(conn: Connection, ref: CollectionRef, arguments: Arguments) -> int:
    """The id of the model, to which the collection is pinned from here on. Raises ModelMismatch."""
    pinned = await (await conn.execute(QUERIES["lock_collection"], arguments)).fetchone()
    if pinned is None:
        await conn.execute(QUERIES["add_model"], arguments)
        await conn.execute(QUERIES["make_collection"], arguments)
        await conn.execute(QUERIES["own_collection"], arguments)
        pinned = await (await conn.execute(QUERIES["pin_collection"], arguments)).fetchone()
    if pinned is None:
        raise _mismatch(ref, await _space(conn, arguments))
    return int(pinned[0])


async def searched_model(answer: Cursor, ref: CollectionRef) -> int | None:
    """The id of the model, None where nothing is kept. answer: to DESCRIBE.

    Raises CollectionNotFound, ModelMismatch.
    """
    found = await answer.fetchone()
    if found is None:
        raise CollectionNotFound
    space = _Space(*found)
    if space.occupied and space.foreign_model:
        raise _mismatch(ref, space)
    return space.model_id


async def _space(conn: Connection, arguments: Arguments) -> _Space | None:
    async with conn.cursor(row_factory=class_row(_Space)) as cur:
        return await (await cur.execute(DESCRIBE, arguments)).fetchone()


def _mismatch(ref: CollectionRef, space: _Space | None) -> ModelMismatch:
    """Say which model the collection is pinned to."""
    pinned = space.model_name if space else None
    return ModelMismatch(f"The faces in {ref.name} were embedded by {pinned}.", pinned_model=pinned)


def of_model(ref: CollectionRef, model: Model) -> Arguments:
    return {
        "tenant": ref.tenant,
        "collection": ref.name,
        "model": model.name,
        "recogniser": model.recogniser_sha256,
        "dimensions": model.dimensions,
        "licence": model.licence,
        "commercial": model.commercial,
    }


def _of_member(member: MemberDraft) -> Arguments:
    return {"member_id": member.member_id, "name": member.name, "metadata": jsonb(member.metadata)}


def _of_origin(origin: Origin) -> Arguments:
    return {"digest": origin.digest, "source": origin.source}


def of_face(face: KeepableFace) -> Arguments:
    """What is known of a face, as parameters."""
    found, quality = face.aligned.found, face.aligned.quality
    embedding, remote_id = vectors.kept(face)
    return {
        "embedding": embedding,
        "remote_id": remote_id,
        "left": found.box.left,
        "top": found.box.top,
        "width": found.box.width,
        "height": found.box.height,
        "landmarks": found.landmarks.ravel().tolist(),
        "det_score": float(found.score),
        "quality": float(quality.score),
        "reasons": [str(reason) for reason in quality.reasons],
    }
