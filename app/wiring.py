"""The one place where settings become objects. Nothing else names an adapter."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, contextmanager

import structlog
from pydantic import SecretStr

from app import config
from app.config import Settings
from app.domain.matching import Policy
from app.domain.search import Backend
from app.recognisers.local import LocalRecogniser
from app.services import Services
from app.services.calibration import Calibration
from app.services.compare import Compare
from app.services.detect import Detect
from app.services.enroll import Enroll
from app.services.health import Health
from app.services.identify import Identify
from app.services.judge import Judge
from app.services.look import Look
from app.services.verify import Verify
from app.sources.fetch import Rules
from app.sources.resolve import SourceOptions, open_sources
from app.sources.s3 import Storage
from app.sources.supabase import Project
from app.store.embedded import EmbeddedPostgres
from app.store.index.keeper import Options as SearchOptions
from app.store.migrate import migrate
from app.store.open import Store, open_store
from app.vision.cores import cores
from app.vision.engine import Engine, EngineOptions, open_engine
from app.vision.models.curves import curve
from app.vision.models.find import choose, roots
from app.vision.models.pack import Pack

log = structlog.get_logger()


@asynccontextmanager
async def open_services(
    settings: Settings, database: AbstractContextManager[str] | None = None
) -> AsyncIterator[Services]:
    """Open every resource on the way in, and close it in reverse on the way out.

    database: one that is on its way already, if it is.
    """
    async with AsyncExitStack() as stack:
        engine = stack.enter_context(engine_of(settings))
        url = stack.enter_context(database or database_at(settings.database))
        await asyncio.to_thread(migrate, url)
        store = await stack.enter_async_context(
            open_store(
                url,
                pool_size=settings.database.database_pool_size,
                timeout=settings.database.database_timeout_seconds,
                embedded=settings.database.database_url is None,
                search=_search(settings),
                sampled=settings.search.recall_sample,
            )
        )
        sources = await stack.enter_async_context(open_sources(_sources(settings)))
        recogniser = LocalRecogniser(engine, store.faces)
        await recogniser.probe()
        yield _services(settings, Look(sources, recogniser), store, engine)


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
def engine_of(settings: Settings) -> Iterator[Engine]:
    """The engine that the settings mean, as long as the context lasts. Raises PackMissing, ModelUnavailable."""
    pack = find_pack(settings)
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
        s3=Storage("s3", s3.endpoint_url, s3.region, s3.access_key_id, _secret(s3.secret_access_key)),
        r2=Storage("r2", r2.endpoint_url, "auto", r2.access_key_id, _secret(r2.secret_access_key)),
    )


def _project(supabase: config.Supabase) -> Project | None:
    if not (supabase.url and supabase.service_role_key):
        return None
    return Project(supabase.url, supabase.service_role_key.get_secret_value(), supabase.storage_bucket)


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""


def _services(settings: Settings, look: Look, store: Store, engine: Engine) -> Services:
    policy = Policy(settings.face.recognition_threshold, settings.face.review_margin)
    recogniser, images = look.recogniser, settings.images
    judge = Judge(policy, recogniser, store.curves, curve(recogniser.model.recogniser_sha256))
    return Services(
        enroll=Enroll(look, recogniser, images.enroll_min_quality),
        identify=Identify(look, recogniser, judge, images.max_faces_per_image),
        identify_indexed=Identify(
            look, LocalRecogniser(engine, store.indexed_faces), judge, images.max_faces_per_image
        ),
        verify=Verify(look, recogniser, judge),
        compare=Compare(look, recogniser, judge),
        detect=Detect(look),
        health=Health(recogniser, store.database, store.search, engine.provider, settings.server.service_name),
        members=store.members,
        collections=store.collections,
        calibration=Calibration(judge, recogniser, store.curves, store.collections),
    )
