"""Somebody forgotten, in every table that may say anything of them.

What is a row of theirs goes. Of what tells of others too, such as a picture in which several people were found, only
their part goes. A test plants somebody in every table and looks for them in all of the database.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, LiteralString

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from app.domain.collections import CollectionRef
from app.domain.erasure import (
    Erasure,
    Pseudonym,
    Removed,
    Settle,
    StoredPicture,
    Subject,
    named,
    names_anybody,
    without,
)
from app.domain.galleries import Basis, GalleryRef
from app.domain.storage import Folder
from app.store import galleries, jobs, matches, models, sql
from app.store.matches import Matcher
from app.store.pool import Connection, Pool, retried, transaction
from app.store.queue import Queue

QUERIES = sql.load(__file__)

GO_ALONG = ("matches", "rejections", "hits", "blacklist_entries", "consents")
"""What goes with the member, by foreign keys, as count_kept counts it."""


@dataclass(slots=True)
class _Sweep:
    """One erasure under way. asked: what the queries are asked with. photos: in which others may be found now."""

    conn: Connection
    asked: dict[str, Any]
    counts: dict[str, int] = field(default_factory=dict)
    pictures: list[StoredPicture] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)
    photos: list[str] = field(default_factory=list)
    jobs: set[str] = field(default_factory=set)

    async def rows(self, query: LiteralString, **more: object) -> list[tuple[Any, ...]]:
        return await (await self.conn.execute(query, self.asked | more)).fetchall()

    async def run(self, query: LiteralString, **more: object) -> int:
        """How many rows it changed."""
        return (await self.conn.execute(query, self.asked | more)).rowcount

    def count(self, **kinds: int) -> None:
        self.counts |= kinds


class PgErasureStore:
    """See person_ports.ErasureStore."""

    def __init__(self, pool: Pool, queue: Queue) -> None:
        self._pool = pool
        self._queue = queue

    async def erase(self, subject: Subject, settle: Settle, basis: Basis | None) -> Erasure | None:
        # It may wait for somebody who enrols them, and they for this.
        return await retried(partial(self._erase, subject, settle, basis))

    async def erased(self, ref: CollectionRef, pseudonyms: Sequence[Pseudonym]) -> Erasure | None:
        asked = {"tenant": ref.tenant, "collection": ref.name, "subjects": [one.value for one in pseudonyms]}
        async with transaction(self._pool, ref.tenant) as conn, conn.cursor(row_factory=class_row(Erasure)) as cur:
            return await (await cur.execute(QUERIES["last_erasure"], asked)).fetchone()

    async def _erase(self, subject: Subject, settle: Settle, basis: Basis | None) -> Erasure | None:
        async with transaction(self._pool, subject.ref.tenant) as conn:
            gallery = GalleryRef.of_clients(subject.ref) if basis else None
            if gallery:
                await galleries.own(conn, gallery)
            sweep = await _begun(conn, subject, gallery)
            for part in (_photos, _images, _analyses, _work, _events, _member):
                await part(sweep)
            if not any(sweep.counts.values()):
                return None
            await _answers(sweep)
            await self._leave(sweep, gallery, basis)
            who, erasure = await settle(Removed(sweep.counts, sweep.pictures, sweep.copies))
            kept = {"erasure_id": erasure.erasure_id, "receipt": erasure.receipt, "erased_at": erasure.erased_at}
            await sweep.run(QUERIES["keep_erasure"], subject=who.value, counts=Jsonb(dict(erasure.counts)), **kept)
        return erasure

    async def _leave(self, sweep: _Sweep, gallery: GalleryRef | None, basis: Basis | None) -> None:
        """Bring what stays in order: who else is in the photos, and jobs of which nothing is left to do."""
        tenant = sweep.asked["tenant"]
        if gallery and basis:
            matcher = Matcher(gallery, await models.number(sweep.conn, tenant, basis.model), basis)
            await matches.rematch(sweep.conn, self._queue, matcher, sweep.photos)
        for job_id in sorted(sweep.jobs):
            await jobs.complete(sweep.conn, self._queue, tenant, job_id)


async def _begun(conn: Connection, subject: Subject, gallery: GalleryRef | None) -> _Sweep:
    asked: dict[str, Any] = {
        "tenant": subject.ref.tenant,
        "collection": subject.ref.name,
        "member_id": subject.member_id,
        "gallery_id": gallery.gallery_id if gallery else None,
        "quoted": json.dumps(subject.member_id, ensure_ascii=False),  # as the id stands in JSON
    }
    sweep = _Sweep(conn, asked)
    await sweep.rows(QUERIES["lock_member"])
    [(faces, digests)] = await sweep.rows(QUERIES["traces"])
    sweep.asked |= {"faces": faces, "digests": digests}
    return sweep


async def _photos(sweep: _Sweep) -> None:
    """The faces in a gallery's photos that are theirs. The photos are the photographer's."""
    found = await sweep.rows(QUERIES["photos"])
    sweep.photos = sorted({photo_id for photo_id, _, _ in found})
    sweep.asked["photo_faces"] = [face_id for _, face_id, sure in found if sure]
    sweep.copies = [remote_id for (remote_id,) in await sweep.rows(QUERIES["copies"])]
    [kept] = await sweep.rows(QUERIES["count_kept"]) or [(0,) * len(GO_ALONG)]
    sweep.count(**dict(zip(GO_ALONG, kept, strict=True)))
    sweep.count(groups=await sweep.run(QUERIES["ungroup"]), photo_faces=await sweep.run(QUERIES["delete_photo_faces"]))


async def _images(sweep: _Sweep) -> None:
    """What was found in pictures: gone where nobody else was, less their part where somebody was."""
    gone: list[str] = []
    redacted = 0
    for image_id, faces, owners in await sweep.rows(QUERIES["images"]):
        if all(owners.values()):
            gone.append(image_id)
        elif dropped := {int(face) for face, is_subject in owners.items() if is_subject}:
            await _redact(sweep, image_id, faces, dropped)
            redacted += 1
    sweep.asked["images"] = gone
    sweep.count(processed_images=await sweep.run(QUERIES["delete_images"]), processed_images_redacted=redacted)


async def _redact(sweep: _Sweep, image_id: str, faces: Sequence[object], dropped: set[int]) -> None:
    left = [number for number in range(len(faces)) if number not in dropped]
    await sweep.run(QUERIES["drop_faces_of_image"], image_id=image_id, dropped=sorted(dropped))
    await sweep.run(QUERIES["renumber_faces"], image_id=image_id, old=left, new=list(range(len(left))))
    await sweep.run(QUERIES["settle_numbers"], image_id=image_id)
    await sweep.run(QUERIES["redact_image"], image_id=image_id, faces=Jsonb([faces[number] for number in left]))


async def _analyses(sweep: _Sweep) -> None:
    """Likewise of uploads, which go with their picture where nobody else was found in it."""
    member, gone, redacted = {sweep.asked["member_id"]}, [], 0
    for job_id, folder, key, result in await sweep.rows(QUERIES["analyses"]):
        rest = without(result, member)
        if member.isdisjoint(named(result)):
            continue
        if names_anybody(rest):
            redacted += await sweep.run(QUERIES["redact_analysis"], job_id=job_id, result=Jsonb(rest))
        else:
            gone.append(job_id)
            sweep.pictures.append(StoredPicture(Folder.parse(folder), key))
    sweep.asked["analyses"] = gone
    sweep.count(analyses=await sweep.run(QUERIES["delete_analyses"]), analyses_redacted=redacted)
    sweep.count(stored_pictures=len(sweep.pictures))


async def _work(sweep: _Sweep) -> None:
    items = await sweep.rows(QUERIES["delete_items"])
    sweep.jobs = {job_id for (job_id,) in items}
    sweep.count(job_items=len(items))


async def _events(sweep: _Sweep) -> None:
    member, redacted = {sweep.asked["member_id"]}, 0
    gone = [event_id for (event_id,) in await sweep.rows(QUERIES["events_of_subject"])]
    for event_id, payload in await sweep.rows(QUERIES["events_of_analyses"]):
        rest = without(payload, member)
        if member.isdisjoint(named(payload)):
            continue
        if not names_anybody(rest):
            gone.append(event_id)
        else:
            redacted += await sweep.run(QUERIES["redact_event"], event_id=event_id, payload=Jsonb(rest))
    [(deliveries,)] = await sweep.rows(QUERIES["count_deliveries"], events=gone)
    sweep.count(
        deliveries=deliveries, events=await sweep.run(QUERIES["delete_events"], events=gone), events_redacted=redacted
    )


async def _answers(sweep: _Sweep) -> None:
    """What was answered to requests that may be sent again."""
    of_them = ("faces", "digests", "photo_faces", "images", "analyses")
    names = [name for kind in of_them for name in sweep.asked[kind]]
    sweep.count(answers=await sweep.run(QUERIES["delete_answers"], names=names))
    sweep.count(request_tokens=await sweep.run(QUERIES["delete_request_tokens"], names=names))


async def _member(sweep: _Sweep) -> None:
    sweep.count(faces=await sweep.run(QUERIES["delete_faces"]), members=await sweep.run(QUERIES["delete_member"]))
