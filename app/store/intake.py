"""Single photos that galleries are told of, taken in by jobs of their own."""

from collections.abc import Sequence

from app.domain.galleries import Basis, GalleryRef
from app.domain.storage import StoredObject
from app.store import galleries, photos, sql
from app.store.pool import Connection, Pool, everybody, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)


class PgIntake:
    """See event_ports.Intake."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def covering(self, uri: str) -> Sequence[GalleryRef]:
        async with everybody(self._pool) as conn:
            rows = await (await conn.execute(QUERIES["covering"], {"uri": uri})).fetchall()
        return [GalleryRef(*row) for row in rows]

    async def take_in(self, ref: GalleryRef, objects: Sequence[StoredObject], basis: Basis) -> int:
        async with transaction(self._pool, ref.tenant) as conn:
            await galleries.get(conn, ref)
            job_id, is_new = await _job(conn, ref, objects)
            count = await photos.enlist(conn, self._queue, ref, job_id, objects, basis=basis, force=False)
            if is_new and not count:
                await conn.execute(QUERIES["drop_intake"], {"tenant": ref.tenant, "job_id": job_id})
        return count

    async def remove(self, ref: GalleryRef, key: str) -> bool:
        gone = {"tenant": ref.tenant, "gallery_id": ref.gallery_id, "key": key}
        async with transaction(self._pool, ref.tenant) as conn:
            return await (await conn.execute(QUERIES["remove_photo"], gone)).fetchone() is not None


async def _job(conn: Connection, ref: GalleryRef, objects: Sequence[StoredObject]) -> tuple[str, bool]:
    """The job that takes these in, and whether it was made just now."""
    asked = {"tenant": ref.tenant, "gallery_id": ref.gallery_id, "keys": [one.key for one in objects]}
    found = await (await conn.execute(QUERIES["intake_job"], asked)).fetchone()
    if found:
        return str(found[0]), False
    (job_id,) = await (await conn.execute(QUERIES["open_intake"], asked)).fetchone() or ("",)
    return str(job_id), True
