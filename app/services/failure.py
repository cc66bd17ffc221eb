"""What to write down of work that failed, and when it is worth another attempt."""

import structlog

from app.domain.errors import FaceReconError
from app.domain.jobs import Failure, Retries

log = structlog.get_logger()


def judged(error: Exception, attempts: int, retries: Retries) -> tuple[Failure, float | None]:
    """What failed, and seconds until it is tried again; None: never. attempts: those that failed, this one included.

    An error that is none of ours is a bug: its text may quote anything, so that only the log has it.
    """
    if not isinstance(error, FaceReconError):
        log.error("a job met a bug", exc_info=error)
        return Failure(FaceReconError.slug, FaceReconError.title()), retries.wait(attempts)
    return Failure(error.slug, str(error)), retries.wait(attempts) if error.retryable else None
