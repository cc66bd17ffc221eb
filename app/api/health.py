"""Whether the service lives, whether it can work, and what runs here. Without a key, but for /ops/status."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app import __version__
from app.api import deps, problems
from app.api.auth import OPEN, needs
from app.domain.access import Scope
from app.domain.search import IndexState, SearchState
from app.services.health import Component, Status

router = APIRouter(tags=["operations"])

OPERATE = needs(Scope.OPERATE)


class LiveOut(BaseModel):
    status: str = Field(examples=["alive"])


class ComponentOut(BaseModel):
    name: str
    ok: bool
    detail: str


class HealthOut(BaseModel):
    status: str = Field(examples=["ok"], description="ok or degraded")
    components: list[ComponentOut]

    @classmethod
    def of(cls, components: list[Component]) -> "HealthOut":
        shown = [ComponentOut(name=part.name, ok=part.ok, detail=part.detail) for part in components]
        return cls(status="ok" if all(part.ok for part in components) else "degraded", components=shown)


class ModelOut(BaseModel):
    name: str
    dimensions: int
    licence: str
    commercial_use: bool
    sha256: str
    notice: str = Field(description="What whoever runs this model has to know; empty for nothing.")


class TrialOut(BaseModel):
    recall: float = Field(description="Share of its own faces for which index and exact search agree on who is next.")
    exact_ms: float
    index_ms: float


class IndexOut(BaseModel):
    tenant: str
    collection: str
    faces: int
    late: int = Field(description="Faces that came after the index was built; they are found all the same.")
    ready: bool
    trial: TrialOut | None

    @classmethod
    def of(cls, index: IndexState) -> "IndexOut":
        measured = index.trial
        trial = (
            TrialOut(recall=measured.recall, exact_ms=round(measured.exact_ms, 2), index_ms=round(measured.index_ms, 2))
            if measured
            else None
        )
        return cls(
            tenant=index.tenant,
            collection=index.collection,
            faces=index.faces,
            late=index.late,
            ready=index.ready,
            trial=trial,
        )


class SearchOut(BaseModel):
    backend: str = Field(examples=["auto"], description="auto, pgvector or faiss")
    switch_faces: int | None = Field(
        description="Faces from which the index is faster than Postgres on this machine; null before it was measured."
    )
    recall: float | None = Field(description="Of the sampled searches that an index answered; null before the first.")
    sampled: int
    indexes: list[IndexOut]

    @classmethod
    def of(cls, search: SearchState) -> "SearchOut":
        return cls(
            backend=search.backend,
            switch_faces=search.switch_faces,
            recall=search.recall,
            sampled=search.sampled,
            indexes=[IndexOut.of(index) for index in search.indexes],
        )


class RekognitionOut(BaseModel):
    calls: dict[str, int] = Field(description="Calls of AWS by this process since it started, by operation.")
    trouble: str = Field(description="The code of the error that the last call met; empty where it met none.")


class ShadowOut(BaseModel):
    backend: str = Field(description="Who is asked too, for comparison.")
    answers: dict[str, dict[str, int]] = Field(
        description="By question and outcome since this process started: agree, differ, failed, dropped."
    )


class StatusOut(BaseModel):
    service: str
    version: str
    uptime_seconds: float
    backend: str
    model: ModelOut
    provider: str
    database: str
    counts: dict[str, int]
    search: SearchOut
    threshold: float = Field(description="Least cosine similarity of a match, where a call asks for nothing else.")
    review_margin: float = Field(description="What is less than this below the threshold is for a person to review.")
    queue_depth: int = Field(description="Tasks that wait for a worker, or for their next attempt.")
    rekognition: RekognitionOut | None = Field(description="AWS Rekognition, where it is in use.")
    shadow: ShadowOut | None = Field(description="Where FACE_SHADOW_BACKEND is set.")

    @classmethod
    def of(cls, status: Status, service: str) -> "StatusOut":
        model = status.model
        return cls(
            service=service,
            version=__version__,
            uptime_seconds=round(status.uptime_seconds, 1),
            backend=status.backend,
            model=ModelOut(
                name=model.name,
                dimensions=model.dimensions,
                licence=model.licence,
                commercial_use=model.commercial,
                sha256=model.recogniser_sha256,
                notice=status.notice,
            ),
            provider=status.provider,
            database=status.database,
            counts=status.counts,
            search=SearchOut.of(status.search),
            threshold=status.policy.threshold,
            review_margin=status.policy.review_margin,
            queue_depth=status.queue_depth,
            rekognition=RekognitionOut.model_validate(status.rekognition, from_attributes=True)
            if status.rekognition
            else None,
            shadow=ShadowOut.model_validate(status.shadow, from_attributes=True) if status.shadow else None,
        )


@router.get("/live", operation_id="Live", dependencies=[OPEN])
async def live() -> LiveOut:
    """The process runs."""
    return LiveOut(status="alive")


@router.get("/health", operation_id="Health", dependencies=[OPEN])
async def health(use: deps.Use) -> HealthOut:
    """The state of each part. Always 200 while the process runs."""
    return HealthOut.of(await use.health.components())


_READY: dict[int | str, dict[str, Any]] = {503: {"model": HealthOut, "description": "Some part cannot work."}}


@router.get("/ready", operation_id="Ready", dependencies=[OPEN], responses=_READY)
async def ready(use: deps.Use, response: Response) -> HealthOut:
    """Every part works: the models have run, the database answers, its migrations are current."""
    out = HealthOut.of(await use.health.components())
    response.status_code = 200 if out.status == "ok" else 503
    return out


@router.get("/ops/status", operation_id="Status", dependencies=[OPERATE], responses=problems.RESPONSES)
async def status(use: deps.Use) -> StatusOut:
    """What runs here."""
    return StatusOut.of(await use.health.status(), use.health.service)
