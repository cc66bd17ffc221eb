"""What may stand in the requests about galleries."""

from typing import Annotated

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from app.api.fields import Body, ConsentFields, FaceFields, Identifier, MetadataIn, Name, Source, Threshold
from app.domain.errors import ImageAmbiguous
from app.domain.galleries import MOST_FACES, GalleryDraft
from app.domain.images import ImageRef, StorageKey, SupabasePath
from app.domain.storage import Folder, Scheme

GalleryId = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=r"^[a-zA-Z0-9_.\-]+$", description="Your own id of the gallery."),
]
ClientId = Annotated[Identifier, Field(description="Your own id of the client.", examples=["42"])]


class GalleryPut(Body):
    source: Source
    name: Name = ""
    threshold: Threshold | SkipJsonSchema[None] = None
    max_faces: int = Field(MOST_FACES, ge=1, le=MOST_FACES, description="Most faces of a photo that are searched.")
    webhook_url: str = Field(
        "", max_length=2048, pattern=r"^(https?://\S+)?$", description="Told of everything that happens in the gallery."
    )

    def draft(self) -> GalleryDraft:
        return GalleryDraft(Folder.parse(self.source), self.name, self.threshold, self.max_faces, self.webhook_url)


class ClientPut(Body):
    name: Name | SkipJsonSchema[None] = None
    metadata: MetadataIn | SkipJsonSchema[None] = None


class EnrollClientIn(FaceFields, ConsentFields):
    reference_key: str = Field("", max_length=1024, description="A photo of the gallery's own source, by its key.")
    name: Name | SkipJsonSchema[None] = None
    replace: bool = Field(default=False, description="Drop the client's other faces.")

    @property
    def refers(self) -> bool:
        return bool(self.reference_key) or super().refers

    def image_in(self, source: Folder) -> ImageRef:
        """The image that is meant. Raises ImageMissing, ImageAmbiguous."""
        if not self.reference_key:
            return self.ref()
        if any(value for value, _ in self._ways()):
            msg = "Send one image, in one way only: reference_key or another."
            raise ImageAmbiguous(msg)
        return reference(source, self.reference_key)


class ProcessIn(Body):
    force: bool = Field(default=False, description="Process photos that are done, too.")
    dry_run: bool = Field(default=False, description="Only say what there is to do.")


class RetryIn(Body):
    photo_ids: list[str] | SkipJsonSchema[None] = Field(None, max_length=1000, description="Unset: all of them.")


class RejectIn(Body):
    client_id: ClientId


class NameGroupIn(Body):
    client_id: ClientId
    name: Name | SkipJsonSchema[None] = None


def reference(source: Folder, key: str) -> ImageRef:
    """An object of a gallery's source, by its whole key or by what comes after the prefix."""
    uri = source.at(key if key.startswith(source.prefix) else source.prefix + key)
    return SupabasePath(uri) if source.scheme is Scheme.SUPABASE else StorageKey(uri)
