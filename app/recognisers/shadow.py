"""Ask a second recogniser the same, for comparison alone: who asks is answered by the first, and never waits for it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import structlog

from app.domain.backends import ShadowState
from app.domain.collections import CollectionRef, FaceBackend, Model
from app.domain.errors import FaceReconError
from app.domain.faces import AlignedFace, EmbeddedFace, KeepableFace, Likeness, Picture
from app.domain.matching import in_place, the_one
from app.domain.members import Candidate, MemberDraft, Origin
from app.ports import Recogniser, TwinStore, Wanted
from app.recognisers.local import LocalRecogniser
from app.recognisers.rekognition.recogniser import RekognitionRecogniser
from app.telemetry import SHADOW_ANSWERS

Question = Literal["enrol", "identify", "verify", "compare"]

MOST_WAITING = 100
"""Comparisons under way at once; those that come then are dropped."""
CANDIDATES = 10
"""Members among whom one is looked for who is to be verified."""

log = structlog.get_logger()


class Twins(Protocol):
    """The second one, and its search of the twins that it keeps beside the first one's faces."""

    @property
    def recogniser(self) -> Recogniser: ...

    async def search(self, ref: CollectionRef, face: AlignedFace, limit: int) -> list[Candidate]: ...


@dataclass(frozen=True, slots=True)
class LocalTwins:
    recogniser: LocalRecogniser
    store: TwinStore

    async def search(self, ref: CollectionRef, face: AlignedFace, limit: int) -> list[Candidate]:
        [embedded] = await self.recogniser.embed([face])
        [found] = await self.store.nearest(ref, [embedded.embedding], self.recogniser.model, limit)
        return found


@dataclass(frozen=True, slots=True)
class RemoteTwins:
    recogniser: RekognitionRecogniser

    async def search(self, ref: CollectionRef, face: AlignedFace, limit: int) -> list[Candidate]:
        return await self.recogniser.candidates(ref, face, limit)


@dataclass(frozen=True, slots=True, eq=False)
class ShadowedFace(AlignedFace):
    """A face as the first one saw it, and the whole picture for the second one to look at."""

    own: AlignedFace
    image: bytes = field(repr=False)


class ShadowRecogniser:
    """See app.ports.Recogniser. threshold: cosine from which an answer counts as «the same person».

    What the second one keeps are twins of the first one's faces, which go with them.
    """

    def __init__(
        self, first: Recogniser, second: Twins, backend: FaceBackend, store: TwinStore, threshold: float
    ) -> None:
        self.answers: defaultdict[Question, Counter[str]] = defaultdict(Counter)
        self._first = first
        self._second = second
        self._backend = backend
        self._store = store
        self._threshold = threshold
        self._under_way: set[asyncio.Task[None]] = set()

    @property
    def model(self) -> Model:
        return self._first.model

    def state(self) -> ShadowState:
        return ShadowState(self._backend, {question: dict(said) for question, said in self.answers.items()})

    async def probe(self) -> None:
        await self._first.probe()

    async def see(self, image: bytes, wanted: Wanted | None = None, *, attributes: bool = False) -> Picture:
        seen = await self._first.see(image, wanted, attributes=attributes)
        return replace(seen, faces=tuple(_shadowed(face, image) for face in seen.faces))

    async def keep(
        self, ref: CollectionRef, member: MemberDraft, face: AlignedFace, origin: Origin, *, replace: bool
    ) -> str:
        face_id = await self._first.keep(ref, member, _own(face), origin, replace=replace)

        async def keep_twin() -> bool:
            twin = the_one(await self._second.recogniser.ready(ref, [await self._seen(face)]))
            await self._store.keep(ref, member.member_id, face_id, twin, self._second.recogniser.model)
            return True

        await self._compare("enrol", keep_twin)  # waited for: the next question may be about this face
        return face_id

    async def embed(self, faces: Sequence[AlignedFace]) -> list[EmbeddedFace]:
        return await self._first.embed([_own(face) for face in faces])

    async def ready(self, ref: CollectionRef, faces: Sequence[AlignedFace]) -> list[KeepableFace]:
        return await self._first.ready(ref, [_own(face) for face in faces])

    async def search(self, ref: CollectionRef, faces: Sequence[AlignedFace], limit: int) -> list[list[Candidate]]:
        answers = await self._first.search(ref, [_own(face) for face in faces], limit)
        for face, said in zip(faces, answers, strict=True):
            self._ask_later("identify", self._search(ref, face, self._named(said)))
        return answers

    async def verify(self, ref: CollectionRef, member_id: str, face: AlignedFace) -> Likeness:
        said = await self._first.verify(ref, member_id, _own(face))
        self._ask_later("verify", self._verify(ref, member_id, face, said=said.similarity >= self._threshold))
        return said

    async def compare(self, a: AlignedFace, b: AlignedFace) -> Likeness:
        said = await self._first.compare(_own(a), _own(b))

        async def agree() -> bool:
            other = await self._second.recogniser.compare(await self._seen(a), await self._seen(b))
            return (other.similarity >= self._threshold) == (said.similarity >= self._threshold)

        self._ask_later("compare", agree)
        return said

    async def size(self, ref: CollectionRef) -> int:
        return await self._first.size(ref)

    async def settled(self) -> None:
        """Wait until all comparisons that are under way have ended."""
        await asyncio.gather(*self._under_way)

    async def close(self) -> None:
        """Drop the comparisons that are under way."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    def _search(self, ref: CollectionRef, face: AlignedFace, said: str) -> Callable[[], Awaitable[bool]]:
        async def agree() -> bool:
            return self._named(await self._second.search(ref, await self._seen(face), 1)) == said

        return agree

    def _verify(
        self, ref: CollectionRef, member_id: str, face: AlignedFace, *, said: bool
    ) -> Callable[[], Awaitable[bool]]:
        async def agree() -> bool:
            found = await self._second.search(ref, await self._seen(face), CANDIDATES)
            return any(one.member_id == member_id and one.similarity >= self._threshold for one in found) == said

        return agree

    def _named(self, found: Sequence[Candidate]) -> str:
        """Who it is, "" where nobody is alike enough."""
        return found[0].member_id if found and found[0].similarity >= self._threshold else ""

    async def _seen(self, face: AlignedFace) -> AlignedFace:
        """The face as the second one sees it."""
        assert isinstance(face, ShadowedFace)
        picture = await self._second.recogniser.see(face.image)
        return in_place(picture.faces, face.found.box)

    def _ask_later(self, question: Question, ask: Callable[[], Awaitable[bool]]) -> None:
        if len(self._under_way) >= MOST_WAITING:
            self._count(question, "dropped")
            return
        task = asyncio.create_task(self._compare(question, ask))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _compare(self, question: Question, ask: Callable[[], Awaitable[bool]]) -> None:
        try:
            self._count(question, "agree" if await ask() else "differ")
        except FaceReconError as error:
            log.warning("the shadow did not answer", question=question, code=error.slug)
            self._count(question, "failed")

    def _count(self, question: Question, outcome: str) -> None:
        self.answers[question][outcome] += 1
        SHADOW_ANSWERS.labels(question, outcome).inc()


def _own(face: AlignedFace) -> AlignedFace:
    return face.own if isinstance(face, ShadowedFace) else face


def _shadowed(face: AlignedFace, image: bytes) -> ShadowedFace:
    return ShadowedFace(
        face.found, face.crop, face.quality, face.pose, face, image, liveness=face.liveness, attributes=face.attributes
    )
