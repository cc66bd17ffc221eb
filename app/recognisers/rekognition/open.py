"""The way in: settings become a recogniser that asks AWS, and what keeps AWS tidy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.domain.scale import Scale
from app.ports import FaceStore
from app.recognisers.rekognition.amazon import Amazon
from app.recognisers.rekognition.amazon import Options as AmazonOptions
from app.recognisers.rekognition.eye import Eye
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.recognisers.rekognition.remote import Remote
from app.recognisers.rekognition.staging import Staging
from app.recognisers.rekognition.sweep import SECONDS, Sweep, sweeping
from app.store.remote import PgRemoteStore
from app.vision.decode import Limits


@dataclass(frozen=True, slots=True)
class Options:
    """prefix: of the collections' names. bucket: for large pictures, "" for none. threads: pictures prepared at once.

    sweep_seconds: between two deletions of what is deleted here.
    """

    amazon: AmazonOptions
    prefix: str
    bucket: str
    limits: Limits
    threads: int = 1
    sweep_seconds: float = SECONDS


@asynccontextmanager
async def open_rekognition(
    options: Options, faces: FaceStore, store: PgRemoteStore, scale: Scale
) -> AsyncIterator[RekognitionRecogniser]:
    """Recognise by AWS until the end, and meanwhile delete there what is deleted here."""
    amazon, eye = Amazon(options.amazon), Eye(options.limits, options.threads)
    remote = Remote(amazon, store, options.prefix)
    try:
        async with sweeping(Sweep(remote, store), options.sweep_seconds):
            yield RekognitionRecogniser(eye, remote, Staging(amazon, options.bucket), faces, store, scale)
    finally:
        eye.close()
        amazon.close()
