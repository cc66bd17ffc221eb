"""The HTTP entry point: `uvicorn --factory app.main:create_app`, or `python -m app serve`."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

from asgi_correlation_id import CorrelationIdMiddleware
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from prometheus_fastapi_instrumentator import Instrumentator, metrics

from app import __version__, logs, telemetry, tracing
from app.api import (
    access,
    access_keys,
    admission,
    analyses,
    audit,
    auth,
    blacklist,
    collections,
    consents,
    docs,
    faces,
    galleries,
    headers,
    health,
    indexing,
    jobs,
    keys,
    members,
    persons,
    photos,
    pictures,
    prefix,
    problems,
    processing,
    tenants,
    unknown,
    webhooks,
)
from app.api.audited import Audited
from app.api.body import BodyLimits
from app.api.held import Held
from app.api.idempotency import Idempotency
from app.api.rekognition import route as rekognition
from app.config import Server, Settings
from app.console import routes as console
from app.services import Services
from app.wiring import open_services

OpenServices = Callable[[Settings], AbstractAsyncContextManager[Services]]

_REQUEST_ID_LENGTH = 128
_OBSERVE = metrics.default(metric_namespace="face")  # once a process, however many applications are made in it


class Utf8Json(JSONResponse):
    media_type = "application/json; charset=utf-8"


def create_app(settings: Settings | None = None, open_with: OpenServices = open_services) -> FastAPI:
    """The whole application. `open_with` is how a test serves fakes."""
    settings = settings or Settings()
    logs.configure(settings.server.log_level, settings.server.service_name)
    if settings.tracing.exporter_otlp_endpoint:
        tracing.start(settings.server.service_name)
    app = FastAPI(
        title=settings.server.service_name,
        version=__version__,
        lifespan=_lifespan(settings, open_with),
        servers=[{"url": settings.server.root_path.rstrip("/") or "/"}],
        default_response_class=Utf8Json,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    for module in (
        *(faces, members, consents, persons, collections, galleries, photos, pictures, unknown),
        *(blacklist, processing, indexing, analyses, jobs, webhooks),
        *(access_keys, rekognition, tenants, keys, audit, health),
    ):
        app.include_router(module.router)
    app.include_router(console.router, dependencies=[auth.OPEN])
    problems.install(app)
    docs.install(app)
    _watch(app)
    auth.check(app)
    _middleware(app, settings.server)
    tracing.instrument(app)
    return app


def _lifespan(
    settings: Settings, open_with: OpenServices
) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        telemetry.begin(__version__)
        async with open_with(settings) as services, _working(settings, services):
            yield {
                "services": services,
                "body_limits": _body_limits(settings),
            }

    return lifespan


def _body_limits(settings: Settings) -> BodyLimits:
    images, many = settings.images, settings.process_images
    return BodyLimits(images.max_image_bytes, settings.server.body_timeout_seconds, many.most, many.max_bytes)


@asynccontextmanager
async def _working(settings: Settings, services: Services) -> AsyncIterator[None]:
    """Keep watch, and do what is in the queue if the settings want it here. What is in hand is finished at the end."""
    wanted = settings.worker.in_process
    works = settings.database.database_url is None if wanted is None else wanted
    runners = [services.watch, services.worker] if works else [services.watch]
    running = [asyncio.create_task(runner.run()) for runner in runners]
    try:
        yield
    finally:
        for task in running:
            task.cancel()
        for task in running:
            with suppress(asyncio.CancelledError):
                await task


def _watch(app: FastAPI) -> None:
    instrumentator = Instrumentator(
        should_group_status_codes=False, excluded_handlers=["/metrics", "/live", "/ready", "/docs", "/console"]
    )
    instrumentator.add(_OBSERVE).instrument(app).expose(app, include_in_schema=False, dependencies=[auth.OPEN])


def _middleware(app: FastAPI, server: Server) -> None:
    # The last added is the outermost: the request's id is there for the log, the log sees every answer.
    app.add_middleware(Held)
    app.add_middleware(Idempotency)
    app.add_middleware(admission.Admission, paths=tuple(admission.carrying(app)))
    app.add_middleware(Audited)
    if server.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(server.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-ID"],
            expose_headers=["Idempotency-Replayed", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(headers.SafeHeaders)
    app.add_middleware(access.AccessLog)
    app.add_middleware(CorrelationIdMiddleware, header_name="X-Request-ID", validator=_is_request_id)
    app.add_middleware(prefix.Prefix, root_path=server.root_path.rstrip("/"))


def _is_request_id(text: str) -> bool:
    return len(text) <= _REQUEST_ID_LENGTH and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
