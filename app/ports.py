"""What the services need of the world. Protocols only: no code runs here."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from app.domain.backlog import Backlog
from app.domain.calibration import Curve
from app.domain.collections import AS_IT_IS, Collection, CollectionRef, FaceBackend, Kind, Model, Rules
from app.domain.drift import Difference, Mended
from app.domain.faces import AlignedFace, Box, EmbeddedFace, Embedding, KeepableFace, Likeness, Picture
from app.domain.galleries import (
    Basis,
    Claimed,
    Client,
    ClientPhoto,
    FoundFace,
    Gallery,
    GalleryDraft,
    GalleryRef,
    Photo,
    PhotoState,
    Seen,
    Standing,
)
from app.domain.idempotency import Answer, OnceKey
from app.domain.images import FetchedImage, ImageRef
from app.domain.items import ClaimedItem, Enrolment, Entry, Item, ItemState, Original
from app.domain.jobs import Failure, Job, JobKind, JobState, Order, Progress
from app.domain.limits import Allowance, Meter, Taken
from app.domain.liveness import LivenessMode
from app.domain.members import Candidate, Member, MemberDraft, Origin, Page, StoredFace
from app.domain.search import SearchState
from app.domain.storage import Content, Folder, StoredObject
from app.domain.unknown import Grouping, GroupingState, Known, Shot, Strangers, Unknown, UnknownFace


class ImageSource(Protocol):
    """Somewhere pictures come from."""

    async def read(self, ref: ImageRef) -> FetchedImage:
        """Fetch the bytes, within the caps. Raises SourceRefused, SourceUnavailable, ImageTooLarge, InvalidBase64."""
        ...


class SourcePulse(Protocol):
    """Whether the storages that the settings name answer, as far as this process has asked them."""

    def failing(self) -> Mapping[str, float]:
        """For how many seconds nothing but failures has come of each source that fails."""
        ...

    def answered(self) -> Mapping[str, float]:
        """How many seconds ago each source answered last, of those that have."""
        ...


class Storage(Protocol):
    """Buckets: what lies in them is listed, read, written and deleted.

    Everything raises SourceNotConfigured where a scheme has no settings, SourceForbidden for a name that no object
    can have, and what ImageSource raises.
    """

    def list(self, folder: Folder) -> AsyncIterator[Sequence[StoredObject]]:
        """All objects of the folder, a page at a time and never more than one page in memory; no order is promised.

        Raises SourceNotFound where there is no such bucket; nothing is listed of a prefix that no key begins with.
        """
        ...

    async def head(self, folder: Folder, key: str) -> StoredObject:
        """Raises SourceNotFound."""
        ...

    async def read(self, folder: Folder, key: str) -> Content:
        """Fetch it, within the caps of every picture. Raises SourceNotFound, ImageTooLarge."""
        ...

    async def write(self, folder: Folder, key: str, content: bytes, media_type: str) -> StoredObject:
        """Put it there, in the place of any other. Raises SourceNotFound, ImageTooLarge."""
        ...

    async def delete(self, folder: Folder, key: str) -> None:
        """Remove it, if it is there."""
        ...


Wanted = Callable[[Sequence[AlignedFace]], Sequence[AlignedFace]]
"""Chooses some of a picture's faces, of which there may be none."""


