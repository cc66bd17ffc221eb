"""The one place where settings become objects. Nothing else names an adapter."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial

import structlog
from pydantic import SecretStr

from app import config
from app.access_ports import UserTokens
from app.aws.account import Account
from app.aws.account import Options as AwsOptions
from app.aws.ingress import SqsIngress
from app.aws.publish import ToQueue, ToTopic
from app.config import Settings
from app.domain.access import Scope
from app.domain.audit import Deed
from app.domain.bars import Bar
from app.domain.collections import DEFAULT_TENANT, FaceBackend
from app.domain.errors import FaceReconError, NotOffered, RekognitionUnavailable
from app.domain.events import Channel
from app.domain.jobs import Job, Retries, Task
from app.domain.limits import Allowance
from app.domain.liveness import LivenessMode
from app.domain.matching import Policy
from app.domain.processed import ProcessedImage
from app.domain.scale import Scale
from app.domain.search import Backend
from app.domain.storage import Folder
from app.event_ports import Carrier
from app.jobs.worker import Chore, Handler, QueueWorker
from app.jobs.worker import Options as WorkerOptions
from app.person_ports import Receipts
from app.ports import Buckets, CollectionStore, Recogniser, Storage, Thumbnails, Worker
from app.recognisers.local import LocalRecogniser
from app.recognisers.rekognition.amazon import Amazon
from app.recognisers.rekognition.amazon import Options as AmazonOptions
from app.recognisers.rekognition.open import Options as RekognitionOptions
from app.recognisers.rekognition.open import open_rekognition
from app.recognisers.rekognition.recogniser import MODEL as REKOGNITION
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.recognisers.rekognition.sync import Sync
from app.recognisers.shadow import LocalTwins, RemoteTwins, ShadowRecogniser
from app.services import Services
from app.services.admit import Admit
from app.services.alive import Alive
from app.services.analyse import Analyse
from app.services.audit import Audit
from app.services.authenticate import Authenticate
from app.services.blacklist import Blacklist
from app.services.by_collection import ByCollection, ByJob, CalibrationByCollection, Chosen, no_index
from app.services.calibration import Calibration
from app.services.compare import Compare
from app.services.deliver import Deliver
from app.services.detect import Detect
from app.services.enroll import Enroll, Enrolled
from app.services.enroll_client import EnrollClient
from app.services.enroll_items import EnrollItems
from app.services.erase import Erase
from app.services.evaluate_source import EvaluateSource
from app.services.export import Export
from app.services.gallery_basis import BasisOf
from app.services.group_faces import GroupFaces
from app.services.health import Health
from app.services.identify import Identified, Identify
from app.services.index_source import IndexSource
from app.services.judge import Judge
from app.services.look import Look
from app.services.manage_keys import ManageKeys
from app.services.match_photos import MatchPhotos
from app.services.name_group import NameGroup
from app.services.process_gallery import ProcessGallery
from app.services.process_images import ProcessImages
from app.services.reindex import Reindex
from app.services.rekognition import Rekognition
from app.services.rekognition.associate import Associate
from app.services.rekognition.compare_faces import CompareFaces
from app.services.rekognition.find_faces import FindFaces
from app.services.rekognition.find_users import FindUsers
from app.services.rekognition.index_faces import IndexFaces
from app.services.rekognition.look_largest import LookLargest
from app.services.retain import Retain
from app.services.retry_job import RetryJob
from app.services.show_face import ShowFace
from app.services.show_photo import ShowPhoto
from app.services.take_in import TakeIn
from app.services.throttle import Throttle
from app.services.verify import Verified, Verify
from app.services.watch import Patience, Watch
from app.sources import s3 as s3_source
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, Sources, open_sources
from app.sources.supabase import Project
from app.store.audit import PgAuditStore
from app.store.embedded import EmbeddedPostgres
from app.store.index.keeper import Options as SearchOptions
from app.store.key_file import KEY_FILE, kept_key
from app.store.migrate import migrate
from app.store.open import Store, open_store
from app.store.pool import open_pool
from app.store.reseal import reseal as reseal_all
from app.store.seal import Seal
from app.tokens import users as user_tokens
from app.tokens.jwks import Jwks
from app.tokens.jwks import Rules as JwksRules
from app.tokens.receipts import SignedReceipts
from app.tokens.upload import SignedUploads, derived
from app.vision.cores import cores
from app.vision.decode import Limits
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.liveness import LivenessChecker
from app.vision.models.curves import curve
from app.vision.models.find import choose, roots
from app.vision.models.liveness import LivenessPack
from app.vision.models.liveness import choose as choose_liveness
from app.vision.models.missing import liveness_screen
from app.vision.models.pack import Pack
from app.vision.models.trouble import PackMissing
from app.vision.thumbnails import open_thumbnails
from app.webhooks.send import Rules as WebhookRules
from app.webhooks.send import WebhookSender

log = structlog.get_logger()

MAY = {"verify": Scope.IDENTIFY, "enroll": Scope.ENROLL, "privacy": Scope.MANAGE}
"""What the words of USER_MAY mean for whoever is limited to one member."""

UPLOADS = "uploads"
"""The bucket of `local://` where uploads lie if nobody has configured another, and its folder's name in DATA_DIR."""

