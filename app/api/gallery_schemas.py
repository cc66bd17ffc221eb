"""What answers about galleries and jobs look like."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from app.api.schemas import BoxOut, EnrollOut, Out, Ratio
from app.domain.galleries import Client, ClientPhoto, Estimate, FoundFace, Gallery, Photo, Standing
from app.domain.jobs import Failure, Job, JobState
from app.domain.matching import Decision
from app.services.enroll_client import EnrolledClient

PLOTS = "plots"
"""Of an evaluation's result: SVG by name, under /evaluations."""


class PhotoCountsOut(Out):
    total: int
    pending: int
    processing: int
    done: int
    error: int


class GalleryOut(Out):
    gallery_id: str
    name: str
    source: str
    threshold: float | None = Field(description="Null where the service's own holds.")
    max_faces: int
    webhook_url: str
    clients: int
    photos: PhotoCountsOut
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, gallery: Gallery) -> "GalleryOut":
        return cls(
            gallery_id=gallery.gallery_id,
            name=gallery.name,
            source=gallery.source.uri,
            threshold=gallery.threshold,
            max_faces=gallery.max_faces,
            webhook_url=gallery.webhook_url,
            clients=gallery.clients,
            photos=PhotoCountsOut.model_validate(gallery.photos),
            created_at=gallery.created_at,
            updated_at=gallery.updated_at,
        )


class PutGalleryOut(GalleryOut):
    webhook_secret: str = Field(description="What events are signed with: in the answer that made the webhook only.")

    @classmethod
    def of(cls, gallery: Gallery) -> "PutGalleryOut":
        return cls(**GalleryOut.of(gallery).model_dump(), webhook_secret=gallery.webhook_secret)


class GalleriesOut(Out):
    galleries: list[GalleryOut]
    next_cursor: str


class ClientOut(Out):
    """faces: enrolled. photos: they are in, without those to review."""

    client_id: str
    name: str
    faces: int
    photos: int
    created_at: datetime


class ClientsOut(Out):
    clients: list[ClientOut]
    next_cursor: str

    @classmethod
    def of(cls, items: Sequence[Client], next_cursor: str) -> "ClientsOut":
        return cls(clients=[ClientOut.model_validate(item) for item in items], next_cursor=next_cursor)


class ClientPhotoOut(Out):
    photo_id: str
    key: str
    face_id: str
    box: BoxOut
    similarity: Ratio
    decision: Decision


class ClientPhotosOut(Out):
    photos: list[ClientPhotoOut]
    next_cursor: str

    @classmethod
    def of(cls, items: Sequence[ClientPhoto], next_cursor: str) -> "ClientPhotosOut":
        return cls(photos=[ClientPhotoOut.model_validate(item) for item in items], next_cursor=next_cursor)


class EnrollClientOut(EnrollOut):
    """photos: the best of those that were processed before and show the client; photo_count: how many there are."""

    gallery_id: str
    client_id: str
    photo_count: int
    photos: list[ClientPhotoOut]
    next_cursor: str

    @classmethod
    def of_client(cls, done: EnrolledClient, gallery_id: str, collection: str) -> "EnrollClientOut":
        client_id = done.client.client_id
        return cls(
            **EnrollOut.of(done.enrolled, client_id, collection).model_dump(),
            gallery_id=gallery_id,
            client_id=client_id,
            photo_count=done.client.photos,
            photos=[ClientPhotoOut.model_validate(photo) for photo in done.photos.items],
            next_cursor=done.photos.next_cursor,
        )


class FailureOut(Out):
    code: str
    detail: str

    @classmethod
    def of(cls, failure: Failure | None) -> "FailureOut | None":
        return cls.model_validate(failure) if failure else None


class FoundFaceOut(Out):
    """A face of a photo. client_id is empty, similarity and decision are null where nobody knows who it is."""

    face_id: str
    box: BoxOut
    det_score: Ratio
    quality: Ratio
    client_id: str
    client_name: str
    similarity: Ratio | None
    decision: Decision | None


