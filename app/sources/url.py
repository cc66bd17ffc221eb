"""A picture at an address that the caller gives; share links of Google Drive are understood."""

import re

from app.domain.errors import SourceNotAnImage
from app.domain.images import FetchedImage, Url
from app.sources.fetch import Fetcher
from app.sources.target import without_secrets

_DRIVE = re.compile(
    r"^https?://(?:drive|docs)\.google\.com/"
    r"(?:a/[^/]+/)?(?:file/(?:u/\d+/)?d/([\w-]{10,})|(?:open|uc)\?(?:[^#]*&)?id=([\w-]{10,}))",
    re.IGNORECASE,
)
_DOWNLOAD = "https://drive.usercontent.google.com/download?id={}&export=download&confirm=t"


def drive_id(url: str) -> str:
    """Return the file's id in a share link of Google Drive, "" where it is none."""
    found = _DRIVE.match(url.strip())
    return (found[1] or found[2]) if found else ""


class UrlSource:
    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    async def read(self, ref: Url) -> FetchedImage:
        """Fetch it. Raises what Fetcher.read raises."""
        if file := drive_id(ref.url):
            return FetchedImage(await self._from_drive(file), f"https://drive.google.com/file/d/{file}")
        return FetchedImage(await self._fetcher.read(ref.url), without_secrets(ref.url))

    async def _from_drive(self, file: str) -> bytes:
        try:
            return await self._fetcher.read(_DOWNLOAD.format(file))
        except SourceNotAnImage as error:
            msg = (
                "Google Drive answered with a page: the file is not shared with anyone with the link, or is no picture."
            )
            raise SourceNotAnImage(msg) from error
