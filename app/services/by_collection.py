"""Each collection has one backend: a use case is asked of the set that was built over it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Concatenate, Generic, NoReturn, ParamSpec, TypeVar

from app.domain.calibration import Curve
from app.domain.collections import CollectionRef, FaceBackend
from app.domain.errors import JobNotFound, NotOffered
from app.ports import CollectionStore, JobStore
from app.services.calibration import Calibration
from app.services.judge import Standing

P = ParamSpec("P")
R = TypeVar("R")
Choice = Callable[[CollectionRef], Awaitable[FaceBackend]]


@dataclass(frozen=True, slots=True)
class Chosen:
    """usual: of collections that do not say. there: those that can be asked. remote_model: AWS's identity."""

    collections: CollectionStore
    usual: FaceBackend
    remote_model: str
    there: frozenset[FaceBackend]

    async def in_force(self, ref: CollectionRef) -> FaceBackend:
        """Whose faces are in the collection; where there are none, who is to recognise them."""
        model, wanted = await self.collections.backend(ref)
        if not model:
            return self._there(wanted or self.usual)
        return self._there(FaceBackend.REKOGNITION if model == self.remote_model else FaceBackend.INSIGHTFACE)

    async def wanted(self, ref: CollectionRef) -> FaceBackend:
        """Who is to recognise its faces from its next reindexing on."""
        _, wanted = await self.collections.backend(ref)
        return self._there(wanted or self.usual)

    def _there(self, backend: FaceBackend) -> FaceBackend:
        if backend not in self.there:
            msg = f"The collection is for {backend}, which this service has no settings for."
            raise NotOffered(msg)
        return backend


@dataclass(frozen=True, slots=True)
class ByCollection(Generic[P, R]):
    """One use case for each backend, called as any one of them is."""

    choice: Choice
    cases: Mapping[FaceBackend, Callable[Concatenate[CollectionRef, P], Awaitable[R]]]

    async def __call__(self, ref: CollectionRef, *args: P.args, **kwargs: P.kwargs) -> R:
        return await self.cases[await self.choice(ref)](ref, *args, **kwargs)


async def no_index(ref: CollectionRef, *_: object, **__: object) -> NoReturn:
    """The case of those who ask for an index of what is kept elsewhere. Raises NotOffered."""
    msg = f"AWS Rekognition keeps the faces in {ref.name}: there is no index of them here."
    raise NotOffered(msg)


@dataclass(frozen=True, slots=True)
class ByJob(Generic[P]):
    """A worker's part, for jobs whose subject is a collection."""

    jobs: JobStore
    choice: Choice
    cases: Mapping[FaceBackend, Callable[Concatenate[str, str, P], Awaitable[None]]]

    async def __call__(self, tenant: str, job_id: str, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            job = await self.jobs.get(tenant, job_id)
        except JobNotFound:
            return
        await self.cases[await self.choice(CollectionRef(tenant, job.subject))](tenant, job_id, *args, **kwargs)


@dataclass(frozen=True, slots=True)
class CalibrationByCollection:
    """See Calibration."""

    choice: Choice
    cases: Mapping[FaceBackend, Calibration]

    async def get(self, ref: CollectionRef) -> Standing:
        return await self.cases[await self.choice(ref)].get(ref)

    async def put(self, ref: CollectionRef, curve: Curve) -> Standing:
        return await self.cases[await self.choice(ref)].put(ref, curve)

    async def delete(self, ref: CollectionRef) -> None:
        await self.cases[await self.choice(ref)].delete(ref)
