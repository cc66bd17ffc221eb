"""A picture that came in the request itself."""

from app.domain.errors import ImageTooLarge
from app.domain.images import FetchedImage, Upload


class UploadSource:
    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes

    async def read(self, ref: Upload) -> FetchedImage:
        """Hand it on. Raises ImageTooLarge."""
        if len(ref.content) > self._max_bytes:
            msg = f"The picture is larger than the {self._max_bytes} bytes that are read."
            raise ImageTooLarge(msg, max_bytes=self._max_bytes)
        return FetchedImage(ref.content, "upload")
