"""Who is in which photo: chosen anew for whole photos at a time, in the transaction of whoever asks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.events import Event, EventKind
from app.domain.faces import Box
from app.domain.galleries import Assigned, Basis, GalleryRef, Pair
from app.store import events, sql
from app.store.assign import assign
from app.store.galleries import key
from app.store.pool import Connection
from app.store.queue import Queue
from app.telemetry import decided

QUERIES = sql.load(__file__)

SAME_PLACE = 0.5
"""Overlap from which a face found anew is the one that was there. Detectors agree on a face by more than this, and two
people in a photo by less."""

PHOTOS_AT_ONCE = 500
"""Photos whose pairs are held in memory together."""


@dataclass(frozen=True, slots=True)
class Matcher:
    """All that choosing depends on."""

    ref: GalleryRef
    model_id: int
    basis: Basis

    @property
    def arguments(self) -> dict[str, object]:
        least = self.basis.threshold - self.basis.review_margin
        return key(self.ref) | {"model_id": self.model_id, "least": least}


async def rematch(conn: Connection, queue: Queue, matcher: Matcher, photo_ids: Sequence[str]) -> int:
    """Choose anew for these photos, all clients considered; how many matches there are now."""
    count = 0
    for n in range(0, len(photo_ids), PHOTOS_AT_ONCE):
        some = list(photo_ids[n : n + PHOTOS_AT_ONCE])
        chosen = await _choose(conn, matcher, some)
        await _write(conn, queue, matcher, some, chosen)
        count += len(chosen)
        for one in chosen:
            decided("gallery", one.decision, one.pair.similarity)
    return count


async def touched(conn: Connection, matcher: Matcher, client_id: str) -> list[str]:
    """The photos that a change of this client's faces may concern."""
    rows = await conn.execute(QUERIES["touched_photos"], matcher.arguments | {"client_id": client_id})
    return [row[0] for row in await rows.fetchall()]


async def _choose(conn: Connection, matcher: Matcher, photo_ids: Sequence[str]) -> list[Assigned]:
    asked = matcher.arguments | {"photo_ids": photo_ids}
    refused = set(_refused(await (await conn.execute(QUERIES["rejections"], asked)).fetchall()))
    by_photo: defaultdict[str, list[Pair]] = defaultdict(list)
    for photo_id, face_id, client_id, similarity in await (await conn.execute(QUERIES["pairs"], asked)).fetchall():
        if (face_id, client_id) not in refused:
            by_photo[photo_id].append(Pair(face_id, client_id, min(1.0, similarity)))
    return [one for pairs in by_photo.values() for one in assign(pairs, matcher.basis)]


def _refused(rows: Iterable[Sequence[object]]) -> Iterable[tuple[str, str]]:
    """Faces that stand where a client was said not to be, and that client."""
    for _, client_id, face_id, *sides in rows:
        there, here = Box(*map(_number, sides[:4])), Box(*map(_number, sides[4:]))
        if there.overlap(here) >= SAME_PLACE:
            yield str(face_id), str(client_id)


def _number(value: object) -> float:
    assert isinstance(value, float)
    return value


async def _write(
    conn: Connection, queue: Queue, matcher: Matcher, photo_ids: Sequence[str], chosen: Sequence[Assigned]
) -> None:
    given = matcher.arguments | {
        "photo_ids": photo_ids,
        "faces": [one.pair.face_id for one in chosen],
        "clients": [one.pair.client_id for one in chosen],
        "similarities": [one.pair.similarity for one in chosen],
        "decisions": [str(one.decision) for one in chosen],
    }
    await conn.execute(QUERIES["drop_matches"], given)
    if not chosen:
        return
    rows = await (await conn.execute(QUERIES["put_matches"], given)).fetchall()
    fresh = [_matched(matcher.ref, *row[:-1]) for row in rows if row[-1]]
    await events.emit(conn, queue, matcher.ref.tenant, fresh)


def _matched(ref: GalleryRef, photo_id: str, client_id: str, similarity: float, decision: str) -> Event:
    payload = {
        "gallery_id": ref.gallery_id,
        "photo_id": photo_id,
        "client_id": client_id,
        "similarity": round(similarity, 6),
        "decision": decision,
    }
    return Event(EventKind.CLIENT_MATCHED, payload, ref.gallery_id)
