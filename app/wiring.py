"""The one place where settings become objects. Nothing else names an adapter."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from functools import partial

import structlog
from pydantic import SecretStr

from app import config
from app.aws.account import Account
from app.aws.account import Options as AwsOptions
from app.aws.ingress import SqsIngress
from app.aws.publish import ToQueue, ToTopic
from app.config import Settings
from app.domain.events import Channel
from app.domain.jobs import Retries, Task
from app.domain.matching import Policy
from app.domain.search import Backend
from app.domain.storage import Folder
from app.event_ports import Carrier
from app.jobs.worker import Chore, Handler, QueueWorker
from app.jobs.worker import Options as WorkerOptions
from app.ports import Storage, Thumbnails, Worker
from app.recognisers.local import LocalRecogniser
from app.services import Services
from app.services.analyse import Analyse
from app.services.blacklist import Blacklist
from app.services.calibration import Calibration
from app.services.compare import Compare
from app.services.deliver import Deliver
from app.services.detect import Detect
from app.services.enroll import Enroll
from app.services.enroll_client import EnrollClient
from app.services.enroll_items import EnrollItems
from app.services.evaluate_source import EvaluateSource
from app.services.gallery_basis import BasisOf
from app.services.group_faces import GroupFaces
from app.services.health import Health
from app.services.identify import Identify
from app.services.index_source import IndexSource
from app.services.judge import Judge
from app.services.look import Look
from app.services.match_photos import MatchPhotos
from app.services.name_group import NameGroup
from app.services.process_gallery import ProcessGallery
from app.services.process_images import ProcessImages
from app.services.reindex import Reindex
from app.services.retry_job import RetryJob
from app.services.show_face import ShowFace
from app.services.show_photo import ShowPhoto
from app.services.take_in import TakeIn
from app.services.verify import Verify
from app.sources import s3 as s3_source
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, open_sources
from app.sources.supabase import Project
from app.store.embedded import EmbeddedPostgres
from app.store.index.keeper import Options as SearchOptions
from app.store.migrate import migrate
from app.store.open import Store, open_store
from app.vision.cores import cores
from app.vision.decode import Limits
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.models.curves import curve
from app.vision.models.find import choose, roots
from app.vision.models.pack import Pack
from app.vision.thumbnails import open_thumbnails
from app.webhooks.send import Rules as WebhookRules
from app.webhooks.send import WebhookSender

log = structlog.get_logger()

UPLOADS = "uploads"
"""The bucket of `local://` where uploads lie if nobody has configured another, and its folder's name in DATA_DIR."""


@asynccontextmanager
async def open_services(
    settings: Settings, database: AbstractContextManager[str] | None = None
) -> AsyncIterator[Services]:
    """Open every resource on the way in, and close it in reverse on the way out.

    database: one that is on its way already, if it is.
    """
    async with AsyncExitStack() as stack:
        pack = find_pack(settings)
        engine = stack.enter_context(engine_of(settings, pack))
        url = stack.enter_context(database or database_at(settings.database))
        await asyncio.to_thread(migrate, url)
        carriers = _operators_carriers(settings.events)
        store = await stack.enter_async_context(
            open_store(
                url,
                pool_size=settings.database.database_pool_size,
                timeout=settings.database.database_timeout_seconds,
                embedded=settings.database.database_url is None,
                search=_search(settings),
                sampled=settings.search.recall_sample,
                channels=tuple(carriers),
            )
        )
        sources = await stack.enter_async_context(open_sources(_sources(settings)))
        carriers[Channel.WEBHOOK] = await stack.enter_async_context(_webhooks(settings.webhook))
        recogniser = LocalRecogniser(engine, store.faces)
        await recogniser.probe()
        thumbnails = stack.enter_context(open_thumbnails(_limits(settings.images)))
        look, buckets = Look(sources, recogniser), sources.buckets
        loaded = (engine, pack)
        yield _services(settings, look, buckets, store, loaded, carriers=carriers, thumbnails=thumbnails)


@contextmanager
def database_at(database: config.Database) -> Iterator[str]:
    """Where the database is; an embedded one runs as long as the context lasts."""
    if database.database_url:
        yield database.database_url.get_secret_value()
        return
    with EmbeddedPostgres(database.data_dir / "postgres") as url:
        yield url


