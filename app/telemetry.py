"""Names of metrics and log fields, in one place, and the clock of the pipeline's stages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import Literal

from prometheus_client import Counter, Gauge, Histogram, start_http_server
from prometheus_client.multiprocess import mark_process_dead

from app import tracing
from app.domain.errors import FaceReconError

Stage = Literal["fetch", "decode", "detect", "align", "attributes", "embed", "search"]

STAGE_SECONDS = Histogram(
    "face_stage_seconds",
    "Time spent in one stage of the pipeline, per picture.",
    ["stage"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
FACES_PER_PICTURE = Histogram(
    "face_faces_per_picture", "Faces found in a picture.", buckets=(0, 1, 2, 3, 5, 10, 20, 50, 100)
)
EMBEDDED_TOGETHER = Histogram(
    "face_embed_batch_faces", "Faces that one run of the recogniser embedded.", buckets=(1, 2, 4, 8, 16, 32, 64)
)
PIXELS_IN_FLIGHT = Gauge(
    "face_pixels_in_flight", "Pixels of the pictures that wait or are looked at.", multiprocess_mode="livesum"
)
PIXELS_ROOM = Gauge(
    "face_pixels_room", "Pixels that may be in flight at once before callers are refused.", multiprocess_mode="livesum"
)
CALLS_IN_HAND = Gauge(
    "face_calls_in_hand", "Calls with pictures that are worked on, or wait for that.", multiprocess_mode="livesum"
)
CALLS_REFUSED = Counter(
    "face_calls_refused", "Calls with pictures that were refused before they were read: too many were in hand."
)
SIMILARITY = Histogram(
    "face_similarity",
    "Cosine similarity of the best candidate for a face, by what was asked and by how it was decided.",
    ["task", "decision"],
    buckets=(-0.1, 0, 0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9, 1),
)
MODEL_INFO = Gauge(
    "face_model_info",
    "The model pack that is loaded.",
    ["pack", "licence", "dimensions", "provider"],
    multiprocess_mode="max",
)
BUILD_INFO = Gauge("face_build_info", "The release that runs.", ["version"], multiprocess_mode="max")

SOURCE_READS = Counter(
    "face_source_reads",
    "Pictures asked of a source, by the source and by how that ended: ok, or the code of the error.",
    ["source", "outcome"],
)
PHOTOS = Counter(
    "face_photos",
    "Photos of galleries by how they ended: matched, from_cache (their faces were kept), unchanged (nothing to do), "
    "retried later or failed.",
    ["outcome"],
)

SEARCHES = Counter("face_searches", "Searches, by who answered them: an index (faiss) or Postgres alone.", ["backend"])
SEARCH_SAMPLES = Counter(
    "face_search_samples", "Searches by an index that were answered exactly too, by whether both agree.", ["outcome"]
)
SEARCH_RECALL = Gauge(
    "face_search_recall", "Share of the sampled searches in which both agree.", multiprocess_mode="mostrecent"
)
INDEX_FACES = Gauge("face_search_index_faces", "Faces in the indexes that answer.", multiprocess_mode="mostrecent")

TASK_SECONDS = Histogram(
    "face_task_seconds",
    "Time that a worker spent on one task from the queue, by its name and by how it ended: done or raised.",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
QUEUE_TASKS = Gauge(
    "face_queue_tasks",
    "Tasks in the queue by lane and state: due, later (to be tried again then) or in_hand.",
    ["lane", "state"],
    multiprocess_mode="mostrecent",
)
QUEUE_OLDEST = Gauge(
    "face_queue_oldest_seconds",
    "How long the first of the due tasks has waited, by whether a person waits for it (urgent) or not (bulk).",
    ["priority"],
    multiprocess_mode="mostrecent",
)
QUEUE_WORKERS = Gauge("face_queue_workers", "Workers that gave a sign of life lately.", multiprocess_mode="mostrecent")
DEAD_LETTERS = Gauge(
    "face_dead_letters",
    "What failed for good and waits for somebody to look: jobs, photos, items or deliveries.",
    ["kind"],
    multiprocess_mode="mostrecent",
)
KEPT = Gauge("face_kept", "Rows that are kept, by what they are.", ["what"], multiprocess_mode="mostrecent")
DATABASE_UP = Gauge(
    "face_database_up", "Whether the database answered when last asked.", multiprocess_mode="mostrecent"
)
ALERTS = Gauge(
    "face_alerts",
    "Alerts that the service itself has raised and not cleared.",
    ["alert"],
    multiprocess_mode="mostrecent",
)

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
        with tracing.span(name):
            yield
    finally:
        STAGE_SECONDS.labels(name).observe(perf_counter() - began)


def decided(task: str, decision: str, similarity: float) -> None:
    """Note how like its best candidate a face was, and what became of that."""
    SIMILARITY.labels(task, decision).observe(similarity)


@contextmanager
def reading(source: str) -> Iterator[None]:
    """Time a picture on its way here, and count how that ends. source: its kind, one of few."""
    try:
        with stage("fetch"):
            yield
    except FaceReconError as error:
        SOURCE_READS.labels(source, error.slug).inc()
        raise
    SOURCE_READS.labels(source, "ok").inc()


@contextmanager
def task(name: str) -> Iterator[None]:
    """Time a task from the queue."""
    began, outcome = perf_counter(), "raised"
    try:
        yield
        outcome = "done"
    finally:
        TASK_SECONDS.labels(name, outcome).observe(perf_counter() - began)


def begin(version: str) -> None:
    """Say which release runs, and forget the processes of ours that are gone."""
    BUILD_INFO.labels(version).set(1)
    _bury_the_dead()


def serve(host: str, port: int) -> None:
    """Show the metrics of a process that serves nothing else."""
    start_http_server(port, host)


def _bury_the_dead() -> None:
    """What processes that are gone had in flight is not any more. Where several serve, their gauges lie in files."""
    folder = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
    for file in folder.glob("gauge_live*.db") if folder.name else ():
        pid = int(file.stem.rpartition("_")[2])
        if not _lives(pid):
            mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]  # so it is in the library


def _lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False
