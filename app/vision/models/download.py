"""One file over HTTP: goes on where it stopped, and stops where it should."""

from collections.abc import Callable
from pathlib import Path

import httpx2

from app.vision.models.trouble import PullFailed

Progress = Callable[[str, int, int], None]
"""Told the file's name, the bytes that are here, and the bytes that there will be (0: not known)."""
ATTEMPTS = 5
TIMEOUT = httpx2.Timeout(30)


def quiet(name: str, done: int, total: int) -> None:
    """Tell nobody."""


def client() -> httpx2.Client:
    """Return an HTTP client as the operator has set up the machine: proxies of the environment included."""
    # A connection for each file: one that is kept may be hung up by its server just when the next file is asked for.
    once = httpx2.Limits(max_keepalive_connections=0)
    return httpx2.Client(follow_redirects=True, timeout=TIMEOUT, headers={"accept-encoding": "identity"}, limits=once)


def download(web: httpx2.Client, url: str, part: Path, most: int, progress: Progress = quiet) -> None:
    """Fetch `url` into `part`, going on after what is there already. A cut connection is taken up again.

    most: bytes at which to give up, 0: none. Raises PullFailed; `part` is then left for the next attempt.
    """
    for attempt in range(1, ATTEMPTS + 1):
        before = _size(part)
        try:
            return _stream(web, url, part, most, progress)
        except (httpx2.NetworkError, httpx2.TimeoutException, httpx2.RemoteProtocolError) as error:
            if attempt == ATTEMPTS or _size(part) <= before:
                msg = f"{url} was cut off ({error}). Run the command again: it goes on at {_size(part)} bytes."
                raise PullFailed(msg) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            msg = f"{url} cannot be fetched: {error}"
            raise PullFailed(msg) from error
    return None


def _stream(web: httpx2.Client, url: str, part: Path, most: int, progress: Progress) -> None:
    have = _size(part)
    with web.stream("GET", url, headers={"range": f"bytes={have}-"} if have else {}) as answer:
        if have and answer.status_code == httpx2.codes.RANGE_NOT_SATISFIABLE:
            return  # all of it is here; whether it is right is for the hash to say
        answer.raise_for_status()
        resumed = answer.status_code == httpx2.codes.PARTIAL_CONTENT
        done = have if resumed else 0
        total = done + int(answer.headers.get("content-length", 0)) if "content-length" in answer.headers else most
        with part.open("ab" if resumed else "wb") as file:
            for chunk in answer.iter_raw():
                done += file.write(chunk)
                if most and done > most:
                    part.unlink()
                    msg = f"{url} is longer than the {most} bytes that were published."
                    raise PullFailed(msg)
                progress(part.stem, done, total)


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