def find_pack(settings: Settings) -> Pack:
    """The model pack that the settings mean. Raises PackMissing with a screen of what to do."""
    return choose(roots(settings.face.model_root), settings.face.model_pack, settings.face.license_mode)


@contextmanager
def engine_of(settings: Settings, pack: Pack | None = None) -> Iterator[Engine]:
    """The engine that the settings mean, as long as the context lasts. pack: as they mean it, where it is known.

    Raises PackMissing, ModelUnavailable.
    """
    pack = pack or find_pack(settings)
    engine = open_engine(
        pack,
        EngineOptions(
            provider=settings.face.provider,
            threads=settings.face.threads or cores(settings.server.web_concurrency),
            detection_size=settings.face.detection_size,
            max_pixels=settings.images.max_image_pixels,
            max_bytes=settings.images.max_image_bytes,
        ),
    )
    log.info(
        "model loaded",
        pack=pack.name,
        licence=pack.licence,
        commercial_use=pack.commercial,
        provider=engine.provider,
    )
    if not settings.face.model_pack:
        log.warning("FACE_MODEL_PACK is unset: the first pack that is here was taken", pack=pack.name)
    if pack.notice:
        log.warning(pack.notice, pack=pack.name)
    try:
        yield engine
    finally:
        engine.close()


def _search(settings: Settings) -> SearchOptions:
    search = settings.search
    return SearchOptions(
        Backend(search.backend),
        settings.database.data_dir / "index",
        least=search.index_faces,
        threads=search.threads or cores(settings.server.web_concurrency),
    )


def _sources(settings: Settings) -> SourceOptions:
    fetch, s3, r2 = settings.fetch, settings.s3, settings.r2
    rules = Rules(
        max_bytes=settings.images.max_image_bytes,
        timeout_seconds=fetch.timeout_seconds,
        first_byte_seconds=fetch.first_byte_seconds,
        min_bytes_per_second=fetch.min_bytes_per_second,
        max_redirects=fetch.max_redirects,
        allow_networks=fetch.allow_networks,
    )
    return SourceOptions(
        rules,
        supabase=_project(settings.supabase),
        s3=s3_source.Storage("s3", s3.endpoint_url, s3.region, s3.access_key_id, _secret(s3.secret_access_key)),
        r2=s3_source.Storage("r2", r2.endpoint_url, "auto", r2.access_key_id, _secret(r2.secret_access_key)),
        local={UPLOADS: settings.database.data_dir / UPLOADS},
        root=settings.process_images.root,
    )


def _project(supabase: config.Supabase) -> Project | None:
    if not (supabase.url and supabase.service_role_key):
        return None
    return Project(supabase.url, supabase.service_role_key.get_secret_value(), supabase.storage_bucket)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def sqs_ingress(settings: Settings, services: Services, url: str) -> Worker:
    """What takes in the messages of a queue."""
    return SqsIngress(_account(settings.events), url, services.take_in)


def _account(events: config.Events) -> Account:
    return Account(AwsOptions(events.region, events.endpoint_url))


def _operators_carriers(events: config.Events) -> dict[Channel, Carrier]:
    """Who tells the operator, by the channels that are set."""
    account = _account(events)
    carriers: dict[Channel, Carrier] = {}
    if events.sqs_results_url:
        carriers[Channel.SQS_RESULTS] = ToQueue(account, events.sqs_results_url)
    if events.sqs_failures_url:
        carriers[Channel.SQS_FAILURES] = ToQueue(account, events.sqs_failures_url)
    if events.sns_alerts_arn:
        carriers[Channel.SNS_ALERTS] = ToTopic(account, events.sns_alerts_arn)
    return carriers


def _webhooks(webhook: config.Webhook) -> WebhookSender:
    return WebhookSender(WebhookRules(webhook.timeout_seconds, webhook.allow_networks))


