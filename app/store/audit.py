"""The audit log in Postgres."""

import secrets
from collections.abc import Sequence
from typing import Any, LiteralString

import structlog
from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from app.domain.audit import Anchor, Book, Deed, Line, Wanted, chained, subject
from app.domain.errors import EncryptionKeyMissing, InvalidRequest
from app.domain.members import Page
from app.store import cursor as cursors
from app.store import sql
from app.store.pool import Connection, Cursor, Pool, asking, everybody, transaction
from app.store.seal import Seal

QUERIES = sql.load(__file__)
BEGIN: Sequence[LiteralString] = (QUERIES["open_book"], QUERIES["get_audit_key"])

KEY_BYTES = 32
MOST_PRUNED = 10_000
"""Lines that go in one transaction."""
NO_KEY = b""

log = structlog.get_logger()


class PgAuditStore:
    """See law_ports.AuditStore. What stands for a member is made with a key of the tenant's, which is kept sealed."""

    def __init__(self, pool: Pool, seal: Seal) -> None:
        self._pool = pool
        self._seal = seal

    async def append(self, tenant: str, deeds: Sequence[Deed]) -> None:
        async with asking(self._pool, tenant, BEGIN, {}) as cursor:
            last = Anchor(*await _first(cursor))
            cursor.nextset()
            key = await self._key(cursor.connection, tenant, await cursor.fetchone())
            await _write(cursor.connection, tenant, chained(tenant, last, deeds, key))

    async def book(self, tenant: str) -> Book:
        async with transaction(self._pool, tenant) as conn:
            row = await (await conn.execute(QUERIES["get_book"], {"tenant": tenant})).fetchone()
        return Book(Anchor(*row[:2]), Anchor(*row[2:])) if row else Book()

    async def page(self, tenant: str, cursor: str, limit: int, wanted: Wanted) -> Page[Line]:
        asked = _asked(tenant, _after(cursor), limit + 1, wanted)
        async with transaction(self._pool, tenant) as conn:
            if wanted.member_id:
                asked["subject"] = await self._subject(conn, tenant, wanted.member_id)
            rows = await _lines(conn, asked)
        return cursors.page(rows, limit, lambda row: (str(row.sequence),))

    async def after(self, tenant: str, sequence: int, limit: int) -> Sequence[Line]:
        async with transaction(self._pool, tenant) as conn:
            return await _lines(conn, _asked(tenant, sequence, limit, Wanted()))

    async def prune(self, days: int) -> None:
        async with everybody(self._pool) as conn:
            books = await (await conn.execute(QUERIES["list_books"])).fetchall()
        for tenant, sequence, digest in books:
            # Whoever keeps the log of the service elsewhere has an anchor there, of every hour.
            log.info("audit log", tenant=tenant, sequence=sequence, hash=digest)
            while days and await self._prune(tenant, days) == MOST_PRUNED:
                pass

    async def _prune(self, tenant: str, days: int) -> int:
        async with everybody(self._pool) as conn:
            pruned = {"tenant": tenant, "days": days, "most": MOST_PRUNED}
            (count,) = await (await conn.execute(QUERIES["prune"], pruned)).fetchone() or (0,)
        if count:
            await self.append(tenant, [Deed("The worker", "PruneAudit", target=f"{count} lines")])
        return int(count)

    async def _key(self, conn: Connection, tenant: str, row: Sequence[Any] | None) -> bytes:
        """The tenant's key, made if need be. row: where it is kept, if it is."""
        if row is None:
            row = await self._new_key(conn, tenant)
        return bytes.fromhex(self._seal.opened(row[0], *_owner(tenant))) if row else NO_KEY

    async def _new_key(self, conn: Connection, tenant: str) -> Sequence[Any] | None:
        try:
            sealed = self._seal.sealed(secrets.token_hex(KEY_BYTES), *_owner(tenant))
        except EncryptionKeyMissing:
            return None  # the log goes on without saying whom a deed was about
        made = await conn.execute(QUERIES["put_audit_key"], {"tenant": tenant, "secret": sealed})
        return await made.fetchone()

    async def _subject(self, conn: Connection, tenant: str, member_id: str) -> str:
        row = await (await conn.execute(QUERIES["get_audit_key"], {"tenant": tenant})).fetchone()
        return subject(await self._key(conn, tenant, row), member_id)


def _owner(tenant: str) -> tuple[str, str, str]:
    """To what the sealed key belongs; see reseal.py."""
    return "audit_key", tenant, ""


async def _first(cursor: Cursor) -> Sequence[Any]:
    row = await cursor.fetchone()
    assert row
    return row


async def _write(conn: Connection, tenant: str, lines: Sequence[Line]) -> None:
    head = lines[-1].anchor
    told = {"lines": Jsonb([line.show() for line in lines]), "sequence": head.sequence, "hash": head.hash}
    await conn.execute(QUERIES["append"], told | {"tenant": tenant})


async def _lines(conn: Connection, asked: dict[str, object]) -> list[Line]:
    async with conn.cursor(row_factory=kwargs_row(_line)) as cur:
        return await (await cur.execute(QUERIES["page_lines"], asked)).fetchall()


def _line(*, subjects: list[str], **rest: Any) -> Line:  # noqa: ANN401 - columns named as the fields
    return Line(subjects=tuple(subjects), **rest)


def _asked(tenant: str, after: int, limit: int, wanted: Wanted) -> dict[str, object]:
    return {
        "tenant": tenant,
        "after": after,
        "limit": limit,
        "since": wanted.since,
        "until": wanted.until,
        "actor": wanted.actor,
        "action": wanted.action,
        "collection": wanted.collection,
        "subject": None,
    }


def _after(cursor: str) -> int:
    """The number of the last line that was shown. Raises InvalidRequest."""
    (text,) = cursors.decode(cursor, 1) if cursor else ("0",)
    if not (text.isascii() and text.isdecimal()):
        msg = "The cursor is not one of this listing."
        raise InvalidRequest(msg)
    return int(text)