class Recogniser(Protocol):
    """The seam at which the local engine and AWS Rekognition are the same thing.

    It is drawn here, and not at «picture in, embedding out», since Rekognition never shows an embedding.
    A face that `see` returned is good for the other calls of the same recogniser.
    """

    @property
    def model(self) -> Model: ...

    async def probe(self) -> None:
        """Really run every model once. Raises ModelUnavailable."""
        ...

    async def see(self, image: bytes, wanted: Wanted | None = None, *, attributes: bool = False) -> Picture:
        """Find the faces. Raises ImageUnreadable, ImageTooLarge.

        attributes: whether to guess ages and the like too, as far as this recogniser can.
        wanted: which of them the other calls are going to be about. No more than a hint: a recogniser that can makes
        those ready at once, which saves the way back to it.
        """
        ...

    async def keep(
        self, ref: CollectionRef, member: MemberDraft, face: AlignedFace, origin: Origin, *, replace: bool
    ) -> str:
        """Enrol the face under the member, whom and whose collection it makes if need be; return its face_id.

        The same picture for the same member is kept once. With `replace` the member's other faces are dropped, in the
        same transaction. Raises ModelMismatch.
        """
        ...

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        """Their embeddings, to be measured, in their order. Raises UnusableFace, NotOffered."""
        ...

    async def ready(self, ref: CollectionRef, faces: Sequence[AlignedFace]) -> list[KeepableFace]:
        """What can be kept in the collection of faces that are nobody's yet, in their order.

        Unusable ones are left out. What is not kept within the hour is forgotten.
        """
        ...

    async def search(self, ref: CollectionRef, faces: Sequence[AlignedFace], limit: int) -> list[list[Candidate]]:
        """For each face the `limit` most similar members, best first. Raises ModelMismatch."""
        ...

    async def verify(self, ref: CollectionRef, member_id: str, face: AlignedFace) -> Likeness:
        """Likeness to the member's best face. Raises MemberNotFound (also where no face is kept), ModelMismatch."""
        ...

    async def compare(self, a: AlignedFace, b: AlignedFace) -> Likeness:
        """Raises UnusableFace."""
        ...

    async def size(self, ref: CollectionRef) -> int:
        """How many faces a search looks at; 0 also where there is no such collection."""
        ...


class LivenessCheck(Protocol):
    """Tells a face from a picture of one."""

    @property
    def model(self) -> str: ...

    async def scores(self, image: bytes, faces: Sequence[AlignedFace]) -> list[float]:
        """For each of some faces that were found in this picture 0–1, 1 for a live one, in their order."""


class RekognitionSync(Protocol):
    """Holds what AWS Rekognition keeps against our rows, which are the truth."""

    async def strangers(self) -> Sequence[str]:
        """Collections at AWS that bear our prefix and are none of ours: of another service, or of a database of old."""
        ...

    async def differences(self) -> Sequence[Difference]:
        """Of every collection that was made at AWS and is still ours."""
        ...

    async def mend(self, difference: Difference) -> Mended:
        """Delete at AWS what nobody keeps here; index anew, from where their pictures came, the faces that it lost.

        Photos of galleries are left to the next run over their gallery, which looks at them again.
        """
        ...


class FaceStore(Protocol):
    """Embeddings, kept and searched. Of one tenant's collection at a time."""

    async def keep(
        self,
        ref: CollectionRef,
        member: MemberDraft,
        face: KeepableFace,
        origin: Origin,
        model: Model,
        *,
        replace: bool,
    ) -> str:
        """See Recogniser.keep."""
        ...

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        """For each probe the `limit` nearest members by their best face, best first. Raises ModelMismatch."""
        ...

    async def best_of(self, ref: CollectionRef, member_id: str, probe: Embedding, model: Model) -> float:
        """Similarity of the member's nearest face. Raises MemberNotFound, ModelMismatch."""
        ...

    async def size(self, ref: CollectionRef) -> int:
        """See Recogniser.size."""
        ...


class TwinStore(Protocol):
    """The same faces by another model, beside those that are searched; for comparison alone."""

    async def keep(self, ref: CollectionRef, member_id: str, face_id: str, face: KeepableFace, model: Model) -> None:
        """Keep it beside the face that it is of, unless that is gone. It goes with it."""
        ...

    async def nearest(
        self, ref: CollectionRef, probes: Sequence[Embedding], model: Model, limit: int
    ) -> list[list[Candidate]]:
        """See FaceStore.nearest; of the twins by the model, and none where there are none."""
        ...


class SearchIndexes(Protocol):
    """The indexes of large collections, as the operator sees them."""

    def state(self) -> SearchState: ...