REQUEST_TOKEN_HOURS = 24
"""How long the same request of the Rekognition protocol is known for the same."""


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
                seal=_seal(settings),
            )
        )
        sources = await stack.enter_async_context(open_sources(_sources(settings)))
        carriers[Channel.WEBHOOK] = await stack.enter_async_context(_webhooks(settings.webhook))
        loaded = _Loaded(engine, pack, LocalRecogniser(engine, store.faces))
        await loaded.local.probe()
        if settings.aws.rekognition_collection_prefix:
            loaded.rekognition = await stack.enter_async_context(rekognition_of(settings, store, pack))
        recognisers = _recognisers(settings, store, loaded)
        if loaded.shadow:
            stack.push_async_callback(loaded.shadow.close)
        thumbnails = stack.enter_context(open_thumbnails(_limits(settings.images)))
        access = await stack.enter_async_context(_access(settings, store))
        alive = alive_of(settings, engine, pack, store.collections)
        looks = {backend: Look(sources, recogniser, alive) for backend, recogniser in recognisers.items()}
        yield _services(
            settings, looks, sources, store, loaded, carriers=carriers, thumbnails=thumbnails, access=access
        )


@asynccontextmanager
async def _access(settings: Settings, store: Store) -> AsyncIterator[ManageKeys]:
    """Who may do what. Upload tokens are signed by the admin token; where there is none they last as long as we do."""
    token = _secret(settings.server.admin_token)
    uploads = SignedUploads(derived(token.encode() or secrets.token_bytes(32)))
    async with _users(settings) as users:
        authenticate = Authenticate(token, store.tenants, store.keys, uploads, store.uses, users)
        yield ManageKeys(store.keys, store.tenants, uploads, authenticate)


@asynccontextmanager
async def _users(settings: Settings) -> AsyncIterator[UserTokens | None]:
    """Whose tokens are trusted beside our own, if anybody's."""
    user, supabase = settings.user, settings.supabase
    issuer = user.issuer or (f"{supabase.url.rstrip('/')}/auth/v1" if supabase.url else "")
    if not (user.may and issuer):
        yield None
        return
    rules = user_tokens.Rules(
        issuer,
        user.audience,
        user.tenant,
        user.tenant_claim,
        user.member_claim,
        user.collection,
        frozenset(MAY[verb] for verb in user.may),
        _secret(supabase.jwt_secret),
    )
    url = user.jwks_url or f"{issuer}/.well-known/jwks.json"
    async with Jwks(url, JwksRules(allow=settings.fetch.allow_networks)) as jwks:
        yield user_tokens.SignedUsers(rules, jwks)


def _encryption_keys(settings: Settings) -> list[bytes]:
    """Those of the settings, or that of an embedded database."""
    given = [key.get_secret_value() for key in settings.secrets.encryption_key]
    if not given and settings.database.database_url is None:
        given = [kept_key(settings.database.data_dir / KEY_FILE)]
    return given


def receipts(settings: Settings) -> Receipts:
    """What signs receipts for erasures, and checks them."""
    return SignedReceipts(_encryption_keys(settings), settings.server.service_name)