def _services(
    settings: Settings,
    look: Look,
    storage: Storage,
    store: Store,
    loaded: tuple[Engine, Pack],
    *,
    carriers: Mapping[Channel, Carrier],
    thumbnails: Thumbnails,
) -> Services:
    engine, pack = loaded
    policy = Policy(settings.face.recognition_threshold, settings.face.review_margin)
    recogniser, images = look.recogniser, settings.images
    judge = Judge(policy, recogniser, store.curves, curve(recogniser.model.recogniser_sha256))
    enroll = Enroll(look, recogniser, images.enroll_min_quality)
    basis_of = BasisOf(recogniser, judge)
    retries = _retries(settings.worker)
    process = ProcessGallery(store.galleries, store.photos, store.jobs, storage, basis_of, retries)
    match = MatchPhotos(store.galleries, store.photos, storage, recogniser, basis_of, retries)
    deliver = Deliver(store.deliveries, carriers, _retries(settings.webhook))
    index = IndexSource(store.jobs, store.items, storage, retries)
    enroll_items = EnrollItems(store.jobs, store.items, storage, recogniser, images.enroll_min_quality, retries)
    reindex = Reindex(store.collections, store.jobs, store.items, store.reindex, look.source, recogniser, retries)
    evaluate = EvaluateSource(store.jobs, storage, recogniser, settings.worker.evaluate_photos, retries)
    identify = Identify(look, recogniser, judge, images.max_faces_per_image)
    uploads = Folder.parse(settings.uploads.folder or f"local://{UPLOADS}/")
    analyse = Analyse(store.jobs, storage, look.source, identify, uploads, retries)
    handlers: dict[Task, Handler] = {
        Task.LIST_GALLERY: process.list,
        Task.MATCH_PHOTOS: match,
        Task.LIST_INDEX: index.list,
        Task.ENROLL_ITEMS: enroll_items,
        Task.LIST_MEMBERS: reindex.list,
        Task.EMBED_ITEMS: reindex.embed,
        Task.EVALUATE: evaluate.run,
        Task.ANALYSE: analyse.run,
        Task.DELIVER: deliver,
    }
    return Services(
        enroll=enroll,
        identify=identify,
        identify_indexed=Identify(
            look, LocalRecogniser(engine, store.indexed_faces), judge, images.max_faces_per_image
        ),
        verify=Verify(look, recogniser, judge),
        compare=Compare(look, recogniser, judge),
        detect=Detect(look),
        health=Health(
            recogniser, store.database, store.search, engine.provider, settings.server.service_name, policy, pack.notice
        ),
        members=store.members,
        collections=store.collections,
        calibration=Calibration(judge, recogniser, store.curves, store.collections),
        show_face=ShowFace(store.members, look.source, thumbnails),
        galleries=store.galleries,
        photos=store.photos,
        basis_of=basis_of,
        process_gallery=process,
        enroll_client=EnrollClient(enroll, store.galleries, store.photos, basis_of),
        unknown=store.unknown,
        group_faces=GroupFaces(store.galleries, store.unknown, judge, basis_of, images.enroll_min_quality),
        name_group=NameGroup(store.galleries, store.unknown, store.faces, store.photos, basis_of),
        show_photo=ShowPhoto(store.galleries, store.unknown, storage, thumbnails),
        jobs=store.jobs,
        webhooks=store.webhooks,
        deliveries=store.deliveries,
        take_in=TakeIn(store.galleries, store.intake, storage, basis_of),
        items=store.items,
        retry_job=RetryJob(store.jobs, store.photos, store.items),
        index=index,
        reindex=reindex,
        evaluate=evaluate,
        analyse=analyse,
        blacklist=Blacklist(store.blacklist, store.collections, store.members, enroll, reindex),
        process_images=ProcessImages(
            *(look, recogniser, judge, store.collections, store.blacklist, store.processed),
            settings.process_images.max_faces,
        ),
        processed=store.processed,
        worker=_worker(settings, store, handlers),
    )


def _limits(images: config.Images) -> Limits:
    return Limits(images.max_image_bytes, images.max_image_pixels)


def _worker(settings: Settings, store: Store, handlers: Mapping[Task, Handler]) -> QueueWorker:
    worker = settings.worker
    threads = settings.face.threads or cores(settings.server.web_concurrency)
    options = WorkerOptions(
        concurrency=worker.concurrency or 2 * threads + 2,
        deliveries=settings.webhook.concurrency,
        heartbeat=worker.heartbeat_seconds,
        stalled=worker.stalled_seconds,
    )
    chores: list[Chore] = [
        store.photos.forget_expired,
        partial(store.jobs.forget, worker.keep_jobs_days),
        partial(store.deliveries.forget, settings.events.keep_days),
        partial(store.processed.forget, settings.process_images.keep_days),
    ]
    return QueueWorker(store.queue, handlers, chores, options)


def _retries(group: config.Worker | config.Webhook) -> Retries:
    return Retries(group.attempts, group.retry_seconds, group.retry_seconds_most)
