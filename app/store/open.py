"""The way in: an address becomes the stores behind the ports."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.access_ports import KeyStore, TenantStore, TokenUses
from app.domain.events import Channel
from app.domain.search import Backend
from app.event_ports import AlertStore, DeliveryStore, Intake, WebhookStore
from app.law_ports import AuditStore, ConsentStore, RetentionStore, Sightings
from app.person_ports import ErasureStore, ExportStore
from app.ports import (
    AnswerStore,
    Buckets,
    CollectionStore,
    CurveStore,
    Database,
    FaceStore,
    GalleryStore,
    ItemStore,
    JobStore,
    MemberStore,
    PhotoStore,
    ReindexStore,
    SearchIndexes,
    TwinStore,
    UnknownStore,
)
from app.store.alerts import PgAlertStore
from app.store.answers import PgAnswerStore
from app.store.audit import PgAuditStore
from app.store.blacklist import PgBlacklistStore
from app.store.buckets import PgBuckets
from app.store.collections import PgCollectionStore
from app.store.consents import PgConsentStore
from app.store.curves import PgCurveStore
from app.store.database import PgDatabase
from app.store.deliveries import PgDeliveryStore
from app.store.erasures import PgErasureStore
from app.store.exports import PgExportStore
from app.store.faces import PgFaceStore
from app.store.galleries import PgGalleryStore
from app.store.index.keeper import Options
from app.store.index.open import open_search
from app.store.intake import PgIntake
from app.store.items import PgItemStore
from app.store.jobs import PgJobStore
from app.store.keys import PgKeyStore
from app.store.members import PgMemberStore
from app.store.migrate import migrate as migrate_now
from app.store.photos import PgPhotoStore
from app.store.pool import open_pool
from app.store.processed import PgProcessedStore
from app.store.queue import Queue
from app.store.reindex import PgReindexStore
from app.store.rekognition.access_keys import PgAccessKeyStore
from app.store.rekognition.faces import PgFaceBook
from app.store.rekognition.users import PgUserStore
from app.store.remote import PgRemoteStore
from app.store.retention import PgRetentionStore, PgSightings
from app.store.seal import Seal
from app.store.tenants import PgTenantStore
from app.store.twins import PgTwinStore
from app.store.unknown import PgUnknownStore
from app.store.uses import PgTokenUses
from app.store.webhooks import PgWebhookStore
from app.user_ports import AccessKeyStore, FaceBook, NearFaces, UserStore
from app.watch_ports import BlacklistStore, ProcessedStore

UNSEALED = Seal()

POSTGRES_ALONE = Options(Backend.PGVECTOR, Path())


@dataclass(frozen=True, slots=True)
class Store:
    """All that is kept. indexed_faces: the same faces, searched through an index or not at all (IndexNotReady)."""

    faces: FaceStore
    indexed_faces: FaceStore
    search: SearchIndexes
    members: MemberStore
    collections: CollectionStore
    curves: CurveStore
    galleries: GalleryStore
    photos: PhotoStore
    unknown: UnknownStore
    jobs: JobStore
    webhooks: WebhookStore
    deliveries: DeliveryStore
    intake: Intake
    items: ItemStore
    reindex: ReindexStore
    face_book: FaceBook
    near: NearFaces
    users: UserStore
    access_keys: AccessKeyStore
    answers: AnswerStore
    buckets: Buckets
    blacklist: BlacklistStore
    processed: ProcessedStore
    remote: PgRemoteStore
    twins: TwinStore
    queue: Queue
    database: Database
    tenants: TenantStore
    keys: KeyStore
    uses: TokenUses
    alerts: AlertStore
    exports: ExportStore
    erasures: ErasureStore
    audit: AuditStore
    consents: ConsentStore
    sightings: Sightings
    retention: RetentionStore


async def migrate(database_url: str) -> tuple[str, ...]:
    """Bring the schema up to date and return the names of what was run. See migrate.migrate for what it raises."""
    return await asyncio.to_thread(migrate_now, database_url)


@asynccontextmanager
async def open_store(
    database_url: str,
    *,
    pool_size: int,
    timeout: float,  # noqa: ASYNC109 – of each statement later on, not of this call
    embedded: bool = False,
    search: Options = POSTGRES_ALONE,
    sampled: float = 0,
    channels: Sequence[Channel] = (),
    seal: Seal = UNSEALED,
) -> AsyncIterator[Store]:
    """Connect to a database that `migrate` has brought up to date, poolers included; disconnect at the end.

    pool_size: connections at most. timeout: seconds, for a connection and for each statement. embedded: whether it is
    our own Postgres, for the operator to read. search: how. sampled: share of an index's answers that are checked.
    channels: by which the operator is told of events. seal: for secrets; without keys none is kept.
    Raises DatabaseUnavailable.
    """
    async with (
        open_pool(database_url, size=pool_size, timeout=timeout) as pool,
        open_search(pool, PgFaceStore(pool), search, sampled=sampled) as found,
    ):
        queue = Queue(pool, channels)
        yield Store(
            found.faces,
            found.strict,
            found,
            PgMemberStore(pool),
            PgCollectionStore(pool),
            PgCurveStore(pool),
            PgGalleryStore(pool, queue, seal),
            PgPhotoStore(pool, queue),
            PgUnknownStore(pool),
            PgJobStore(pool, queue),
            PgWebhookStore(pool, seal),
            PgDeliveryStore(pool, queue, seal),
            PgIntake(pool, queue),
            PgItemStore(pool, queue),
            PgReindexStore(pool, queue),
            PgFaceBook(pool),
            found.near,
            PgUserStore(pool),
            PgAccessKeyStore(pool, seal),
            PgAnswerStore(pool),
            PgBuckets(pool),
            PgBlacklistStore(pool),
            PgProcessedStore(pool, queue),
            PgRemoteStore(pool),
            PgTwinStore(pool),
            queue,
            await PgDatabase.meet(pool, embedded=embedded),
            PgTenantStore(pool),
            PgKeyStore(pool),
            PgTokenUses(pool),
            PgAlertStore(pool, queue),
            PgExportStore(pool),
            PgErasureStore(pool, queue),
            PgAuditStore(pool, seal),
            PgConsentStore(pool),
            PgSightings(pool),
            PgRetentionStore(pool),
        )