class MemberStore(Protocol):
    """Members and the faces kept of them, without embeddings."""

    async def page(self, ref: CollectionRef, cursor: str, limit: int) -> Page[Member]:
        """By id. Raises CollectionNotFound, and InvalidRequest for a cursor that is none of ours."""
        ...

    async def get(self, ref: CollectionRef, member_id: str) -> Member:
        """Raises MemberNotFound."""
        ...

    async def update(self, ref: CollectionRef, draft: MemberDraft) -> Member:
        """Metadata is replaced as a whole. Raises MemberNotFound."""
        ...

    async def delete(self, ref: CollectionRef, member_id: str) -> None:
        """Delete the member and all faces. Raises MemberNotFound."""
        ...

    async def faces(self, ref: CollectionRef, member_id: str, cursor: str, limit: int) -> Page[StoredFace]:
        """Raises MemberNotFound."""
        ...

    async def original(self, ref: CollectionRef, face_id: str) -> Original:
        """What a kept face was taken from. Raises FaceNotFound, also for an id that is no UUID."""
        ...

    async def delete_face(self, ref: CollectionRef, face_id: str) -> None:
        """Raises FaceNotFound, also for an id that is no UUID."""
        ...


class CollectionStore(Protocol):
    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Collection]: ...

    async def get(self, ref: CollectionRef) -> Collection:
        """Raises CollectionNotFound."""
        ...

    async def put(self, ref: CollectionRef, kind: Kind, rules: Rules = AS_IT_IS) -> Collection:
        """Make it, or leave it as it is but for the rules that are given.

        Raises Conflict where it exists with another kind.
        """
        ...

    async def liveness(self, ref: CollectionRef) -> LivenessMode:
        """What the collection asks for; OFF also where there is none."""
        ...

    async def delete(self, ref: CollectionRef) -> None:
        """Delete it with its members and faces. Raises CollectionNotFound."""
        ...

    async def backend(self, ref: CollectionRef) -> tuple[str, FaceBackend | None]:
        """The identity of the model whose faces are in it, "" where there are none, and the backend that was asked for.

        None where nobody asked for one, or there is no such collection.
        """
        ...


class CurveStore(Protocol):
    """Calibration curves of collections that have one of their own, for each recogniser."""

    async def get(self, ref: CollectionRef, model: Model) -> Curve | None: ...

    async def put(self, ref: CollectionRef, model: Model, curve: Curve) -> None:
        """Keep it in the place of any other. Raises CollectionNotFound."""
        ...

    async def delete(self, ref: CollectionRef, model: Model) -> None:
        """Forget it, if there is one."""
        ...


class JobStore(Protocol):
    """Work in the background. What is kept here is begun by a worker, sooner or later."""

    async def open(self, tenant: str, order: Order) -> Job: ...

    async def open_alone(self, tenant: str, order: Order) -> Job:
        """Raises Conflict carrying `job_id` where one of the same kind is under way about the same subject."""
        ...

    async def get(self, tenant: str, job_id: str) -> Job:
        """Raises JobNotFound."""
        ...

    async def page(
        self,
        tenant: str,
        cursor: str,
        limit: int,
        *,
        state: JobState | None,
        kind: JobKind | None,
        subject: str | None = None,
    ) -> Page[Job]:
        """Newest first. Raises InvalidRequest for a cursor that is none of ours."""
        ...

    async def start(self, tenant: str, job_id: str) -> Job | None:
        """The job, running from here on; None where it was cancelled or has ended.

        It may be started twice: a worker that died said nothing.
        """
        ...

    async def report(self, tenant: str, job_id: str, progress: Progress) -> bool:
        """Say how far it is. False where it runs no more: it was cancelled."""
        ...

    async def finish(self, tenant: str, job_id: str, result: Mapping[str, object], progress: Progress) -> None:
        """It is done, if it still runs."""
        ...

    async def fail(self, tenant: str, job_id: str, failure: Failure, delay: float | None) -> None:
        """It failed, and is begun again in `delay` seconds; None: never."""
        ...

    async def cancel(self, tenant: str, job_id: str) -> Job:
        """Raises JobNotFound, and Conflict where it has ended."""
        ...

    async def retry(self, tenant: str, job_id: str) -> Job:
        """Begin a failed one again. Raises JobNotFound, Conflict."""
        ...

    async def delete(self, tenant: str, job_id: str) -> None:
        """Forget it, if it is there."""
        ...

    async def forget(self, days: int) -> None:
        """Drop what ended so long ago, of all tenants; but analyses, which are their callers' to delete."""
        ...


