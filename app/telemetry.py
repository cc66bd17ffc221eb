"""Names of metrics and log fields, in one place, and the clock of the pipeline's stages."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram

Stage = Literal["fetch", "decode", "detect", "align", "embed", "search"]

STAGE_SECONDS = Histogram(
    "face_stage_seconds",
    "Time spent in one stage of the pipeline, per picture.",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FACES_PER_PICTURE = Histogram(
    "face_faces_per_picture", "Faces found in a picture.", buckets=(0, 1, 2, 3, 5, 10, 20, 50, 100)
)
MODEL_INFO = Gauge("face_model_info", "The model pack that is loaded.", ["pack", "licence", "dimensions", "provider"])
SEARCHES = Counter("face_searches", "Searches, by who answered them: an index (faiss) or Postgres alone.", ["backend"])
SEARCH_SAMPLES = Counter(
    "face_search_samples", "Searches by an index that were answered exactly too, by whether both agree.", ["outcome"]
)
SEARCH_RECALL = Gauge(
    "face_search_recall", "Share of the sampled searches in which both agree.", multiprocess_mode="mostrecent"
)
INDEX_FACES = Gauge("face_search_index_faces", "Faces in the indexes that answer.", multiprocess_mode="mostrecent")

DELIVERIES = Counter(
    "face_deliveries",
    "Attempts to tell somebody of an event, by the way and by how they ended: delivered, retried later or failed.",
    ["channel", "outcome"],
)
INGRESS = Counter(
    "face_ingress_messages",
    "Messages from SQS by how they ended: done, refused, or left for later since something did not answer.",
    ["outcome"],
)

REKOGNITION_CALLS = Counter(
    "face_rekognition_calls",
    "Calls of AWS by operation and by how they ended: done, or the code of the error. Most of them are paid.",
    ["operation", "outcome"],
)
REKOGNITION_SECONDS = Histogram(
    "face_rekognition_seconds",
    "Time of a call of AWS, with all its attempts.",
    ["operation"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
SHADOW_ANSWERS = Counter(
    "face_shadow_answers",
    "Questions that a second backend was asked too, by whether both agree; failed and dropped where it did not answer.",
    ["question", "outcome"],
)


@contextmanager
def stage(name: Stage) -> Iterator[None]:
    """Time a stage of the pipeline, whether it succeeds or not."""
    began = perf_counter()
    try:
        yield
    finally:
        STAGE_SECONDS.labels(name).observe(perf_counter() - began)
