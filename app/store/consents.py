"""Consents in Postgres. That a face is kept of nobody whose consent is missing is seen to there, by a trigger."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from psycopg.rows import kwargs_row

from app.domain.collections import CollectionRef
from app.domain.consents import Consent, ConsentDraft, LegalBasis, Withdrawal
from app.domain.errors import CollectionNotFound, ConsentNotFound, MemberNotFound
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.ids import uuid_or
from app.store.pool import Connection, Pool, transaction

QUERIES = sql.load(__file__)


class PgConsentStore:
    """See law_ports.ConsentStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def give(self, ref: CollectionRef, member_id: str, draft: ConsentDraft) -> Consent:
        key = _key(ref, member_id)
        async with transaction(self._pool, ref.tenant) as conn:
            if await (await conn.execute(QUERIES["has_collection"], key)).fetchone() is None:
                raise CollectionNotFound
            await conn.execute(QUERIES["make_member"], key)
            return await give(conn, ref, member_id, draft)

    async def page(self, ref: CollectionRef, member_id: str, cursor: str, limit: int) -> Page[Consent]:
        before_time, before = cursors.newest_first(cursor)
        key = _key(ref, member_id)
        asked = key | {"before_time": before_time, "before": before, "limit": limit + 1}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_consent)) as cur:
            if await (await conn.execute(QUERIES["has_member"], key)).fetchone() is None:
                raise MemberNotFound
            rows = await (await cur.execute(QUERIES["page_consents"], asked)).fetchall()
        return cursors.page(rows, limit, lambda row: (row.created_at.isoformat(), row.consent_id))

    async def withdraw(self, ref: CollectionRef, member_id: str, consent_id: str) -> Withdrawal:
        key = _key(ref, member_id)
        asked = key | {"consent_id": uuid_or(consent_id, ConsentNotFound)}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=kwargs_row(_consent)) as cur:
            await lock_members(conn, ref, [member_id])
            found = await (await cur.execute(QUERIES["withdraw"], asked)).fetchone()
            if found is None:
                raise ConsentNotFound
            valid = await (await conn.execute(QUERIES["has_valid"], key)).fetchone()
            return Withdrawal(found, 0 if valid else await drop_faces(conn, ref, [member_id]))


async def give(conn: Connection, ref: CollectionRef, member_id: str, draft: ConsentDraft) -> Consent:
    """Keep it of a member who is there, in the transaction of `conn`."""
    async with conn.cursor(row_factory=kwargs_row(_consent)) as cur:
        kept = await (await cur.execute(QUERIES["give"], _key(ref, member_id) | asdict(draft))).fetchone()
    assert kept
    return kept


async def lock_members(conn: Connection, ref: CollectionRef, member_ids: Sequence[str]) -> None:
    """Whoever enrols one of them waits until the end of the transaction of `conn`, or is waited for."""
    await conn.execute(QUERIES["lock_members"], _among(ref, member_ids))


async def drop_faces(conn: Connection, ref: CollectionRef, member_ids: Sequence[str]) -> int:
    """Delete all faces of some members, who stay; how many those were."""
    return (await conn.execute(QUERIES["drop_faces"], _among(ref, member_ids))).rowcount


def _key(ref: CollectionRef, member_id: str) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name, "member_id": member_id}


def _among(ref: CollectionRef, member_ids: Sequence[str]) -> dict[str, object]:
    return {"tenant": ref.tenant, "collection": ref.name, "members": list(member_ids)}


def _consent(*, basis: str, **rest: Any) -> Consent:  # noqa: ANN401 - columns named as the fields
    return Consent(basis=LegalBasis(basis), **rest)