class ItemStore(Protocol):
    """What jobs do one by one: taken up, settled or given back, each exactly once.

    All but `page` take the job for granted; what a worker does for an item that is no longer in its hands is refused in
    silence: it was late.
    """

    async def enlist(self, tenant: str, job_id: str, entries: Sequence[Entry]) -> int:
        """Keep those that are new to the job and have workers do them; how many that are. No key twice."""
        ...

    async def resume(self, tenant: str, job_id: str) -> int:
        """Have workers do those that are still to be done, where the job is begun again; how many that are."""
        ...

    async def listed(self, tenant: str, job_id: str, total: int, skipped: int) -> None:
        """All items of the job are known. It is still to be finished."""
        ...

    async def claim(self, tenant: str, job_id: str, item_ids: Sequence[str]) -> list[ClaimedItem]:
        """Those that are still to be done, in the hands of the caller from here on."""
        ...

    async def enrol(self, ref: CollectionRef, job_id: str, item: ClaimedItem, given: Enrolment) -> bool:
        """Keep the face as FaceStore.keep does, and the item is done, all in one transaction. False: too late.

        Raises ModelMismatch.
        """
        ...

    async def fail(self, tenant: str, job_id: str, item: ClaimedItem, failure: Failure, delay: float | None) -> None:
        """It failed, and is tried again in `delay` seconds; None: a dead letter."""
        ...

    async def finish(self, tenant: str, job_id: str) -> bool:
        """End the job if nothing is left of it; whether it was ended by this call."""
        ...

    async def retry(self, tenant: str, job_id: str) -> int:
        """Try the dead letters of a job that is done again; how many that are."""
        ...

    async def page(self, tenant: str, job_id: str, cursor: str, limit: int, *, state: ItemState | None) -> Page[Item]:
        """In the order in which they were listed. Raises JobNotFound, InvalidRequest for a cursor of another list."""
        ...


class ReindexStore(Protocol):
    """Collections on their way to another model: both models' faces are kept, the old ones alone are searched."""

    async def enlist(self, ref: CollectionRef, job_id: str, model: Model) -> int:
        """Make an item of each face that has none by the model yet; how many are new. Their keys are the faces' ids."""
        ...

    async def original(self, ref: CollectionRef, face_id: str) -> Original | None:
        """The face that is to be embedded anew; None where it is gone."""
        ...

    async def put(
        self, ref: CollectionRef, job_id: str, item: ClaimedItem, face: KeepableFace | None, model: Model
    ) -> bool:
        """Keep the face beside the one that it is made after, unless that is gone; the item is done. False: late."""
        ...

    async def finish(self, ref: CollectionRef, job_id: str, model: Model, *, partial: bool) -> bool:
        """End the job if nothing is left of it, and search by the model from here on, all in one transaction.

        Where there are dead letters that is done only if `partial`: members keep what faces they have then. Faces that
        were enrolled since the listing are done first. The job's result says whether it was switched over.
        """
        ...


class GalleryStore(Protocol):
    """Galleries and their clients. All but `put`, `page` raise GalleryNotFound."""

    async def put(self, ref: GalleryRef, draft: GalleryDraft) -> Gallery:
        """Make it, or change it to what the draft says."""
        ...

    async def get(self, ref: GalleryRef) -> Gallery: ...

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Gallery]:
        """By id."""
        ...

    async def delete(self, ref: GalleryRef) -> None:
        """With its photos, what was found in them, and its clients."""
        ...

    async def begin(self, ref: GalleryRef, *, force: bool) -> Job:
        """A new run over its source, or the one that is under way unless `force`."""
        ...

    async def standing(self, ref: GalleryRef) -> Standing: ...

    async def put_client(self, ref: GalleryRef, draft: MemberDraft) -> Client: ...

    async def client(self, ref: GalleryRef, client_id: str) -> Client:
        """Raises ClientNotFound."""
        ...

    async def clients(self, ref: GalleryRef, cursor: str, limit: int) -> Page[Client]:
        """By id."""
        ...


