"""Collections and faces as AWS keeps them: made, indexed, searched, deleted. Ids and percentages, no members."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple
from uuid import uuid4

from app.domain.collections import CollectionRef
from app.domain.errors import RekognitionDrifted, UnusableFace
from app.recognisers.rekognition.amazon import Amazon, Answer
from app.recognisers.rekognition.names import fresh_name
from app.store.remote import PgRemoteStore

MOST = 4096
"""Faces in an answer, and ids in a deletion: AWS's own limits."""
GRACE_SECONDS = 3600
"""A face that was indexed and that nobody keeps is deleted after this long."""


class Near(NamedTuple):
    """A face that AWS keeps and how alike it is to the one that was asked about, in percent."""

    remote_id: str
    percent: float


@dataclass(frozen=True, slots=True)
class Remote:
    """prefix: of the names of all that is made here."""

    amazon: Amazon
    store: PgRemoteStore
    prefix: str

    async def index(self, ref: CollectionRef, picture: bytes) -> str:
        """Have AWS keep the face of a picture of one; return its id. Unless that is kept here within the hour, it goes.

        Makes the collection if need be. Raises RekognitionDrifted where it is gone with faces that are kept here,
        UnusableFace.
        """
        name = await self.store.name(ref) or await self._make(ref)
        try:
            answer = await self._index(name, picture)
        except RekognitionDrifted:
            answer = await self._index(await self._make_anew(ref, name), picture)
        records = answer.get("FaceRecords", [])
        if not records:
            raise UnusableFace(_why(answer))
        remote_id: str = records[0]["Face"]["FaceId"]
        await self.store.doom(ref, [remote_id], GRACE_SECONDS)
        return remote_id

    async def near(self, ref: CollectionRef, picture: bytes, most: int) -> list[Near]:
        """The faces most like that of a picture of one, best first. Raises UnusableFace, RekognitionDrifted."""
        answer = await self.amazon(
            "search_faces_by_image",
            {
                "CollectionId": await self._known(ref),
                "Image": {"Bytes": picture},
                "MaxFaces": most,
                "FaceMatchThreshold": 0,
                "QualityFilter": "NONE",
            },
        )
        return _near(answer)

    async def like(self, ref: CollectionRef, remote_id: str, least: float) -> list[Near]:
        """The faces of the collection most like one of it, from `least` percent up."""
        answer = await self.amazon(
            "search_faces",
            {
                "CollectionId": await self._known(ref),
                "FaceId": remote_id,
                "MaxFaces": MOST,
                "FaceMatchThreshold": least,
            },
        )
        return _near(answer)

    async def delete(self, ref: CollectionRef, remote_ids: Sequence[str]) -> None:
        """Have them gone; done already where they, or their collection, are."""
        name = await self.store.name(ref)
        if name is None:
            return
        with suppress(RekognitionDrifted):
            for begin in range(0, len(remote_ids), MOST):
                some = list(remote_ids[begin : begin + MOST])
                await self.amazon("delete_faces", {"CollectionId": name, "FaceIds": some})

    async def drop(self, ref: CollectionRef, name: str) -> None:
        """Have a collection gone."""
        with suppress(RekognitionDrifted):
            await self.amazon("delete_collection", {"CollectionId": name})
        await self.store.unmade(ref, name)

    async def replace(self, ref: CollectionRef, name: str) -> str:
        """Make a collection in the place of one that AWS has no longer."""
        await self.store.unmade(ref, name)
        return await self._make(ref)

    async def _known(self, ref: CollectionRef) -> str:
        """What AWS calls a collection that was made there. Raises RekognitionDrifted."""
        name = await self.store.name(ref)
        if name is None:
            raise RekognitionDrifted
        return name

    async def _make(self, ref: CollectionRef) -> str:
        fresh = fresh_name(self.prefix, ref)
        answer = await self.amazon("create_collection", {"CollectionId": fresh})
        name = await self.store.made(ref, fresh, str(answer.get("FaceModelVersion", "")))
        if name != fresh:  # another was faster
            await self.amazon("delete_collection", {"CollectionId": fresh})
        return name

    async def _make_anew(self, ref: CollectionRef, name: str) -> str:
        """Where AWS has it no longer; but not in silence where faces went with it."""
        if await self.store.holds_any(ref):
            raise RekognitionDrifted
        return await self.replace(ref, name)

    async def _index(self, name: str, picture: bytes) -> Answer:
        # AWS keeps the same picture under the same external id once; here every face is one of its own.
        return await self.amazon(
            "index_faces",
            {
                "CollectionId": name,
                "Image": {"Bytes": picture},
                "ExternalImageId": str(uuid4()),
                "MaxFaces": 1,
                "QualityFilter": "NONE",
                "DetectionAttributes": ["DEFAULT"],
            },
        )


def _near(answer: Answer) -> list[Near]:
    return [Near(match["Face"]["FaceId"], float(match["Similarity"])) for match in answer.get("FaceMatches", [])]


def _why(answer: Answer) -> str:
    reasons = sorted({str(reason) for face in answer.get("UnindexedFaces", []) for reason in face.get("Reasons", [])})
    return f"AWS Rekognition does not index the face: {', '.join(reasons) or 'it finds none'}."
