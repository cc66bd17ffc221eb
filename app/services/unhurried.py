"""Look at a picture whenever the engine has room: callers who wait for an answer come first."""

import asyncio

from app.domain.errors import Overloaded
from app.domain.faces import Picture
from app.ports import Recogniser, Wanted

ROOM_SECONDS = 0.5
"""Between two attempts to have room."""


async def see(
    recogniser: Recogniser, content: bytes, wanted: Wanted | None = None, *, attributes: bool = False
) -> Picture:
    """See Recogniser.see; but never Overloaded."""
    while True:
        try:
            return await recogniser.see(content, wanted, attributes=attributes)
        except Overloaded:
            await asyncio.sleep(ROOM_SECONDS)