class PhotoOut(Out):
    photo_id: str
    key: str
    state: Literal["pending", "processing", "done", "error"]
    width: int
    height: int
    faces_detected: int
    attempts: int
    error: FailureOut | None
    finished_at: datetime | None

    @classmethod
    def fields_of(cls, photo: Photo) -> dict[str, Any]:
        return {
            "photo_id": photo.photo_id,
            "key": photo.key,
            "state": photo.state,
            "width": photo.width,
            "height": photo.height,
            "faces_detected": photo.faces_detected,
            "attempts": photo.attempts,
            "error": FailureOut.of(photo.error),
            "finished_at": photo.finished_at,
        }


class PhotosOut(Out):
    photos: list[PhotoOut]
    next_cursor: str

    @classmethod
    def of(cls, items: Sequence[Photo], next_cursor: str) -> "PhotosOut":
        return cls(photos=[PhotoOut(**PhotoOut.fields_of(item)) for item in items], next_cursor=next_cursor)


class WholePhotoOut(PhotoOut):
    faces: list[FoundFaceOut] = Field(description="Largest first.")

    @classmethod
    def of(cls, photo: Photo, faces: Sequence[FoundFace]) -> "WholePhotoOut":
        return cls(**cls.fields_of(photo), faces=[FoundFaceOut.model_validate(face) for face in faces])


class StandingOut(Out):
    """status: idle before the first run, listing, processing, done, failed or cancelled."""

    gallery_id: str
    status: Literal["idle", "listing", "processing", "done", "failed", "cancelled"]
    job_id: str
    total: int
    pending: int
    processing: int
    done: int
    error: int
    cached: int = Field(description="Photos of the last run that needed no work.")
    percent: float
    eta_seconds: float | None = Field(description="Null while nothing moves.")
    photos_per_second: float

    @classmethod
    def of(cls, gallery_id: str, standing: Standing) -> "StandingOut":
        eta = standing.eta_seconds
        return cls(
            **PhotoCountsOut.model_validate(standing.photos).model_dump(),
            gallery_id=gallery_id,
            status=_status(standing),
            job_id=standing.job_id,
            cached=standing.cached,
            percent=round(standing.percent, 2),
            eta_seconds=None if eta is None else round(eta, 1),
            photos_per_second=round(standing.rate, 2),
        )


def _status(standing: Standing) -> Literal["idle", "listing", "processing", "done", "failed", "cancelled"]:
    if not standing.job_id:
        return "idle"
    match standing.state:
        case JobState.DONE:
            return "done"
        case JobState.FAILED:
            return "failed"
        case JobState.CANCELLED:
            return "cancelled"
    return "processing" if standing.listed else "listing"


class ProcessOut(Out):
    gallery_id: str
    job_id: str
    status: JobState
    status_url: str


class EstimateOut(Out):
    """What a run would do. seconds: null where no run has shown how fast photos are processed."""

    gallery_id: str
    dry_run: Literal[True] = True
    listed: int
    to_process: int
    cached: int
    ignored: int = Field(description="Objects that are no photos.")
    estimated_seconds: float | None

    @classmethod
    def of(cls, gallery_id: str, estimate: Estimate) -> "EstimateOut":
        return cls(
            gallery_id=gallery_id,
            listed=estimate.listed,
            to_process=estimate.to_process,
            cached=estimate.cached,
            ignored=estimate.ignored,
            estimated_seconds=estimate.seconds,
        )


class RetriedOut(Out):
    gallery_id: str
    retried: int


class ProgressOut(Out):
    total: int
    done: int
    failed: int


class JobOut(Out):
    job_id: str
    kind: str
    subject: str = Field(description="The gallery or the collection that it is about.")
    status: JobState
    progress: ProgressOut
    skipped: int = Field(description="What needed no work.")
    attempts: int
    error: FailureOut | None
    result: dict[str, Any] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, job: Job) -> "JobOut":
        return cls(
            job_id=job.job_id,
            kind=job.kind,
            subject=job.subject,
            status=job.state,
            progress=ProgressOut.model_validate(job.progress),
            skipped=job.skipped,
            attempts=job.attempts,
            error=FailureOut.of(job.error),
            result=_told(job),
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


def _told(job: Job) -> dict[str, Any] | None:
    """The result, without what has an address of its own."""
    return None if job.result is None else {name: value for name, value in job.result.items() if name != PLOTS}


class JobsOut(Out):
    jobs: list[JobOut]
    next_cursor: str
