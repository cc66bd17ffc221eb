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

from app import __version__, logs
from app.api import (
    access,
    analyses,
    blacklist,
    collections,
    docs,
    faces,
    galleries,
    health,
    indexing,
    jobs,
    members,
    photos,
    pictures,
    prefix,
    problems,
    processing,
    unknown,
    webhooks,
)
from app.api.body import BodyLimits
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
        *(faces, members, collections, galleries, photos, pictures, unknown),
        *(blacklist, processing, indexing, analyses, jobs, webhooks, health, console),
    ):
        app.include_router(module.router)
    problems.install(app)
    docs.install(app)
    _watch(app)
    _middleware(app, settings.server)
    return app


def _lifespan(
    settings: Settings, open_with: OpenServices
) -> Callable[[FastAPI], AbstractAsyncContextManager[dict[str, Any]]]:
    token = settings.server.admin_token

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with open_with(settings) as services, _working(settings, services):
            yield {
                "services": services,
                "body_limits": _body_limits(settings),
                "admin_token": token.get_secret_value() if token else None,
            }

    return lifespan


def _body_limits(settings: Settings) -> BodyLimits:
    images, many = settings.images, settings.process_images
    return BodyLimits(images.max_image_bytes, settings.server.body_timeout_seconds, many.most, many.max_bytes)


@asynccontextmanager
async def _working(settings: Settings, services: Services) -> AsyncIterator[None]:
    """Do what is in the queue here as well, if the settings want it. What is in hand is finished at the end."""
    wanted = settings.worker.in_process
    if not (settings.database.database_url is None if wanted is None else wanted):
        yield
        return
    work = asyncio.create_task(services.worker.run())
    try:
        yield
    finally:
        work.cancel()
        with suppress(asyncio.CancelledError):
            await work


def _watch(app: FastAPI) -> None:
    instrumentator = Instrumentator(
        should_group_status_codes=False, excluded_handlers=["/metrics", "/live", "/ready", "/docs", "/console"]
    )
    instrumentator.add(_OBSERVE).instrument(app).expose(app, include_in_schema=False)


def _middleware(app: FastAPI, server: Server) -> None:
    # The last added is the outermost: the request's id is there for the log, the log sees every answer.
    if server.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(server.cors_origins),
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-API-Key", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
        )
    app.add_middleware(access.AccessLog)
    app.add_middleware(CorrelationIdMiddleware, header_name="X-Request-ID", validator=_is_request_id)
    app.add_middleware(prefix.Prefix, root_path=server.root_path.rstrip("/"))


def _is_request_id(text: str) -> bool:
    return len(text) <= _REQUEST_ID_LENGTH and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