def _seal(settings: Settings) -> Seal:
    """What seals secrets."""
    given = _encryption_keys(settings)
    if not given:
        log.warning("ENCRYPTION_KEY is unset: no new secrets are kept, and gallery webhooks and the like are refused")
    return Seal(given)


async def reseal(settings: Settings, url: str) -> int:
    """Seal all secrets anew with the first key; how many had to be. Raises SecretUnreadable, EncryptionKeyMissing."""
    await asyncio.to_thread(migrate, url)
    async with open_pool(url, size=1, timeout=settings.database.database_timeout_seconds) as pool:
        seal = _seal(settings)
        count = await reseal_all(pool, seal)
        await PgAuditStore(pool, seal).append(DEFAULT_TENANT, [Deed("The command line", "RotateSecrets")])
        return count


@dataclass
class _Loaded:
    """Who recognises. rekognition, shadow: None where the settings want none."""

    engine: Engine
    pack: Pack
    local: LocalRecogniser
    rekognition: RekognitionRecogniser | None = None
    shadow: ShadowRecogniser | None = None


def _recognisers(settings: Settings, store: Store, loaded: _Loaded) -> dict[FaceBackend, Recogniser]:
    """Each backend's; the usual one asks its shadow too, if it has one. Raises NotOffered."""
    face, found = settings.face, dict[FaceBackend, Recogniser]({FaceBackend.INSIGHTFACE: loaded.local})
    if loaded.rekognition:
        found[FaceBackend.REKOGNITION] = loaded.rekognition
    usual = FaceBackend(face.processing_backend)
    shadow = FaceBackend(face.shadow_backend or usual)
    if missing := {usual, shadow} - found.keys():
        msg = f"{missing.pop()} needs AWS_REKOGNITION_COLLECTION_PREFIX."
        raise NotOffered(msg)
    if shadow is not usual and loaded.rekognition:
        remote, local = RemoteTwins(loaded.rekognition), LocalTwins(loaded.local, store.twins)
        twins = remote if shadow is FaceBackend.REKOGNITION else local
        loaded.shadow = ShadowRecogniser(found[usual], twins, shadow, store.twins, face.recognition_threshold)
        found[usual] = loaded.shadow
    return found


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


def identities(settings: Settings, pack: Pack) -> list[str]:
    """Of the models whose faces can be searched as the settings are."""
    remote = [REKOGNITION.recogniser_sha256] if settings.aws.rekognition_collection_prefix else []
    return [pack.recogniser_sha256, *remote]


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
            threads=_threads(settings),
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


def alive_of(settings: Settings, engine: Engine, pack: Pack, collections: CollectionStore) -> Alive:
    """What sees to liveness as the settings want it. Raises PackMissing, PackDamaged, LicenceRefused."""
    wanted, mode = settings.liveness, LivenessMode(settings.liveness.mode)
    found = find_liveness(settings, pack)
    if found is None:
        return Alive(collections)
    log.info("liveness model loaded", model=found.name, licence=found.licence, mode=mode)
    check = LivenessChecker(engine, found, _limits(settings.images))
    return Alive(collections, check, mode, found.threshold if wanted.threshold is None else wanted.threshold)


def find_liveness(settings: Settings, pack: Pack) -> LivenessPack | None:
    """The models of liveness that the settings mean. Raises PackMissing where they ask for some and none are here."""
    places, wanted = roots(settings.face.model_root), settings.liveness
    found = choose_liveness(places, pack.folder, wanted.model, settings.face.license_mode)
    if found is None and wanted.mode != "off":
        raise PackMissing(liveness_screen(wanted.model, places))
    return found


@asynccontextmanager
async def rekognition_of(settings: Settings, store: Store, pack: Pack) -> AsyncIterator[RekognitionRecogniser]:
    """What asks AWS. Its similarities are brought to the scale of our own model, so that thresholds mean the same.

    Where AWS does not answer that is said and not waited for. Raises RekognitionDenied.
    """
    scale = Scale(curve(pack.recogniser_sha256), settings.face.recognition_threshold)
    async with open_rekognition(_rekognition_options(settings), store.faces, store.remote, scale) as recogniser:
        try:
            await recogniser.probe()
        except RekognitionUnavailable as error:
            log.warning("AWS Rekognition does not answer", detail=str(error))
        yield recogniser


