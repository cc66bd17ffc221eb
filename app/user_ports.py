"""What the protocol of AWS Rekognition needs of the world. Protocols only: no code runs here."""

from collections.abc import Sequence
from typing import Protocol

from app.domain.access_keys import AccessKey, Signer
from app.domain.collections import CollectionRef, Model
from app.domain.faces import EmbeddedFace, Embedding
from app.domain.members import Page
from app.domain.users import Changed, FaceHit, Indexed, KnownFace, Once, Shown, User, UserHit


class FaceBook(Protocol):
    """The faces of collections, one by one. Galleries are no collections here: their faces belong to their photos.

    All that take a collection raise CollectionNotFound. Ids of faces that are no UUIDs are those of no face.
    """

    async def collections(self, tenant: str, after: str, limit: int) -> Page[Indexed]:
        """By name, those behind `after`. next_cursor is the last name."""
        ...

    async def collection(self, ref: CollectionRef) -> Indexed: ...

    async def create(self, ref: CollectionRef) -> None:
        """Raises Conflict where there is one of that name, be it a gallery's."""
        ...

    async def delete_collection(self, ref: CollectionRef) -> None: ...

    async def index(
        self, ref: CollectionRef, shown: Shown, faces: Sequence[EmbeddedFace], model: Model
    ) -> list[KnownFace]:
        """Keep faces of one picture, each once however often it comes. Raises ModelMismatch."""
        ...

    async def page(
        self, ref: CollectionRef, after: str, limit: int, *, user_id: str = "", face_ids: Sequence[str] = ()
    ) -> Page[KnownFace]:
        """By id, those behind `after`: of a user, or among those named, where it is said. next_cursor is the last id.

        Raises MemberNotFound.
        """
        ...

    async def delete(self, ref: CollectionRef, face_ids: Sequence[str]) -> Changed:
        """Those that are no user's."""
        ...

    async def embedding(self, ref: CollectionRef, face_id: str, model: Model) -> Embedding:
        """Raises FaceNotFound, ModelMismatch."""
        ...


class NearFaces(Protocol):
    """Searches for faces and users one by one, through an index where a collection has one."""

    async def faces(self, ref: CollectionRef, probe: Embedding, model: Model, limit: int) -> list[FaceHit]:
        """The nearest faces, best first. Raises CollectionNotFound, ModelMismatch."""
        ...

    async def users(self, ref: CollectionRef, probe: Embedding, model: Model, limit: int) -> list[UserHit]:
        """The users whose faces' mean is nearest, best first. Raises CollectionNotFound, ModelMismatch."""
        ...


class UserStore(Protocol):
    """Users and whose faces they are. All raise CollectionNotFound; all but `create` and `page` MemberNotFound.

    once: so that the same request again does nothing and is answered the same. Raises TokenReused.
    """

    async def create(self, ref: CollectionRef, user_id: str, once: Once | None) -> None:
        """Raises Conflict where the user is there."""
        ...

    async def delete(self, ref: CollectionRef, user_id: str, once: Once | None) -> None:
        """The faces stay, nobody's."""
        ...

    async def page(self, ref: CollectionRef, after: str, limit: int) -> Page[User]:
        """By id, those behind `after`. next_cursor is the last id."""
        ...

    async def associate(
        self, ref: CollectionRef, user_id: str, face_ids: Sequence[str], least: float, once: Once | None
    ) -> Changed:
        """Make faces the user's. least: see domain.users.associable. Raises QuotaExceeded where the user is full."""
        ...

    async def dissociate(
        self, ref: CollectionRef, user_id: str, face_ids: Sequence[str], once: Once | None
    ) -> Changed: ...

    async def mean(self, ref: CollectionRef, user_id: str, model: Model) -> Embedding | None:
        """What a user is compared by; None where no face is associated. Raises ModelMismatch."""
        ...

    async def forget_tokens(self, hours: int) -> None:
        """Drop those that came so long ago, of all tenants."""
        ...


class AccessKeyStore(Protocol):
    async def create(self, tenant: str, name: str) -> tuple[AccessKey, str]:
        """With its secret, which nobody is told again."""
        ...

    async def page(self, tenant: str, cursor: str, limit: int) -> Page[AccessKey]: ...

    async def delete(self, tenant: str, access_key_id: str) -> None:
        """Raises AccessKeyNotFound."""
        ...

    async def signer(self, access_key_id: str) -> Signer:
        """Of whichever tenant. Raises AccessKeyNotFound."""
        ...
