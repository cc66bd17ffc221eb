"""Traces: what one request sets off, from HTTP through the queue to whoever is told, under one id.

Spans are made by OpenTelemetry's API, which does nothing until `start` has been called; its SDK is imported there and
nowhere else. No span carries a picture, an embedding, a name or a key.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import propagate, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode

if TYPE_CHECKING:
    from fastapi import FastAPI

QUIET = "live,ready,health,metrics"
"""Addresses that are asked every few seconds and tell nothing."""

ADDRESSES = ("http.url", "http.target", "url.full", "url.path", "url.query")
"""What the instrumentation says of an address beside its route, by its older and its newer conventions."""

_tracer = trace.get_tracer("svc-face-recon")
_on = False


def start(service: str) -> None:
    """Send spans to where the standard variables say (OTEL_EXPORTER_OTLP_ENDPOINT and its kin), by OTLP over HTTP."""
    global _on  # noqa: PLW0603 - as the API's own provider, which can be set once in a process
    if _on:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - see above
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _on = True


def instrument(app: "FastAPI") -> None:
    """Have every request make a span, named by its route and continued from the caller's `traceparent`."""
    if not _on:
        return
    from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor  # noqa: PLC0415 - see above

    FastAPIInstrumentor.instrument_app(
        app, excluded_urls=QUIET, exclude_spans=["send", "receive"], server_request_hook=_forget_the_address
    )


def _forget_the_address(span: Span, _: object) -> None:
    """The route is enough: a path may hold the id of a person, a query anything."""
    for attribute in ADDRESSES:
        span.set_attribute(attribute, "")


@contextmanager
def span(name: str, kind: SpanKind = SpanKind.INTERNAL, **attributes: str | int) -> Iterator[None]:
    """Part of the current trace; nothing where there is none. An error is noted by its class, without its words."""
    if not trace.get_current_span().get_span_context().is_valid:
        yield
        return
    with _noted(name, kind, attributes):
        yield


@contextmanager
def continued(carried: Mapping[str, str], name: str, **attributes: str | int) -> Iterator[None]:
    """The work of a task, in the trace of whoever put it into the queue."""
    context = propagate.extract(carried)
    with _noted(name, SpanKind.CONSUMER, attributes, context):
        yield


def carried() -> dict[str, str]:
    """The current trace as headers, or as part of a task's arguments; empty where there is none."""
    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return carrier


@contextmanager
def _noted(
    name: str, kind: SpanKind, attributes: Mapping[str, str | int], context: Context | None = None
) -> Iterator[None]:
    with _tracer.start_as_current_span(
        name, context, kind, attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield
        except Exception as error:
            current.set_status(StatusCode.ERROR, type(error).__name__)
            raise