class PhotoStore(Protocol):
    """The photos of galleries: taken up, settled or given back, each exactly once; and who is in them.

    A photo is in the hands of one job. What another did for it is refused in silence: that one was late.
    """

    async def enlist(
        self, ref: GalleryRef, job_id: str, objects: Sequence[StoredObject], basis: Basis, *, force: bool
    ) -> int:
        """Take up those that are new, changed or not done, and have workers match them; how many that are."""
        ...

    async def resume(self, ref: GalleryRef, job_id: str) -> None:
        """Have workers match what a job has taken up and nobody settled: its listing begins anew."""
        ...

    async def cached(self, ref: GalleryRef, objects: Sequence[StoredObject], basis: Basis) -> int:
        """How many of them `enlist` would leave alone."""
        ...

    async def listed(self, ref: GalleryRef, job_id: str, total: int, skipped: int) -> None:
        """All photos of the job are known; it is done where there are none."""
        ...

    async def claim(self, ref: GalleryRef, job_id: str, photo_ids: Sequence[str], basis: Basis) -> list[Claimed]:
        """Those that are still to be done, in the hands of the caller from here on."""
        ...

    async def settle(self, ref: GalleryRef, job_id: str, seen: Sequence[Seen], basis: Basis) -> int:
        """Keep their faces and who they are, and they are done, all in one transaction; how many came in time."""
        ...

    async def settle_kept(self, ref: GalleryRef, job_id: str, photo: Claimed, basis: Basis) -> bool:
        """The same for a photo whose faces are kept: only who they are is chosen anew."""
        ...

    async def fail(self, ref: GalleryRef, job_id: str, photo: Claimed, failure: Failure, delay: float | None) -> None:
        """It failed, and is tried again in `delay` seconds; None: a dead letter."""
        ...

    async def finish(self, ref: GalleryRef, job_id: str) -> bool:
        """End the job if nothing is left of it; whether it was ended by this call."""
        ...

    async def retry(self, ref: GalleryRef, photo_ids: Sequence[str] | None = None, of_job: str | None = None) -> int:
        """Try dead letters again: these, those of a job, or all; how many that are."""
        ...

    async def page(self, ref: GalleryRef, cursor: str, limit: int, *, state: PhotoState | None) -> Page[Photo]:
        """By key."""
        ...

    async def get(self, ref: GalleryRef, photo_id: str) -> tuple[Photo, Sequence[FoundFace]]:
        """With its faces, largest first. Raises PhotoNotFound."""
        ...

    async def delete(self, ref: GalleryRef, photo_id: str) -> None:
        """Raises PhotoNotFound."""
        ...

    async def of_client(
        self, ref: GalleryRef, client_id: str, cursor: str, limit: int, *, review: bool
    ) -> Page[ClientPhoto]:
        """The photos they are in, best first. review: also those for a person to look at. Raises ClientNotFound."""
        ...

    async def rematch(self, ref: GalleryRef, client_id: str, basis: Basis) -> int:
        """Search the client in all photos that are done already; nothing is fetched or embedded again."""
        ...

    async def drop_client(self, ref: GalleryRef, client_id: str, basis: Basis) -> None:
        """Forget them; who else their faces may be is chosen anew. Raises ClientNotFound."""
        ...

    async def reject(
        self, ref: GalleryRef, photo_id: str, face_id: str, client_id: str, *, basis: Basis, undo: bool
    ) -> None:
        """«Not this person», also when the photo is processed again. Raises PhotoNotFound, FaceNotFound."""
        ...

    async def forget_expired(self) -> None:
        """Drop what is no longer to be relied on, of all tenants."""
        ...


