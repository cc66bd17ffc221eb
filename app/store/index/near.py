"""Search for faces one by one, and for users by the mean of their faces, as IndexedFaceStore does for members."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg.rows import dict_row

from app.domain.collections import CollectionRef, Model
from app.domain.faces import Embedding
from app.domain.users import FaceHit, UserHit
from app.store import faces, sql, vectors
from app.store.index import feed
from app.store.index.live import NEAR, LiveIndex
from app.store.index.search import Find, GiveUp, Lost, array, catch_up, gone
from app.store.pool import Connection, Pool, asking
from app.store.rekognition.rows import known
from app.telemetry import SEARCHES

QUERIES = sql.load(__file__)

ATTEMPTS = 8
"""How often candidates are chosen anew because some of them are gone."""


@dataclass(frozen=True, slots=True)
class _Hunt:
    """What is searched for: by a query over all faces, or by one over so many candidates at least."""

    exact: LiteralString
    rerank: LiteralString
    candidates: int


_FACES = _Hunt(QUERIES["nearest_faces"], QUERIES["rerank_faces"], 512)
_USERS = _Hunt(QUERIES["nearest_users"], QUERIES["rerank_users"], NEAR)
"""Of many faces of one person few may be a user's, so that it takes more of them."""


class IndexedNearFaces:
    """See user_ports.NearFaces."""

    def __init__(self, pool: Pool, find: Find, give_up: GiveUp) -> None:
        self._pool = pool
        self._find = find
        self._give_up = give_up

    async def faces(self, ref: CollectionRef, probe: Embedding, model: Model, limit: int) -> list[FaceHit]:
        """See user_ports.NearFaces."""
        rows = await self._search(ref, probe, model, limit, _FACES)
        return [FaceHit(known(row), faces.clip(row["similarity"])) for row in rows]

    async def users(self, ref: CollectionRef, probe: Embedding, model: Model, limit: int) -> list[UserHit]:
        """See user_ports.NearFaces."""
        rows = await self._search(ref, probe, model, limit, _USERS)
        return [UserHit(row["member_id"], faces.clip(row["similarity"])) for row in rows]

    async def _search(
        self, ref: CollectionRef, probe: Embedding, model: Model, limit: int, hunt: _Hunt
    ) -> list[dict[str, Any]]:
        asked = faces.of_model(ref, model) | {"probe": vectors.text(probe), "limit": limit}
        if (index := self._find(ref, model)) is not None:
            try:
                rows = await self._indexed(ref, probe, asked, index, hunt)
                SEARCHES.labels("faiss").inc()
            except Lost:
                self._give_up(ref, model)
            else:
                return rows
        SEARCHES.labels("pgvector").inc()
        async with asking(self._pool, ref.tenant, [faces.DESCRIBE], asked) as cursor:
            model_id = await faces.searched_model(cursor, ref)
            return await _rows(cursor.connection, hunt.exact, asked | {"model_id": model_id})

    async def _indexed(
        self,
        ref: CollectionRef,
        probe: Embedding,
        asked: dict[str, Any],
        index: tuple[int, LiveIndex],
        hunt: _Hunt,
    ) -> list[dict[str, Any]]:
        model_id, live = index
        since = live.mark
        asked |= {"model_id": model_id} | feed.after(since, feed.MOST_CHANGES)
        async with asking(self._pool, ref.tenant, [faces.DESCRIBE, feed.CHANGES], asked) as cursor:
            if await faces.searched_model(cursor, ref) != model_id:
                raise Lost
            await catch_up(cursor, live, since)
            return await _among_candidates(cursor.connection, live, probe, asked, hunt)


async def _among_candidates(
    conn: Connection, live: LiveIndex, probe: Embedding, asked: Mapping[str, Any], hunt: _Hunt
) -> list[dict[str, Any]]:
    """Choose, compare, and choose again as long as some of the chosen turn out to be gone. Raises Lost."""
    count = max(hunt.candidates, 2 * asked["limit"])
    for _ in range(ATTEMPTS):
        chosen = list(dict.fromkeys(await asyncio.to_thread(live.near, probe, count)))
        rows = await _rows(conn, hunt.rerank, {**asked, "faces": array(map(bytes.hex, chosen))})
        if rows and rows[0]["alive"] == len(chosen):
            return rows
        dead = await gone(conn, dict(asked), chosen)
        live.forget(dead)
        if not dead:
            return rows
    raise Lost


async def _rows(conn: Connection, query: LiteralString, asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cur:
        return await (await cur.execute(query, asked)).fetchall()
