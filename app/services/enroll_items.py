"""Enrol the photos of an index job: fetch → see → choose the face → embed → keep, each photo for itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.collections import CollectionRef
from app.domain.errors import DatabaseUnavailable, JobNotFound, MemberIdUnknown, WorkerLost
from app.domain.indexing import IndexPlan
from app.domain.items import ClaimedItem, Enrolment
from app.domain.jobs import Job, Retries
from app.domain.matching import choose, require_quality, subjects, the_one
from app.domain.members import MemberDraft, Origin
from app.ports import ItemStore, JobStore, Recogniser, Storage
from app.services.failure import judged
from app.services.unhurried import see

CLAIMS = 20
"""How often an item is taken up before it is believed to kill its workers."""


@dataclass(frozen=True, slots=True)
class EnrollItems:
    jobs: JobStore
    items: ItemStore
    storage: Storage
    recogniser: Recogniser
    min_quality: float
    retries: Retries

    async def __call__(self, tenant: str, job_id: str, item_ids: Sequence[str]) -> None:
        """Settle each item that is still to be done, or write down why it could not be."""
        try:
            job = await self.jobs.get(tenant, job_id)
        except JobNotFound:
            return
        for item in await self.items.claim(tenant, job_id, item_ids):
            await self._enroll(CollectionRef(tenant, job.subject), job, item)
        await self.items.finish(tenant, job_id)

    async def _enroll(self, ref: CollectionRef, job: Job, item: ClaimedItem) -> None:
        try:
            await self.items.enrol(ref, job.job_id, item, await self._see(ref, IndexPlan.of(job.request), item))
        except DatabaseUnavailable:
            raise  # nothing can be written down; the task comes back
        except Exception as error:  # noqa: BLE001 - whatever it is, it is written down
            await self.items.fail(ref.tenant, job.job_id, item, *judged(error, item.attempts + 1, self.retries))

    async def _see(self, ref: CollectionRef, plan: IndexPlan, item: ClaimedItem) -> Enrolment:
        if not item.member_id:
            raise MemberIdUnknown
        if item.claims > CLAIMS:
            raise WorkerLost
        picture = await see(self.recogniser, (await self.storage.read(plan.source, item.key)).content, subjects)
        face = require_quality(choose(picture.faces, plan.selection), self.min_quality)
        keepable = the_one(await self.recogniser.ready(ref, [face]))
        member = MemberDraft(item.member_id, plan.name_of(item.member_id))
        origin = Origin(picture.digest, plan.source.at(item.key))
        return Enrolment(member, keepable, origin, self.recogniser.model, plan.replace)
