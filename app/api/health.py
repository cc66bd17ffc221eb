"""Whether the service lives, whether it can work, and what runs here. Without a key, but for /ops/status."""

from typing import Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app import __version__
from app.api import deps, problems
from app.services.health import Component, Status

router = APIRouter(tags=["operations"])


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


class StatusOut(BaseModel):
    service: str
    version: str
    uptime_seconds: float
    backend: str
    model: ModelOut
    provider: str
    database: str
    counts: dict[str, int]
    queue_depth: int = Field(description="Jobs that wait. Nothing is queued in this version.")

    @classmethod
    def of(cls, status: Status, service: str) -> "StatusOut":
        model = status.model
        return cls(
            service=service,
            version=__version__,
            uptime_seconds=round(status.uptime_seconds, 1),
            backend="insightface",
            model=ModelOut(
                name=model.name,
                dimensions=model.dimensions,
                licence=model.licence,
                commercial_use=model.commercial,
                sha256=model.recogniser_sha256,
            ),
            provider=status.provider,
            database=status.database,
            counts=status.counts,
            queue_depth=0,
        )


@router.get("/live", operation_id="Live")
async def live() -> LiveOut:
    """The process runs."""
    return LiveOut(status="alive")


@router.get("/health", operation_id="Health")
async def health(use: deps.Use) -> HealthOut:
    """The state of each part. Always 200 while the process runs."""
    return HealthOut.of(await use.health.components())


_READY: dict[int | str, dict[str, Any]] = {503: {"model": HealthOut, "description": "Some part cannot work."}}


@router.get("/ready", operation_id="Ready", responses=_READY)
async def ready(use: deps.Use, response: Response) -> HealthOut:
    """Every part works: the models have run, the database answers, its migrations are current."""
    out = HealthOut.of(await use.health.components())
    response.status_code = 200 if out.status == "ok" else 503
    return out


@router.get("/ops/status", operation_id="Status", responses=problems.RESPONSES)
async def status(_: deps.Tenant, use: deps.Use) -> StatusOut:
    """What runs here."""
    return StatusOut.of(await use.health.status(), use.health.service)
