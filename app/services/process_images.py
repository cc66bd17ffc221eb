"""Look for people of a collection in several pictures, and keep who was found where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.blacklist import BLACKLIST
from app.domain.collections import CollectionRef, Kind
from app.domain.errors import CollectionNotFound, FaceReconError
from app.domain.faces import AlignedFace
from app.domain.images import ImageRef
from app.domain.matching import Decision, Policy
from app.domain.members import Candidate
from app.domain.processed import Found, Looked, ProcessedImage, Wish
from app.ports import CollectionStore, Recogniser
from app.services.batch import Given, each
from app.services.describe import told
from app.services.judge import Judge
from app.services.look import Look
from app.watch_ports import BlacklistStore, ProcessedStore

Near = Sequence[Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class _Search:
    """What holds for all pictures of a call. passed_over: members who are not to be found."""

    ref: CollectionRef
    policy: Policy
    wish: Wish
    passed_over: frozenset[str]


@dataclass(frozen=True, slots=True)
class ProcessImages:
    """max_faces: most faces of a picture that are searched, largest first."""

    look: Look
    recogniser: Recogniser
    judge: Judge
    collections: CollectionStore
    entries: BlacklistStore
    store: ProcessedStore
    max_faces: int

    async def __call__(
        self, ref: CollectionRef, images: Sequence[Given], wish: Wish
    ) -> list[ProcessedImage | FaceReconError]:
        """What came of each, in their order; a picture without a face is an answer too. Raises CollectionNotFound.

        Entries of a blacklist that are not in force are passed over. A blacklist that nobody has made yet is empty.
        """
        await self._require(ref)
        cut = await self.judge.among(ref, threshold=wish.threshold, target=None)
        search = _Search(ref, cut.policy, wish, await self.entries.out_of_force(ref))
        return await each(images, lambda image: self._process(image, search))

    async def _require(self, ref: CollectionRef) -> None:
        try:
            await self.collections.get(ref)
        except CollectionNotFound:
            if ref.name != BLACKLIST:
                raise
            await self.collections.put(ref, Kind.BLACKLIST)

    async def _process(self, image: ImageRef, search: _Search) -> ProcessedImage:
        picture, origin = await self.look(
            image, lambda faces: faces[: self.max_faces], attributes=search.wish.attributes
        )
        faces = picture.faces[: self.max_faces]
        looked = Looked(
            digest=origin.digest,
            source=origin.source,
            width=picture.width,
            height=picture.height,
            faces_detected=len(picture.faces),
            threshold=search.policy.threshold,
            model=self.recogniser.model.name,
            faces=[told(face) for face in faces],
            found=sorted(_found(await self._near(faces, search), search), key=lambda found: -found.similarity),
        )
        return await self.store.keep(search.ref, looked)

    async def _near(self, faces: Sequence[AlignedFace], search: _Search) -> Near:
        if not faces:
            return []
        # So many more as may be passed over, so that these take nobody's place.
        return await self.recogniser.search(search.ref, faces, search.wish.top_k + len(search.passed_over))


def _found(near: Near, search: _Search) -> Iterator[Found]:
    for number, candidates in enumerate(near):
        meant = [one for one in candidates if one.member_id not in search.passed_over]
        for one in meant[: search.wish.top_k]:
            decision = search.policy.decide(one.similarity)
            if decision is not Decision.NO_MATCH:
                yield Found(number, one.member_id, one.face_id, one.similarity, decision, one.name)
