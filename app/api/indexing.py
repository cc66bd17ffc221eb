"""Whole folders at once: enrolled, embedded anew, measured. Each is a job; workers do it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import HTMLResponse

from app.api import deps, problems
from app.api.accepts import body_of, reader
from app.api.auth import needs
from app.api.gallery_schemas import PLOTS
from app.api.index_fields import EvaluateIn, IndexIn
from app.api.index_schemas import BegunOut, EvaluationOut
from app.domain.access import Reach, Scope
from app.domain.collections import CollectionRef
from app.domain.errors import Conflict, JobNotFound
from app.domain.jobs import Job, JobKind
from app.domain.storage import Folder
from app.ports import JobStore
from app.services.report import page

router = APIRouter(tags=["jobs"], responses=problems.RESPONSES)

INDEX, EVALUATE, READ = needs(Scope.MANAGE, reach=Reach.COLLECTION), needs(Scope.MANAGE), needs(Scope.READ)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""The page has its style and its plots in itself, and needs nothing else."""

Id = Annotated[str, Path(max_length=64)]


@router.post(
    "/index", status_code=202, operation_id="RebuildIndex", dependencies=[INDEX], openapi_extra=body_of(IndexIn)
)
async def index(
    request: Request, tenant: deps.Tenant, use: deps.Use, body: Annotated[IndexIn, Depends(reader(IndexIn))]
) -> BegunOut:
    """Enrol all photos of a storage's folder, or embed a collection's faces anew by the model that is loaded now."""
    ref = CollectionRef(tenant, body.collection)
    if body.mode == "reindex":
        return _begun(request, await use.reindex(ref, allow_partial=body.allow_partial))
    return _begun(request, await use.index(ref, body.plan()))


@router.post(
    "/evaluate", status_code=202, operation_id="Evaluate", dependencies=[EVALUATE], openapi_extra=body_of(EvaluateIn)
)
async def evaluate(
    request: Request, tenant: deps.Tenant, use: deps.Use, body: Annotated[EvaluateIn, Depends(reader(EvaluateIn))]
) -> BegunOut:
    """Measure on labelled photos how well the model that is loaded tells people apart."""
    return _begun(request, await use.evaluate(tenant, Folder.parse(body.source)))


@router.get("/evaluations/{job_id}", operation_id="GetEvaluation", dependencies=[READ])
async def evaluation(request: Request, tenant: deps.Tenant, use: deps.Use, job_id: Id) -> EvaluationOut:
    """The figures of an evaluation that is done."""
    report, plots = await _evaluated(use.jobs, tenant, job_id)
    urls = {name: request.url_for("plot", job_id=job_id, name=name).path for name in plots}
    url = request.url_for("evaluation_page", job_id=job_id).path
    return EvaluationOut(job_id=job_id, report=report, plot_urls=urls, report_url=url)


@router.get(
    "/evaluations/{job_id}/report.html",
    operation_id="GetEvaluationPage",
    dependencies=[READ],
    response_class=HTMLResponse,
)
async def evaluation_page(tenant: deps.Tenant, use: deps.Use, job_id: Id) -> HTMLResponse:
    """The figures and plots of an evaluation, to read."""
    report, plots = await _evaluated(use.jobs, tenant, job_id)
    html = page({name: value for name, value in report.items() if name != "roc"}, plots)
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY})


@router.get(
    "/evaluations/{job_id}/{name}.svg", operation_id="GetEvaluationPlot", dependencies=[READ], response_class=Response
)
async def plot(
    tenant: deps.Tenant, use: deps.Use, job_id: Id, name: Literal["roc", "similarities", "search"]
) -> Response:
    """A plot of an evaluation."""
    _, plots = await _evaluated(use.jobs, tenant, job_id)
    if name not in plots:
        msg = "There were too few photos to draw that."
        raise JobNotFound(msg)
    return Response(plots[name], media_type="image/svg+xml")


async def _evaluated(jobs: JobStore, tenant: str, job_id: str) -> tuple[dict[str, object], dict[str, str]]:
    """The report and the plots. Raises JobNotFound, Conflict where it is not done."""
    job = await jobs.get(tenant, job_id)
    if job.kind is not JobKind.EVALUATE:
        raise JobNotFound
    report, plots = (job.result or {}).get("report"), (job.result or {}).get(PLOTS)
    if not isinstance(report, dict) or not isinstance(plots, dict):
        msg = f"The evaluation is {job.state}."
        raise Conflict(msg)
    return report, plots


def _begun(request: Request, job: Job) -> BegunOut:
    url = request.url_for("get_job", job_id=job.job_id).path
    return BegunOut(job_id=job.job_id, status=job.state, status_url=url)
