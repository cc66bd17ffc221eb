"""Forget somebody for good, wherever they are, and say so in a signed receipt."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from app import __version__
from app.domain.erasure import Erasure, Pseudonym, Removed, Subject
from app.domain.errors import GalleryNotFound, MemberNotFound
from app.domain.galleries import Basis, GalleryRef
from app.person_ports import Copies, ErasureStore, Receipts
from app.ports import GalleryStore, Storage
from app.services.gallery_basis import BasisOf


@dataclass(frozen=True, slots=True)
class Erase:
    store: ErasureStore
    receipts: Receipts
    storage: Storage
    galleries: GalleryStore
    basis_of: BasisOf
    copies: Copies | None = None

    async def __call__(self, subject: Subject, request_id: str) -> Erasure:
        """Done a second time it does nothing, and says what the first receipt said.

        Raises MemberNotFound where nothing is held of them and nothing was, EncryptionKeyMissing, and what a storage
        or another service raises that has something of theirs and cannot be reached; then nothing is forgotten.
        """
        pseudonyms = self.receipts.pseudonyms(subject)

        async def settle(removed: Removed) -> tuple[Pseudonym, Erasure]:
            # Before the rows that name them: whoever dies in between finds the rows again, and does it again.
            for picture in removed.pictures:
                await self.storage.delete(picture.folder, picture.key)
            if removed.copies and self.copies:
                await self.copies.delete(subject.ref, removed.copies)
            return pseudonyms[0], self._erasure(subject, removed, request_id)

        erasure = await self.store.erase(subject, settle, await self._basis(subject))
        erasure = erasure or await self.store.erased(subject.ref, pseudonyms)
        if erasure is None:
            raise MemberNotFound
        return erasure

    def _erasure(self, subject: Subject, removed: Removed, request_id: str) -> Erasure:
        erasure_id, now = str(uuid4()), datetime.now(UTC).replace(microsecond=0)
        counts = {**removed.counts, **self._told_of(len(removed.copies))}
        claims = {
            "jti": erasure_id,
            "iat": int(now.timestamp()),
            "erased_at": now.isoformat(),
            "erased": counts,
            "version": __version__,
            "request_id": request_id,
        }
        return Erasure(erasure_id, now, counts, self.receipts.sign(subject, claims))

    def _told_of(self, copies: int) -> dict[str, int]:
        """Where AWS is not set any more, what it keeps is deleted once it is again; and nobody is told otherwise."""
        return {"aws_faces": copies, "aws_faces_left": 0} if self.copies else {"aws_faces": 0, "aws_faces_left": copies}

    async def _basis(self, subject: Subject) -> Basis | None:
        ref = GalleryRef.of_clients(subject.ref)
        try:
            return self.basis_of(await self.galleries.get(ref)) if ref else None
        except GalleryNotFound:
            return None
