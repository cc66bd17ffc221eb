"""A request that has been proved and read, and what its parts mean to us."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from app.api.rekognition import names
from app.api.rekognition.wire import AwsError, InvalidParameter
from app.domain.bars import QualityFilter
from app.domain.collections import CollectionRef
from app.domain.images import ImageRef, StorageKey, SupabasePath, Upload
from app.domain.members import wrong_with_id
from app.domain.users import Once
from app.services.rekognition import Rekognition


@dataclass(frozen=True, slots=True)
class Call:
    """given: the request's members. region: as the caller signed it."""

    use: Rekognition
    tenant: str
    region: str
    operation: str
    given: dict[str, Any]

    @property
    def ref(self) -> CollectionRef:
        return CollectionRef(self.tenant, self.given["CollectionId"])

    @property
    def arn(self) -> str:
        return f"arn:aws:rekognition:{self.region}:000000000000:collection/{self.given['CollectionId']}"

    @property
    def user_id(self) -> str:
        """The member that the user's id means. Raises AwsError where no member can be called so."""
        meant = names.member(self.given["UserId"])
        if wrong := wrong_with_id(meant):
            raise InvalidParameter(f"The user id cannot be used: {wrong}.")
        return meant

    @property
    def once(self) -> Once | None:
        """By the caller's token, and by what is asked beside it."""
        token = self.given.get("ClientRequestToken")
        rest = json.dumps({name: self.given[name] for name in sorted(self.given) if name != "ClientRequestToken"})
        return Once(self.operation, token, hashlib.sha256(rest.encode()).hexdigest()) if token else None

    @property
    def quality(self) -> QualityFilter:
        """Unless said, AUTO for what is kept and NONE for what is searched for."""
        usual = QualityFilter.AUTO if self.operation == "IndexFaces" else QualityFilter.NONE
        return QualityFilter(self.given.get("QualityFilter", usual))

    def image(self, name: str = "Image") -> ImageRef:
        """Which picture a member means. Raises AwsError unless it is one."""
        image = self.given[name]
        if ("Bytes" in image) == ("S3Object" in image):
            raise InvalidParameter
        return Upload(image["Bytes"]) if "Bytes" in image else self._stored(image["S3Object"])

    def _stored(self, place: dict[str, str]) -> ImageRef:
        if not (place.get("Bucket") and place.get("Name")):
            raise InvalidParameter
        if "Version" in place:
            raise AwsError("InvalidS3ObjectException", "Objects are read as they are now: Version is not supported.")
        path = f"{place['Bucket']}/{place['Name']}"
        return SupabasePath(path) if self.use.storage == "supabase" else StorageKey(f"{self.use.storage}://{path}")

    @property
    def version(self) -> str:
        """Of the loaded recogniser."""
        return version(self.use.index.recogniser.model.recogniser_sha256)


def version(recogniser_sha256: str) -> str:
    """A recogniser as AWS numbers its face models: digits and dots, another number for another file."""
    return f"0.{int(recogniser_sha256[:8], 16)}"
