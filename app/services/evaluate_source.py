"""Measure how well the loaded model tells the people apart whose photos lie in a storage, in the background."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.errors import DatabaseUnavailable, FaceReconError, InvalidRequest
from app.domain.faces import Embedding
from app.domain.jobs import Job, JobKind, Order, Progress, Retries
from app.domain.labels import Label, label_of, labelled
from app.domain.storage import Folder, is_photo
from app.ports import JobStore, Recogniser, Storage
from app.services.evaluate import evaluate
from app.services.failure import judged
from app.services.report import as_json, pictures, roc
from app.services.unhurried import see

AT_ONCE = 16
"""Photos that are fetched and embedded together; after each lot the job says how far it is."""


@dataclass(slots=True)
class _Found:
    """labels, vectors: of photos that gave a face. skipped: those that gave none, by reason."""

    labels: list[Label] = field(default_factory=list)
    vectors: list[Embedding] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)

    def take(self, label: Label, face: Embedding | str) -> None:
        if isinstance(face, str):
            self.skipped[face] += 1
        else:
            self.labels.append(label)
            self.vectors.append(face)

    def progress(self, total: int) -> Progress:
        return Progress(total, len(self.labels), self.skipped.total())


@dataclass(frozen=True, slots=True)
class EvaluateSource:
    """most: photos of a run. One more, and it is refused: what is measured is held in memory."""

    jobs: JobStore
    storage: Storage
    recogniser: Recogniser
    most: int
    retries: Retries

    async def __call__(self, tenant: str, source: Folder) -> Job:
        """Begin."""
        return await self.jobs.open(tenant, Order(JobKind.EVALUATE, source.uri, {"source": source.uri}))

    async def run(self, tenant: str, job_id: str) -> None:
        """The worker's part."""
        job = await self.jobs.start(tenant, job_id)
        if job is None:
            return
        try:
            await self._run(tenant, job)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down and tried again
            await self.jobs.fail(tenant, job_id, *judged(error, job.attempts + 1, self.retries))

    async def _run(self, tenant: str, job: Job) -> None:
        source = Folder.parse(str(job.request["source"]))
        photos = await self._photos(source)
        found = _Found()
        async for _ in self._embed(source, photos, found):
            if not await self.jobs.report(tenant, job.job_id, found.progress(len(photos))):
                return  # it was cancelled
        if not found.labels:
            msg = "None of the photos shows a face that can be used."
            raise InvalidRequest(msg)
        result = await asyncio.to_thread(_measured, self.recogniser, found, source.uri)
        await self.jobs.finish(tenant, job.job_id, result, found.progress(len(photos)))

    async def _photos(self, source: Folder) -> Sequence[tuple[str, Label]]:
        """Keys and labels, in the order of the keys. Raises InvalidRequest where there are none, or too many."""
        photos: list[tuple[str, Label]] = []
        async for objects in self.storage.list(source):
            labels = ((one.key, label_of(one.key.removeprefix(source.prefix))) for one in objects if is_photo(one.key))
            photos += [(key, label) for key, label in labels if label]
            if len(photos) > self.most:
                msg = f"There are more than {self.most} photos; WORKER_EVALUATE_PHOTOS allows no more."
                raise InvalidRequest(msg)
        if not photos:
            msg = "No photos lie there as PERSON/*.jpg or GROUP/PERSON/*.jpg."
            raise InvalidRequest(msg)
        return sorted(photos, key=lambda photo: photo[0])

    async def _embed(self, source: Folder, photos: Sequence[tuple[str, Label]], found: _Found) -> AsyncIterator[None]:
        for begin in range(0, len(photos), AT_ONCE):
            some = photos[begin : begin + AT_ONCE]
            faces = await asyncio.gather(*(self._one(source, key) for key, _ in some))
            for (_, label), face in zip(some, faces, strict=True):
                found.take(label, face)
            yield

    async def _one(self, source: Folder, key: str) -> Embedding | str:
        """The largest face of the photo, or the code of why there is none."""
        attempts = 0
        while True:
            try:
                picture = await see(self.recogniser, (await self.storage.read(source, key)).content)
                faces = await self.recogniser.embed(picture.faces[:1])
            except DatabaseUnavailable:
                raise
            except FaceReconError as error:
                attempts += 1
                _, wait = judged(error, attempts, self.retries)
                if wait is None:
                    return error.slug
                await asyncio.sleep(wait)
            else:
                return faces[0].embedding if faces else "no_face"


def _measured(recogniser: Recogniser, found: _Found, source: str) -> Mapping[str, object]:
    """The result to keep: figures, the points of the ROC curve, and plots as SVG."""
    faces = labelled(found.labels, found.vectors, recogniser.model.dimensions)
    evaluation = evaluate(faces, [label.group for label in found.labels], recogniser.model, source)
    return {
        "report": as_json(evaluation, found.skipped) | {"roc": roc(evaluation)},
        "plots": pictures(evaluation),
    }