@contextmanager
def amazon_of(settings: Settings) -> Iterator[Amazon]:
    """What calls AWS as the settings say, each call once, and nothing else of the service."""
    amazon = Amazon(replace(_rekognition_options(settings).amazon, attempts=1))
    try:
        yield amazon
    finally:
        amazon.close()


@asynccontextmanager
async def rekognition_sync(settings: Settings) -> AsyncIterator[Sync]:
    """What holds AWS's collections against our rows. Raises NotOffered, RekognitionDenied, DatabaseUnavailable."""
    if not settings.aws.rekognition_collection_prefix:
        msg = "AWS_REKOGNITION_COLLECTION_PREFIX is unset: nothing of ours is at AWS."
        raise NotOffered(msg)
    async with AsyncExitStack() as stack:
        url = stack.enter_context(database_at(settings.database))
        await asyncio.to_thread(migrate, url)
        timeout = settings.database.database_timeout_seconds
        store = await stack.enter_async_context(open_store(url, pool_size=4, timeout=timeout))
        sources = await stack.enter_async_context(open_sources(_sources(settings)))
        yield Sync(await stack.enter_async_context(rekognition_of(settings, store, find_pack(settings))), sources)


def _rekognition_options(settings: Settings) -> RekognitionOptions:
    aws = settings.aws
    amazon = AmazonOptions(
        aws.region,
        aws.endpoint_url_rekognition,
        aws.endpoint_url_s3,
        aws.rekognition_concurrency,
        aws.rekognition_attempts,
        aws.rekognition_timeout_seconds,
    )
    threads = _threads(settings)
    return RekognitionOptions(
        amazon, aws.rekognition_collection_prefix, aws.s3_bucket_name, _limits(settings.images), threads
    )


def _search(settings: Settings) -> SearchOptions:
    search = settings.search
    return SearchOptions(
        Backend(search.backend),
        settings.database.data_dir / "index",
        least=search.index_faces,
        threads=search.threads or cores(settings.server.web_concurrency),
    )


@asynccontextmanager
async def open_storage(settings: Settings) -> AsyncIterator[Storage]:
    """The storages that are set, and nothing else of the service."""
    async with open_sources(_sources(settings)) as sources:
        yield sources.buckets


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
    looks: Mapping[FaceBackend, Look],
    sources: Sources,
    store: Store,
    loaded: "_Loaded",
    *,
    carriers: Mapping[Channel, Carrier],
    thumbnails: Thumbnails,
    access: ManageKeys,
) -> Services:
    storage, pulse = sources.buckets, sources.pulse
    policy = Policy(settings.face.recognition_threshold, settings.face.review_margin)
    usual, images = FaceBackend(settings.face.processing_backend), settings.images
    shipped = curve(loaded.pack.recogniser_sha256)
    judges = {backend: Judge(policy, look.recogniser, store.curves, shipped) for backend, look in looks.items()}
    look, judge, recogniser = looks[usual], judges[usual], looks[usual].recogniser
    enroll = Enroll(look, recogniser, images.enroll_min_quality)
    each = _Each(settings, looks, judges, storage, store)
    basis_of = BasisOf(recogniser, judge)
    retries, signer = _retries(settings.worker), receipts(settings)
    process = ProcessGallery(store.galleries, store.photos, store.jobs, storage, basis_of, retries)
    match = MatchPhotos(store.galleries, store.photos, storage, recogniser, basis_of, retries)
    deliver = Deliver(store.deliveries, carriers, _retries(settings.webhook))
    index = IndexSource(store.jobs, store.items, storage, retries)
    evaluate = EvaluateSource(store.jobs, storage, recogniser, settings.worker.evaluate_photos, retries)
    identify = each.identify()
    uploads = Folder.parse(settings.uploads.folder or f"local://{UPLOADS}/")
    analyse = Analyse(store.jobs, storage, look.source, identify, uploads, retries)
    handlers: dict[Task, Handler] = {
        Task.LIST_GALLERY: process.list,
        Task.MATCH_PHOTOS: match,
        Task.LIST_INDEX: index.list,
        **each.handlers(),
        Task.EVALUATE: evaluate.run,
        Task.ANALYSE: analyse.run,
        Task.DELIVER: deliver,
    }
    return Services(
        audit=Audit(store.audit),
        authenticate=access.authenticate,
        manage_keys=access,
        enroll=each.enroll(),
        identify=identify,
        identify_indexed=each.identify_indexed(loaded.engine),
        verify=each.verify(),
        compare=Compare(look, recogniser, judge),
        alive=look.alive,
        detect=Detect(look),
        answers=store.answers,
        throttle=_throttle(settings.limit, store.buckets),
        admit=Admit(_at_once(settings), settings.limit.wait_seconds),
        health=Health(
            recogniser,
            store.database,
            store.search,
            loaded.engine.provider,
            settings.server.service_name,
            policy,
            loaded.pack.notice,
            usual,
            loaded.rekognition.amazon.state if loaded.rekognition else None,
            loaded.shadow.state if loaded.shadow else None,
        ),
        members=store.members,
        collections=store.collections,
        calibration=each.calibration(),
        consents=store.consents,
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
        reindex=each.reindex(),
        evaluate=evaluate,
        analyse=analyse,
        access_keys=store.access_keys,
        rekognition=_rekognition(settings, looks[FaceBackend.INSIGHTFACE], store, judges[FaceBackend.INSIGHTFACE]),
        blacklist=Blacklist(store.blacklist, store.collections, store.members, each.enroll(), each.reindex()),
        process_images=each.process_images(),
        processed=store.processed,
        export=Export(store.exports),
        erase=Erase(
            *(store.erasures, signer, storage, store.galleries, basis_of),
            loaded.rekognition.remote if loaded.rekognition else None,
        ),
        receipts=signer,
        worker=_worker(settings, store, handlers),
        watch=Watch(store.database, store.alerts, pulse, _patience(settings)),
    )


