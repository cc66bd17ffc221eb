"""Say whether the service can do its work, and what it is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from app.domain.backends import RekognitionState, ShadowState
from app.domain.collections import FaceBackend, Model
from app.domain.errors import FaceReconError
from app.domain.matching import Policy
from app.domain.search import SearchState
from app.ports import Database, Recogniser, SearchIndexes


@dataclass(frozen=True, slots=True)
class Component:
    """One part of the service. detail: "" where all is well."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    uptime_seconds: float
    model: Model
    notice: str
    provider: str
    database: str
    counts: dict[str, int]
    search: SearchState
    queue_depth: int
    policy: Policy
    backend: FaceBackend
    rekognition: RekognitionState | None
    shadow: ShadowState | None


@dataclass(frozen=True, slots=True)
class Health:
    """policy: where a call asks for nothing else. notice: what whoever runs the loaded pack has to know, or "".

    backend: who recognises where a collection does not say. rekognition, shadow: how those do that are in use.
    """

    recogniser: Recogniser
    database: Database
    search: SearchIndexes
    provider: str
    service: str
    policy: Policy
    notice: str = ""
    backend: FaceBackend = FaceBackend.INSIGHTFACE
    rekognition: Callable[[], RekognitionState] | None = None
    shadow: Callable[[], ShadowState] | None = None
    started: float = field(default_factory=monotonic)

    async def components(self) -> list[Component]:
        """The state of each part the service cannot work without."""
        return [await self._model(), await self._database(), await self._migrations()]

    async def status(self) -> Status:
        """What runs here. Raises DatabaseUnavailable."""
        counts, waiting = await self.database.counts(), await self.database.queue_depth()
        uptime = monotonic() - self.started
        database, search = self.database.describe(), self.search.state()
        return Status(
            uptime,
            self.recogniser.model,
            self.notice,
            self.provider,
            database,
            counts,
            search,
            waiting,
            self.policy,
            self.backend,
            self.rekognition() if self.rekognition else None,
            self.shadow() if self.shadow else None,
        )

    async def _model(self) -> Component:
        # The wiring runs every model once before it hands out services: being here means that it worked.
        name = self.recogniser.model.name
        return Component("model", ok=True, detail=f"{name}: {self.notice}" if self.notice else name)

    async def _database(self) -> Component:
        try:
            await self.database.ping()
        except FaceReconError as error:
            return Component("database", ok=False, detail=str(error))
        return Component("database", ok=True, detail=self.database.describe())

    async def _migrations(self) -> Component:
        try:
            pending = await self.database.pending_migrations()
        except FaceReconError as error:
            return Component("migrations", ok=False, detail=str(error))
        return Component("migrations", ok=not pending, detail=", ".join(pending) or "current")