class UnknownStore(Protocol):
    """Faces of galleries that are nobody's yet, and the groups that were made of them.

    A group is what a caller saw: its faces stay the same while it is kept, less those that are somebody's by now.
    All raise GalleryNotFound.
    """

    async def state(self, ref: GalleryRef, model: Model) -> GroupingState: ...

    async def strangers(self, ref: GalleryRef, model: Model, least_quality: float) -> Strangers:
        """All of them. least_quality: from which a face may say who belongs together."""
        ...

    async def keep(self, ref: GalleryRef, grouping: Grouping) -> None:
        """These are the groups from now on; earlier ones can be asked for by their ids for a day."""
        ...

    async def page(self, ref: GalleryRef, model: Model, cursor: str, limit: int, *, dismissed: bool) -> Unknown:
        """Largest first: those that were dismissed, or all others."""
        ...

    async def faces(self, ref: GalleryRef, group_id: str, cursor: str, limit: int) -> Page[UnknownFace]:
        """Best first. Raises GroupNotFound."""
        ...

    async def best(self, gallery: Gallery, ref: GalleryRef, group_id: str, model: Model) -> Sequence[Known]:
        """Faces of the group that may be enrolled, best first. Raises GroupNotFound."""
        ...

    async def dismiss(self, ref: GalleryRef, group_id: str, *, undo: bool) -> None:
        """«Not of interest», also when the photos are processed again. Raises GroupNotFound."""
        ...

    async def shot(self, ref: GalleryRef, photo_id: str, face_id: str | None) -> Shot:
        """Where a photo, or a face of it, is to be found. Raises PhotoNotFound, FaceNotFound."""
        ...


class Thumbnails(Protocol):
    """Small JPEG pictures of photos: upright, without metadata, never enlarged. side: the longer, in pixels.

    Both raise ImageUnreadable, ImageTooLarge, Overloaded.
    """

    async def whole(self, photo: bytes, side: int) -> bytes: ...

    async def face(self, photo: bytes, box: Box, side: int) -> bytes:
        """A square around the face, with some of what is around it."""
        ...


class Worker(Protocol):
    """Does what is in the queue."""

    async def run(self) -> None:
        """Work until cancelled; then finish what is in hand. The database may come and go meanwhile."""
        ...


class Database(Protocol):
    """The database as the operator sees it."""

    async def ping(self) -> None:
        """Raises DatabaseUnavailable."""
        ...

    async def pending_migrations(self) -> Sequence[str]: ...

    async def counts(self) -> dict[str, int]:
        """How many collections, members, faces, galleries and photos there are, over all tenants."""
        ...

    async def queue_depth(self) -> int:
        """How many tasks wait for a worker, those that are to be tried again later among them."""
        ...

    async def estimates(self) -> dict[str, int]:
        """The same, at once however many there are: large figures are as old as Postgres's own statistics.

        Raises DatabaseUnavailable.
        """
        ...

    async def backlog(self, worker_seconds: float) -> Backlog:
        """What waits, of all tenants. worker_seconds: how old a worker's last sign of life may be.

        Raises DatabaseUnavailable.
        """
        ...

    def describe(self) -> str:
        """Which kind it is, without address or password."""
        ...


class Attempt(Protocol):
    """A request that is done once. kept: what was answered before; then nothing is to be done."""

    @property
    def kept(self) -> Answer | None: ...

    async def keep(self, answer: Answer) -> None:
        """Let stand what was done since the attempt began, and answer this again for a day.

        Where nothing was written nothing is kept: the request may as well be done again.
        """
        ...


class AnswerStore(Protocol):
    """What was answered to writes that may be sent again."""

    def once(self, once: OnceKey) -> AbstractAsyncContextManager[Attempt]:
        """An attempt, and one transaction for all that this task keeps for the tenant meanwhile.

        At the end it is undone unless `keep` was called. Raises IdempotencyInProgress where another attempt of the same
        key has not ended.
        """
        ...

    async def forget(self) -> None:
        """Drop what is a day old, of all tenants."""
        ...


class Buckets(Protocol):
    """What callers have left of their allowances, for all processes together."""

    async def take(self, meter: Meter, allowance: Allowance, wanted: int, *, least: int) -> Taken:
        """Take `wanted`, or what there is if that is `least` or more, or nothing."""
        ...

    async def forget_full(self) -> None:
        """Drop the buckets that have been full for long, of all tenants."""
        ...