@dataclass(frozen=True, slots=True)
class _Each:
    """The use cases that a collection's backend decides on, built over every backend that is there."""

    settings: Settings
    looks: Mapping[FaceBackend, Look]
    judges: Mapping[FaceBackend, Judge]
    storage: Storage
    store: Store

    @property
    def chosen(self) -> Chosen:
        usual = FaceBackend(self.settings.face.processing_backend)
        return Chosen(self.store.collections, usual, REKOGNITION.recogniser_sha256, frozenset(self.looks))

    def enroll(self) -> ByCollection[..., Enrolled]:
        least = self.settings.images.enroll_min_quality
        cases = {backend: Enroll(look, look.recogniser, least) for backend, look in self.looks.items()}
        return ByCollection(self.chosen.in_force, cases)

    def identify(self) -> ByCollection[..., Identified]:
        most, seen = self.settings.images.max_faces_per_image, self.store.sightings
        cases = {
            each: Identify(look, look.recogniser, self.judges[each], most, seen) for each, look in self.looks.items()
        }
        return ByCollection(self.chosen.in_force, cases)

    def identify_indexed(self, engine: Engine) -> ByCollection[..., Identified]:
        own, most = FaceBackend.INSIGHTFACE, self.settings.images.max_faces_per_image
        indexed = LocalRecogniser(engine, self.store.indexed_faces)
        identify = Identify(self.looks[own], indexed, self.judges[own], most, self.store.sightings)
        return ByCollection(self.chosen.in_force, {own: identify, FaceBackend.REKOGNITION: no_index})

    def verify(self) -> ByCollection[..., Verified]:
        seen = self.store.sightings
        cases = {each: Verify(look, look.recogniser, self.judges[each], seen) for each, look in self.looks.items()}
        return ByCollection(self.chosen.in_force, cases)

    def process_images(self) -> ByCollection[..., list[ProcessedImage | FaceReconError]]:
        store, most = self.store, self.settings.process_images.max_faces
        cases = {
            each: ProcessImages(
                look, look.recogniser, self.judges[each], store.collections, store.blacklist, store.processed, most
            )
            for each, look in self.looks.items()
        }
        return ByCollection(self.chosen.in_force, cases)

    def calibration(self) -> CalibrationByCollection:
        curves, collections = self.store.curves, self.store.collections
        cases = {
            each: Calibration(self.judges[each], look.recogniser, curves, collections)
            for each, look in self.looks.items()
        }
        return CalibrationByCollection(self.chosen.in_force, cases)

    def reindex(self) -> ByCollection[..., Job]:
        return ByCollection(self.chosen.wanted, self._reindexes())

    def handlers(self) -> dict[Task, Handler]:
        """What workers do for collections."""
        store, chosen, retries = self.store, self.chosen, _retries(self.settings.worker)
        least, reindexes = self.settings.images.enroll_min_quality, self._reindexes()
        enrolls = {
            backend: EnrollItems(store.jobs, store.items, self.storage, look.recogniser, least, retries)
            for backend, look in self.looks.items()
        }
        lists = {backend: reindex.list for backend, reindex in reindexes.items()}
        embeds = {backend: reindex.embed for backend, reindex in reindexes.items()}
        return {
            Task.ENROLL_ITEMS: ByJob(store.jobs, chosen.in_force, enrolls),
            Task.LIST_MEMBERS: ByJob(store.jobs, chosen.wanted, lists),
            Task.EMBED_ITEMS: ByJob(store.jobs, chosen.wanted, embeds),
        }

    def _reindexes(self) -> dict[FaceBackend, Reindex]:
        store, retries = self.store, _retries(self.settings.worker)
        return {
            backend: Reindex(
                store.collections, store.jobs, store.items, store.reindex, look.source, look.recogniser, retries
            )
            for backend, look in self.looks.items()
        }


