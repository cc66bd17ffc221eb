"""Work in the background."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.api import deps, problems
from app.api.auth import needs
from app.api.gallery_schemas import JobOut, JobsOut
from app.api.index_schemas import ItemsOut
from app.domain.access import Reach, Scope
from app.domain.galleries import GalleryRef
from app.domain.items import ItemState
from app.domain.jobs import Job, JobKind, JobState

router = APIRouter(prefix="/jobs", tags=["jobs"], responses=problems.RESPONSES)

LIST = needs(Scope.READ)
READ, MANAGE = needs(Scope.READ, reach=Reach.COLLECTION), needs(Scope.MANAGE, reach=Reach.COLLECTION)

Id = Annotated[str, Path(max_length=64)]


async def _visible(caller: deps.Caller, use: deps.Use, job_id: Id) -> None:
    """Let those pass who may know of the job. Raises JobNotFound, Forbidden."""
    if caller.collections:
        caller.require_collection(collection_of(await use.jobs.get(caller.tenant, job_id)))


def collection_of(job: Job) -> str:
    """Which collection a job is about; no collection's name where it is about none."""
    return GalleryRef("", job.subject).clients.name if job.kind is JobKind.GALLERY else job.subject


VISIBLE = Depends(_visible)


@router.get("", operation_id="ListJobs", dependencies=[LIST])
async def list_jobs(
    tenant: deps.Tenant,
    use: deps.Use,
    status: Annotated[JobState | None, Query()] = None,
    kind: Annotated[JobKind | None, Query()] = None,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> JobsOut:
    """Jobs, newest first."""
    page = await use.jobs.page(tenant, cursor, limit, state=status, kind=kind)
    return JobsOut(jobs=[JobOut.of(job) for job in page.items], next_cursor=page.next_cursor)


@router.get("/{job_id}", operation_id="GetJob", dependencies=[READ, VISIBLE])
async def get_job(tenant: deps.Tenant, use: deps.Use, job_id: Id) -> JobOut:
    """One job and how far it is."""
    return JobOut.of(await use.jobs.get(tenant, job_id))


@router.get("/{job_id}/items", operation_id="ListJobItems", dependencies=[READ, VISIBLE])
async def list_items(
    tenant: deps.Tenant,
    use: deps.Use,
    job_id: Id,
    state: Annotated[ItemState | None, Query()] = None,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> ItemsOut:
    """The parts of a job that enrols or embeds anew; with state=error its dead letters, each with its reason."""
    page = await use.items.page(tenant, job_id, cursor, limit, state=state)
    return ItemsOut.of(page.items, page.next_cursor)


@router.post("/{job_id}/retry", status_code=202, operation_id="RetryJob", dependencies=[MANAGE, VISIBLE])
async def retry_job(tenant: deps.Tenant, use: deps.Use, job_id: Id) -> JobOut:
    """Begin a failed job again, or the parts of it that failed."""
    return JobOut.of(await use.retry_job(tenant, job_id))


@router.post("/{job_id}/cancel", operation_id="CancelJob", dependencies=[MANAGE, VISIBLE])
async def cancel_job(tenant: deps.Tenant, use: deps.Use, job_id: Id) -> JobOut:
    """Begin nothing more of it. What is in hand is finished."""
    return JobOut.of(await use.jobs.cancel(tenant, job_id))
