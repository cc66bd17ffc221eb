"""A source that takes a picture's bytes from the reference itself."""

from app.domain.errors import SourceNotFound
from app.domain.images import Base64, FetchedImage, ImageRef, LocalPath, StorageKey, SupabasePath, Upload, Url


class FakeSource:
    """An upload is its bytes, any other reference its last path segment: `https://x/ann` is b"ann"."""

    async def read(self, ref: ImageRef) -> FetchedImage:
        match ref:
            case Upload(content):
                return FetchedImage(content, "upload")
            case Base64(text):
                return FetchedImage(text.encode(), "base64")
            case Url(text) | SupabasePath(text) | StorageKey(text) | LocalPath(text):
                return self._named(text)

    def _named(self, text: str) -> FetchedImage:
        name = text.rsplit("/", 1)[-1]
        if name == "missing":
            raise SourceNotFound
        return FetchedImage(name.encode(), text)