def _rekognition(settings: Settings, look: Look, store: Store, judge: Judge) -> Rekognition:
    recogniser = look.recogniser
    largest = LookLargest(look, recogniser, Bar(settings.images.enroll_min_quality))
    return Rekognition(
        index=IndexFaces(largest, recogniser, store.face_book),
        find_faces=FindFaces(largest, recogniser, judge, store.face_book, store.near, store.sightings),
        find_users=FindUsers(largest, recogniser, judge, store.face_book, store.near, store.users, store.sightings),
        associate=Associate(judge, store.users),
        compare=CompareFaces(largest, judge),
        look=largest,
        book=store.face_book,
        users=store.users,
        storage=settings.rekognition.storage,
    )


def _threads(settings: Settings) -> int:
    """Pictures that a process works on at once."""
    return settings.face.threads or cores(settings.server.web_concurrency)


def _at_once(settings: Settings) -> int:
    """Pictures that a process has looked at at once, by whoever looks at them."""
    is_remote = FaceBackend(settings.face.processing_backend) is FaceBackend.REKOGNITION
    return settings.aws.rekognition_concurrency if is_remote else _threads(settings)


def _throttle(limit: config.Limit, buckets: Buckets) -> Throttle:
    pictures, calls = Allowance(limit.pictures_a_minute), Allowance(limit.calls_a_minute)
    allowances = {scope: pictures if scope in (Scope.ENROLL, Scope.IDENTIFY) else calls for scope in Scope}
    return Throttle(buckets, allowances, limit.at_once)


def _limits(images: config.Images) -> Limits:
    return Limits(images.max_image_bytes, images.max_image_pixels)


def _worker(settings: Settings, store: Store, handlers: Mapping[Task, Handler]) -> QueueWorker:
    worker = settings.worker
    options = WorkerOptions(
        concurrency=worker.concurrency or 2 * _threads(settings) + 2,
        deliveries=settings.webhook.concurrency,
        heartbeat=worker.heartbeat_seconds,
        stalled=worker.stalled_seconds,
    )
    chores: list[Chore] = [
        store.photos.forget_expired,
        store.answers.forget,
        store.buckets.forget_full,
        partial(store.jobs.forget, worker.keep_jobs_days),
        store.uses.forget_expired,
        partial(store.deliveries.forget, settings.events.keep_days),
        partial(store.users.forget_tokens, REQUEST_TOKEN_HOURS),
        partial(store.processed.forget, settings.process_images.keep_days),
        partial(store.audit.prune, settings.audit.keep_days),
        Retain(store.retention, store.audit),
    ]
    return QueueWorker(store.queue, handlers, chores, options)


def _patience(settings: Settings) -> Patience:
    ops = settings.ops
    return Patience(ops.look_seconds, ops.stalled_seconds, ops.source_down_seconds, settings.worker.stalled_seconds)


def _retries(group: config.Worker | config.Webhook) -> Retries:
    return Retries(group.attempts, group.retry_seconds, group.retry_seconds_most)
