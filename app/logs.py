"""Structured logs: one JSON object a line, with the request's id. Never a picture, an embedding or a key."""

import json
import logging
import logging.config
from typing import Any

import structlog
from asgi_correlation_id import correlation_id
from structlog.types import EventDict, Processor


def _escaped(event: object, **options: Any) -> str:  # noqa: ANN401 - as json.dumps takes them
    """JSON of printable ASCII: terminals obey other characters, and not all readers agree where a line ends."""
    return json.dumps(event, **options).replace("\x7f", "\\u007f")


def _with_request_id(_: object, __: str, event: EventDict) -> EventDict:
    if (request_id := correlation_id.get()) is not None:
        event["request_id"] = request_id
    return event


_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    _with_request_id,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
)


def configure(level: str, service: str) -> None:
    """Send everything, the server's and the libraries' lines too, through one formatter to stderr."""
    structlog.contextvars.bind_contextvars(service=service)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(_standard_library(level.upper()))


def _standard_library(level: str) -> dict[str, object]:
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(_escaped),
        ],
        "foreign_pre_chain": _SHARED,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Clients of remote services log the addresses they call, signatures included.
        "loggers": {name: {"level": "WARNING"} for name in ("httpx", "httpx2", "httpcore", "botocore", "urllib3")},
    }
