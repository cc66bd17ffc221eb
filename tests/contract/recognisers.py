"""Both kinds of recogniser that the contract is held against, and pictures that each can tell apart."""

from dataclasses import dataclass
from pathlib import Path

from app.domain.collections import CollectionRef
from app.domain.faces import AlignedFace
from app.domain.members import MemberDraft, Origin
from app.ports import Recogniser
from tests.conftest import Lfw
from tests.fakes.recogniser import FakeRecogniser

MEMBERS = CollectionRef("default", "contract")


@dataclass(frozen=True)
class World:
    """A recogniser, and pictures."""

    recogniser: Recogniser
    ann: bytes
    ann_again: bytes
    bob: bytes
    both: bytes
    nobody: bytes
    no_picture: bytes

    async def face(self, image: bytes) -> AlignedFace:
        return (await self.recogniser.see(image)).faces[0]

    async def enrol(self, member: MemberDraft, image: bytes, *, replace: bool = False) -> str:
        picture = await self.recogniser.see(image)
        origin = Origin(picture.digest, "upload")
        return await self.recogniser.keep(MEMBERS, member, picture.faces[0], origin, replace=replace)

    async def likeness(self, member_id: str, image: bytes) -> float:
        """To the member's best face."""
        return (await self.recogniser.verify(MEMBERS, member_id, await self.face(image))).similarity


def fake_world() -> World:
    return World(FakeRecogniser(), b"ann", b"ann", b"bob", b"ann bob", b".", b"?")


def real_world(recogniser: Recogniser, lfw: Lfw, images: Path) -> World:
    return World(
        recogniser,
        lfw.photo("Venus_Williams", 1),
        lfw.photo("Venus_Williams", 2),
        lfw.photo("Pete_Sampras", 1),
        (images / "groups/friends_6faces.jpg").read_bytes(),
        (images / "hard/pug.heic").read_bytes(),
        b"no picture",
    )
