"""What the services need of the world. Protocols only: no code runs here."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.calibration import Curve
from app.domain.collections import Collection, CollectionRef, Kind, Model
from app.domain.faces import AlignedFace, EmbeddedFace, Embedding, Picture
from app.domain.images import FetchedImage, ImageRef
from app.domain.members import Candidate, Member, MemberDraft, Origin, Page, StoredFace
from app.domain.search import SearchState


class ImageSource(Protocol):
    """Somewhere pictures come from."""

    async def read(self, ref: ImageRef) -> FetchedImage:
        """Fetch the bytes, within the caps. Raises SourceRefused, SourceUnavailable, ImageTooLarge, InvalidBase64."""
        ...


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

    async def see(self, image: bytes) -> Picture:
        """Find the faces. Raises ImageUnreadable, ImageTooLarge."""
        ...

    async def keep(
        self, ref: CollectionRef, member: MemberDraft, face: AlignedFace, origin: Origin, *, replace: bool
    ) -> str:
        """Enrol the face under the member, whom and whose collection it makes if need be; return its face_id.

        The same picture for the same member is kept once. With `replace` the member's other faces are dropped, in the
        same transaction. Raises ModelMismatch.
        """
        ...

    async def search(self, ref: CollectionRef, faces: Sequence[AlignedFace], limit: int) -> list[list[Candidate]]:
        """For each face the `limit` most similar members, best first. Raises ModelMismatch."""
        ...

    async def verify(self, ref: CollectionRef, member_id: str, face: AlignedFace) -> float:
        """Similarity to the member's best face. Raises MemberNotFound (also where no face is kept), ModelMismatch."""
        ...

    async def compare(self, a: AlignedFace, b: AlignedFace) -> float:
        """Cosine similarity, −1…1."""
        ...

    async def size(self, ref: CollectionRef) -> int:
        """How many faces a search looks at; 0 also where there is no such collection."""
        ...


class FaceStore(Protocol):
    """Embeddings, kept and searched. Of one tenant's collection at a time."""

    async def keep(
        self,
        ref: CollectionRef,
        member: MemberDraft,
        face: EmbeddedFace,
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

    async def delete_face(self, ref: CollectionRef, face_id: str) -> None:
        """Raises FaceNotFound, also for an id that is no UUID."""
        ...


class CollectionStore(Protocol):
    async def page(self, tenant: str, cursor: str, limit: int) -> Page[Collection]: ...

    async def get(self, ref: CollectionRef) -> Collection:
        """Raises CollectionNotFound."""
        ...

    async def put(self, ref: CollectionRef, kind: Kind) -> Collection:
        """Make it, or leave it as it is. Raises Conflict where it exists with another kind."""
        ...

    async def delete(self, ref: CollectionRef) -> None:
        """Delete it with its members and faces. Raises CollectionNotFound."""
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


class Database(Protocol):
    """The database as the operator sees it."""

    async def ping(self) -> None:
        """Raises DatabaseUnavailable."""
        ...

    async def pending_migrations(self) -> Sequence[str]: ...

    async def counts(self) -> dict[str, int]:
        """How many collections, members and faces there are, over all tenants."""
        ...

    def describe(self) -> str:
        """Which kind it is, without address or password."""
        ...
