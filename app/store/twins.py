"""Twins: the same faces by another model, beside those that are searched; for comparison alone.

A twin goes with the face that it is of, and is neither counted nor shown (see the table face.collection), until a
reindexing to its model makes it the one that is searched.
"""

from collections.abc import Sequence

from app.domain.collections import CollectionRef, Model
from app.domain.faces import Embedding, KeepableFace
from app.domain.members import Candidate
from app.store import faces, models, reindex, sql, vectors
from app.store.pool import Pool, transaction

FACES = sql.load(faces.__file__)
TWINS = sql.load(reindex.__file__)


class PgTwinStore:
    """See ports.TwinStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def keep(self, ref: CollectionRef, member_id: str, face_id: str, face: KeepableFace, model: Model) -> None:
        async with transaction(self._pool, ref.tenant) as conn:
            twin = _key(ref) | {"member_id": member_id, "face_id": face_id} | faces.of_face(face)
            await conn.execute(TWINS["lock_member"], twin)
            twin["model_id"] = await models.number(conn, ref.tenant, model)
            await conn.execute(TWINS["put_twin"], twin)

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        found: list[list[Candidate]] = [[] for _ in probes]
        async with transaction(self._pool, ref.tenant) as conn:
            asked = _key(ref) | {"probes": [vectors.text(probe) for probe in probes], "limit": limit}
            asked["model_id"] = await models.number(conn, ref.tenant, model)
            async for number, member_id, name, face_id, near in await conn.execute(FACES["nearest_members"], asked):
                found[number - 1].append(Candidate(member_id, name, face_id, faces.clip(near)))
        return found


def _key(ref: CollectionRef) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name}
