"""Uploads that are analysed later, and the history of them."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.fields import CollectionName, ImageFields, Name, Threshold, WithAttributes
from app.api.gallery_schemas import FailureOut
from app.api.schemas import Out
from app.domain.access import Caller, Reach, Scope
from app.domain.collections import DEFAULT_COLLECTION, CollectionRef
from app.domain.errors import JobNotFound
from app.domain.jobs import Job, JobKind, JobState
from app.services import Services
from app.services.analyse import Wish

router = APIRouter(prefix="/analyses", tags=["jobs"], responses=problems.RESPONSES)

IDENTIFY, READ = needs(Scope.IDENTIFY, reach=Reach.COLLECTION), needs(Scope.READ, reach=Reach.COLLECTION)
MANAGE = needs(Scope.MANAGE, reach=Reach.COLLECTION)

Id = Annotated[str, Path(max_length=64)]


class AnalyseIn(ImageFields):
    collection: CollectionName = DEFAULT_COLLECTION
    top_k: int = Field(1, ge=1, le=100, description="Most members to answer for a face.")
    threshold: Threshold | SkipJsonSchema[None] = None
    name: Name = Field("", description="Your own name of the picture, to find it again.")
    attributes: WithAttributes = False


class AnalysisOut(Out):
    """result: null until it is done; then faces_detected, matches (best first) and faces (largest first)."""

    analysis_id: str
    status: JobState
    collection: str
    name: str
    source: str
    result: dict[str, Any] | None
    error: FailureOut | None
    attempts: int
    created_at: datetime
    finished_at: datetime | None
    status_url: str

    @classmethod
    def of(cls, request: Request, job: Job) -> "AnalysisOut":
        return cls(
            analysis_id=job.job_id,
            status=job.state,
            collection=job.subject,
            name=str(job.request["name"]),
            source=str(job.request["source"]),
            result=dict(job.result) if job.result is not None else None,
            error=FailureOut.of(job.error),
            attempts=job.attempts,
            created_at=job.created_at,
            finished_at=job.finished_at,
            status_url=request.url_for("get_analysis", analysis_id=job.job_id).path,
        )


class AnalysesOut(Out):
    analyses: list[AnalysisOut]
    next_cursor: str


@router.post("", status_code=202, operation_id="Analyse", dependencies=[IDENTIFY], openapi_extra=body_of(AnalyseIn))
async def analyse(
    request: Request, tenant: deps.Tenant, use: deps.Use, body: Annotated[AnalyseIn, Depends(reader(AnalyseIn))]
) -> AnalysisOut:
    """Keep a picture, and say later who of a collection is in it."""
    wish = Wish(body.top_k, body.threshold, body.name, body.attributes)
    return AnalysisOut.of(request, await use.analyse(CollectionRef(tenant, body.collection), body.ref(), wish))


@router.get("", operation_id="ListAnalyses", dependencies=[READ])
async def list_analyses(
    request: Request,
    caller: deps.Caller,
    use: deps.Use,
    status: Annotated[JobState | None, Query()] = None,
    collection: Annotated[CollectionName | None, Query()] = None,
    cursor: deps.From = "",
    limit: deps.Limit = 100,
) -> AnalysesOut:
    """Analyses, newest first."""
    caller.require_collection(collection or "")
    page = await use.jobs.page(caller.tenant, cursor, limit, state=status, kind=JobKind.ANALYSIS, subject=collection)
    return AnalysesOut(analyses=[AnalysisOut.of(request, job) for job in page.items], next_cursor=page.next_cursor)


@router.get("/{analysis_id}", operation_id="GetAnalysis", dependencies=[READ])
async def get_analysis(request: Request, caller: deps.Caller, use: deps.Use, analysis_id: Id) -> AnalysisOut:
    """One analysis and, once it is done, who was found."""
    return AnalysisOut.of(request, await _analysis(use, caller, analysis_id))


@router.delete("/{analysis_id}", status_code=204, operation_id="DeleteAnalysis", dependencies=[MANAGE])
async def delete_analysis(caller: deps.Caller, use: deps.Use, analysis_id: Id) -> Response:
    """Forget an analysis and its picture."""
    await _analysis(use, caller, analysis_id)
    await use.analyse.delete(caller.tenant, analysis_id)
    return Response(status_code=204)


async def _analysis(use: Services, caller: Caller, analysis_id: str) -> Job:
    job = await use.jobs.get(caller.tenant, analysis_id)
    if job.kind is not JobKind.ANALYSIS:
        raise JobNotFound
    caller.require_collection(job.subject)
    return job
