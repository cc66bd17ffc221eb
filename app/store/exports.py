"""All that is held of somebody. What is added here is to be forgotten in erasures.py, and the reverse."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import AsyncCursor
from psycopg.rows import DictRow, dict_row

from app.domain.erasure import Json, Subject, about, named
from app.domain.errors import MemberNotFound
from app.domain.galleries import GalleryRef
from app.store import sql
from app.store.pool import Pool, transaction

QUERIES = sql.load(__file__)

PARTS = {
    "blacklist": QUERIES["blacklist"],
    "consents": QUERIES["consents"],
    "faces": QUERIES["faces"],
    "photos": QUERIES["photos"],
    "rejections": QUERIES["rejections"],
    "processed_images": QUERIES["processed_images"],
    "jobs": QUERIES["jobs"],
    "events": QUERIES["events"],
}
"""What is a row of theirs and nobody else's."""


class PgExportStore:
    """See person_ports.ExportStore."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def everything(self, subject: Subject) -> Mapping[str, Sequence[Json]]:
        asked = _asked(subject)
        async with transaction(self._pool, subject.ref.tenant) as conn, conn.cursor(row_factory=dict_row) as cur:
            found = {"member": await _rows(cur, QUERIES["member"], asked)}
            if not found["member"]:
                raise MemberNotFound
            found |= {part: await _rows(cur, query, asked) for part, query in PARTS.items()}
            analyses = await _rows(cur, QUERIES["analyses"], asked)
        return found | {
            "analyses": [_part(row, subject) for row in analyses if subject.member_id in named(row["result"])]
        }


async def _rows(cur: AsyncCursor[DictRow], query: LiteralString, asked: Mapping[str, Any]) -> list[DictRow]:
    return await (await cur.execute(query, asked)).fetchall()


def _part(analysis: DictRow, subject: Subject) -> DictRow:
    return analysis | {"result": about(analysis["result"], subject.member_id)}


def _asked(subject: Subject) -> dict[str, Any]:
    gallery = GalleryRef.of_clients(subject.ref)
    return {
        "tenant": subject.ref.tenant,
        "collection": subject.ref.name,
        "member_id": subject.member_id,
        "gallery_id": gallery.gallery_id if gallery else None,
        "quoted": json.dumps(subject.member_id, ensure_ascii=False),  # as the id stands in JSON
    }
