"""Keep an upload, and find out later who is in it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from uuid import uuid4

from app.domain.collections import CollectionRef
from app.domain.errors import DatabaseUnavailable, NoFace
from app.domain.images import FetchedImage, ImageRef, Upload
from app.domain.jobs import Job, JobKind, Order, Progress, Retries
from app.domain.storage import Folder
from app.ports import ImageSource, JobStore, Storage
from app.services.admit import elsewhere
from app.services.by_collection import ByCollection
from app.services.describe import told
from app.services.failure import judged
from app.services.identify import Identified, Identify, Match, SearchedFace

ONE = Progress(1, 1, 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """How an upload is to be searched. threshold: None for the service's own. name: the sender's own of the picture.

    attributes: whether ages and the like are to be guessed too.
    """

    top_k: int
    threshold: float | None
    name: str
    attributes: bool = False


@dataclass(frozen=True, slots=True)
class Analyse:
    """folder: where uploads are kept. The object is written first: a job never names one that is not there."""

    jobs: JobStore
    storage: Storage
    source: ImageSource
    identify: Identify | ByCollection[..., Identified]
    folder: Folder
    retries: Retries

    async def __call__(self, ref: CollectionRef, image: ImageRef, wish: Wish) -> Job:
        """Fetch and keep the picture, and begin. Raises what sources and storages raise."""
        key = f"{self.folder.prefix}{ref.tenant}/{uuid4()}"
        with elsewhere():
            fetched = await self.source.read(image)
            await self.storage.write(self.folder, key, fetched.content, "application/octet-stream")
        try:
            return await self.jobs.open(ref.tenant, self._order(ref, key, fetched, wish))
        except Exception:
            await self.storage.delete(self.folder, key)
            raise

    async def run(self, tenant: str, job_id: str) -> None:
        """The worker's part."""
        job = await self.jobs.start(tenant, job_id)
        if job is None:
            return
        try:
            await self.jobs.finish(tenant, job_id, await self._result(tenant, job), ONE)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down and tried again
            await self.jobs.fail(tenant, job_id, *judged(error, job.attempts + 1, self.retries))

    async def delete(self, tenant: str, job_id: str) -> None:
        """Forget an analysis with its picture. Raises JobNotFound."""
        job = await self.jobs.get(tenant, job_id)
        await self.storage.delete(Folder.parse(str(job.request["folder"])), str(job.request["key"]))
        await self.jobs.delete(tenant, job_id)

    def _order(self, ref: CollectionRef, key: str, fetched: FetchedImage, wish: Wish) -> Order:
        kept = {"folder": self.folder.uri, "key": key, "source": fetched.source}
        return Order(JobKind.ANALYSIS, ref.name, kept | asdict(wish))

    async def _result(self, tenant: str, job: Job) -> Mapping[str, object]:
        asked: Mapping[str, Any] = job.request
        kept = await self.storage.read(Folder.parse(asked["folder"]), asked["key"])
        wanted = {"top_k": asked["top_k"], "threshold": asked["threshold"], "all_faces": True}
        wanted["attributes"] = asked.get("attributes", False)  # which older jobs do not say
        try:
            return _told(await self.identify(CollectionRef(tenant, job.subject), Upload(kept.content), **wanted))
        except NoFace:
            return {"faces_detected": 0, "matches": [], "faces": []}


def _told(identified: Identified) -> dict[str, object]:
    return {
        "faces_detected": identified.faces_detected,
        "threshold": identified.threshold,
        "model": identified.model.name,
        "matches": [_match(match) for match in identified.matches],
        "faces": [_face(face) for face in identified.faces],
    }


def _match(match: Match) -> dict[str, object]:
    found = match.candidate
    return {
        "member_id": found.member_id,
        "name": found.name,
        "similarity": round(found.similarity, 6),
        "face_id": found.face_id,
        "decision": str(match.decision),
    }


def _face(searched: SearchedFace) -> dict[str, object]:
    return told(searched.face) | {"matches": [_match(match) for match in searched.matches]}
