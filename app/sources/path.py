"""A picture in a folder of this machine that the operator has opened to callers."""

from pathlib import Path

from app.domain.errors import SourceNotConfigured
from app.domain.images import FetchedImage, LocalPath
from app.sources.buckets.local import LocalBuckets
from app.sources.key import object_name

FOLDER = "folder"


class PathSource:
    """root: the folder, None where none is open. Nothing beside it is read, by whatever name or link."""

    def __init__(self, root: Path | None, max_bytes: int) -> None:
        self._root = root
        self._files = LocalBuckets({FOLDER: root} if root else {}, max_bytes)

    async def read(self, ref: LocalPath) -> FetchedImage:
        """Read it. Raises SourceNotConfigured, SourceForbidden, SourceNotFound, SourceDenied, ImageTooLarge."""
        if self._root is None:
            msg = "No folder is open to callers: PROCESS_IMAGES_ROOT is not set."
            raise SourceNotConfigured(msg)
        name = object_name(FOLDER, ref.path.removeprefix(f"{self._root}/"))
        content = await self._files.read(name)
        return FetchedImage(content.content, f"file://{name.key}")
