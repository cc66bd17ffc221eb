"""The whole service over fakes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from app.access_ports import UserTokens
from app.config import Settings
from app.domain.backlog import Backlog
from app.domain.calibration import Curve
from app.domain.errors import DatabaseUnavailable
from app.domain.liveness import LivenessMode
from app.domain.matching import Policy
from app.domain.search import Backend, SearchState
from app.services import Services
from app.services.admit import Admit
from app.services.alive import Alive
from app.services.audit import Audit
from app.services.authenticate import Authenticate
from app.services.calibration import Calibration
from app.services.compare import Compare
from app.services.detect import Detect
from app.services.enroll import Enroll
from app.services.health import Health
from app.services.identify import Identify
from app.services.judge import Judge
from app.services.look import Look
from app.services.manage_keys import ManageKeys
from app.services.throttle import Throttle
from app.services.verify import Verify
from app.tokens.receipts import SignedReceipts
from app.tokens.upload import SignedUploads
from tests.fakes.access import FakeKeyStore, FakeTenantStore, FakeTokenUses
from tests.fakes.audit import FakeAuditStore
from tests.fakes.buckets import FakeBuckets
from tests.fakes.liveness import FakeLivenessCheck
from tests.fakes.recogniser import FakeRecogniser
from tests.fakes.sightings import FakeSightings
from tests.fakes.source import FakeSource
from tests.fakes.store import FakeCollectionStore, FakeCurveStore, FakeMemberStore, World

CURVE = Curve(((0.1, 0.1), (0.001, 0.3), (1e-5, 0.5), (1e-7, 0.7)), 1e-5, 300, 44_850, "the fakes")
"""A tenth of the false matches for every tenth of similarity."""


class FakeDatabase:
    """A database that can be told to be down, or behind."""

    def __init__(self) -> None:
        self.down = False
        self.pending: Sequence[str] = ()
        self.backlogged = Backlog((), 0, 0, 0, {})

    async def ping(self) -> None:
        if self.down:
            raise DatabaseUnavailable

    async def pending_migrations(self) -> Sequence[str]:
        await self.ping()
        return self.pending

    async def counts(self) -> dict[str, int]:
        await self.ping()
        return {"collections": 1, "members": 0, "faces": 0}

    async def estimates(self) -> dict[str, int]:
        return await self.counts()

    async def backlog(self, worker_seconds: float) -> Backlog:
        await self.ping()
        return self.backlogged

    async def queue_depth(self) -> int:
        await self.ping()
        return 0

    def describe(self) -> str:
        return "fake"


class FakeSearchIndexes:
    """There are none."""

    def state(self) -> SearchState:
        return SearchState(Backend.PGVECTOR, None, None, 0, ())


class Missing:
    """What the fakes do not have: whoever asks it for anything is told so."""

    def __getattr__(self, name: str) -> NoReturn:
        msg = f"the fakes have no {name}"
        raise NotImplementedError(msg)


class IdleWorker:
    """There is nothing to do."""

    async def run(self) -> None:
        await asyncio.Event().wait()


GALLERIES: dict[str, Any] = dict.fromkeys(
    (
        *("galleries", "photos", "basis_of", "process_gallery", "enroll_client", "jobs", "retry_job"),
        *("webhooks", "deliveries", "take_in", "consents"),
        *("access_keys", "rekognition"),
        *("answers", "items", "index", "reindex", "evaluate", "analyse"),
        *("blacklist", "process_images", "processed"),
        *("export", "erase"),
        *("unknown", "group_faces", "name_group", "show_photo", "show_face"),
    ),
    Missing(),
)
"""Galleries are tested on a real Postgres alone: what is hard about them are its transactions."""


@asynccontextmanager
async def fake_services(
    settings: Settings,
    database: FakeDatabase | None = None,
    curve: Curve | None = CURVE,
    users: UserTokens | None = None,
) -> AsyncIterator[Services]:
    """Every use case over fakes. Give a database to tell it to be down. curve: the one that came with the pack.

    users: whose tokens are trusted.
    """
    recogniser, world = FakeRecogniser(), World()
    curves, collections = FakeCurveStore(world), FakeCollectionStore(world)
    alive = Alive(collections, FakeLivenessCheck(), LivenessMode(settings.liveness.mode))
    look, policy = Look(FakeSource(), recogniser, alive), Policy(settings.face.recognition_threshold, 0.05)
    judge = Judge(policy, recogniser, curves, curve)
    token = settings.server.admin_token
    tenants, uploads = FakeTenantStore(), SignedUploads(bytes(32))
    keys = FakeKeyStore(tenants)
    authenticate = Authenticate(
        token.get_secret_value() if token else "", tenants, keys, uploads, FakeTokenUses(), users
    )
    yield Services(
        audit=Audit(FakeAuditStore()),
        authenticate=authenticate,
        manage_keys=ManageKeys(keys, tenants, uploads, authenticate),
        enroll=Enroll(look, recogniser, 0.3),
        identify=Identify(look, recogniser, judge, settings.images.max_faces_per_image, FakeSightings()),
        identify_indexed=Identify(look, recogniser, judge, settings.images.max_faces_per_image, FakeSightings()),
        verify=Verify(look, recogniser, judge, FakeSightings()),
        compare=Compare(look, recogniser, judge),
        alive=alive,
        detect=Detect(look),
        throttle=Throttle(FakeBuckets(), {}, 0),
        admit=Admit(2, settings.limit.wait_seconds),
        health=Health(
            recogniser, database or FakeDatabase(), FakeSearchIndexes(), "cpu", settings.server.service_name, policy
        ),
        members=FakeMemberStore(world),
        collections=collections,
        calibration=Calibration(judge, recogniser, curves, collections),
        receipts=SignedReceipts([bytes(32)], "fakes"),
        worker=IdleWorker(),
        watch=IdleWorker(),
        **GALLERIES,
    )
