"""Whether a large bucket is listed within bounded memory: `python -m bench.listing --keys 100000`.

A server of its own makes up the pages as S3 and Supabase Storage answer them. Of the process that lists them it is
told how much memory it held at most above what it held before, boto and all.
"""

import argparse
import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, quote_plus, urlsplit

from app.domain.storage import Folder, Scheme
from app.sources.resolve import SourceOptions, open_sources
from app.sources.s3 import Storage
from app.sources.supabase import Project

PAGE = 1000
MEGABYTE = 1_000_000
MOST_MEGABYTES = 150
ETAG = "0123456789abcdef0123456789abcdef"
KINDS = (Scheme.S3, Scheme.SUPABASE)


@dataclass(frozen=True, slots=True)
class Figures:
    """keys: how many were listed. megabytes: most that were held above the base."""

    keys: int
    megabytes: float
    seconds: float


def main() -> int:
    """Print the figures. 1 if a listing is not whole, or took too much memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keys", type=int, default=100_000)
    keys: int = parser.parse_args().keys
    worst = 0
    for kind in KINDS:
        figures = measure(kind, keys)
        good = figures.keys == keys and figures.megabytes < MOST_MEGABYTES
        worst = max(worst, 0 if good else 1)
        print(f"{kind:10}{figures.keys:9} keys {figures.seconds:7.1f} s {figures.megabytes:7.1f} MB above the base")
    return worst


def measure(kind: Scheme, keys: int) -> Figures:
    """List a bucket of so many keys, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with _serving(keys) as url, context.Pool(1) as pool:
        return pool.apply(_list, (kind, url))


def _list(kind: Scheme, url: str) -> Figures:
    return asyncio.run(_listed(kind, url))


async def _listed(kind: Scheme, url: str) -> Figures:
    options = SourceOptions(
        s3=Storage("s3", url, "us-east-1", "KEYOFTHEBENCH", "secretofthebench"), supabase=Project(url, "sb_secret_x")
    )
    async with open_sources(options) as sources:
        _forget()
        base, begin, keys = _memory("VmHWM"), time.perf_counter(), 0
        async for page in sources.buckets.list(Folder(kind, "photos")):
            keys += len(page)
        return Figures(keys, (_memory("VmHWM") - base) / MEGABYTE, time.perf_counter() - begin)


def _forget() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew: man 5 proc


def _memory(name: str) -> int:
    """Bytes, by a name of /proc/self/status."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) * 1024


@contextmanager
def _serving(keys: int) -> Iterator[str]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(keys, theirs), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(keys: int, told: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            self._answer(_xml(int(asked.get("continuation-token", ["0"])[0]), keys), "application/xml")

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self._answer(_json(asked, keys), "application/json")

        def _answer(self, body: str, kind: str) -> None:
            content = body.encode()
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()


def _key(number: int) -> str:
    return f"galleries/2026/{number // 5000:04}/Ana & João, the wedding/DSC_{number:08}.JPG"


def _xml(begin: int, keys: int) -> str:
    end = min(begin + PAGE, keys)
    token = f"<NextContinuationToken>{end}</NextContinuationToken>" if end < keys else ""
    entries = "".join(
        f"<Contents><Key>{quote_plus(_key(number), safe='/')}</Key>"
        "<LastModified>2026-11-20T12:00:00.000Z</LastModified>"
        f"<ETag>&quot;{ETAG}&quot;</ETag><Size>6291456</Size><StorageClass>STANDARD</StorageClass></Contents>"
        for number in range(begin, end)
    )
    return (
        "<?xml version='1.0'?><ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Name>photos</Name>"
        f"<EncodingType>url</EncodingType><IsTruncated>{str(end < keys).lower()}</IsTruncated>{token}{entries}"
        "</ListBucketResult>"
    )


def _json(asked: Mapping[str, str], keys: int) -> str:
    begin = int(asked.get("cursor", "0"))
    end = min(begin + PAGE, keys)
    metadata = {"eTag": f'"{ETAG}"', "size": 6_291_456, "mimetype": "image/jpeg", "cacheControl": "max-age=3600"}
    objects = [{"id": str(number), "name": _key(number), "metadata": metadata} for number in range(begin, end)]
    return json.dumps(
        {"hasNext": end < keys, "nextCursor": str(end) if end < keys else None, "folders": [], "objects": objects}
    )


if __name__ == "__main__":
    sys.exit(main())
