"""What the rights of the people who are kept need of the world. Protocols only: no code runs here."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from app.domain.collections import CollectionRef
from app.domain.erasure import Erasure, Json, Pseudonym, Settle, Subject
from app.domain.galleries import Basis


class ExportStore(Protocol):
    """All that is held of somebody, wherever it is."""

    async def everything(self, subject: Subject) -> Mapping[str, Sequence[Json]]:
        """By what it is; of pictures that show others too only the subject's part. Raises MemberNotFound."""
        ...


class ErasureStore(Protocol):
    """The same, forgotten."""

    async def erase(self, subject: Subject, settle: Settle, basis: Basis | None) -> Erasure | None:
        """Forget it all, in one transaction that ends with what `settle` made; None where nothing was held.

        basis: of the gallery whose client it is: who else is in their photos is chosen anew. What `settle` raises
        passes, and nothing is forgotten then.
        """
        ...

    async def erased(self, ref: CollectionRef, pseudonyms: Sequence[Pseudonym]) -> Erasure | None:
        """The last erasure of whoever was kept by one of these; None where there was none."""
        ...


class Copies(Protocol):
    """What another service keeps of our faces."""

    async def delete(self, ref: CollectionRef, remote_ids: Sequence[str]) -> None:
        """Have them gone; done already where they are. Raises RekognitionUnavailable, RekognitionDenied."""
        ...


class Receipts(Protocol):
    """Signed statements of what was erased."""

    def pseudonyms(self, subject: Subject) -> Sequence[Pseudonym]:
        """Of the subject by every key there is, the one in use first. Raises EncryptionKeyMissing."""
        ...

    def sign(self, subject: Subject, claims: Json) -> str:
        """The claims and who they are about, that only by pseudonyms. Raises EncryptionKeyMissing."""
        ...

    def public_keys(self) -> Sequence[Json]:
        """The public keys that receipts are checked with (RFC 7517)."""
        ...

    def read(self, receipt: str, keys: Sequence[Json] | None = None) -> Json:
        """The claims. keys: by which it may be signed, None for our own. Raises ReceiptInvalid."""
        ...
