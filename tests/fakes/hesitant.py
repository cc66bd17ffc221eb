"""A proxy that lets AWS's requests through, but for those that it answers itself: too much to do, keys that ran out."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit


@dataclass
class Hesitant:
    """url: where it is. refusals: codes with which the next requests are answered. asked: operations, as they came."""

    url: str
    refusals: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@contextmanager
def hesitant(target: str) -> Iterator[Hesitant]:
    """target: the address of the real service."""
    real = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            proxy.asked.append(self.headers["X-Amz-Target"].partition(".")[2])
            self._answer(*(self._refused(proxy.refusals.pop(0)) if proxy.refusals else self._passed(body)))

        def log_message(self, *_: object) -> None: ...

        def _refused(self, code: str) -> tuple[int, bytes]:
            status = 500 if code == "InternalServerError" else 400
            return status, json.dumps({"__type": code, "Message": "not now"}).encode()

        def _passed(self, body: bytes) -> tuple[int, bytes]:
            # With the host that the caller signed.
            there = http.client.HTTPConnection(str(real.hostname), real.port, timeout=30)
            there.request("POST", real.path or "/", body, dict(self.headers.items()))
            answer = there.getresponse()
            content = answer.read()
            there.close()
            return answer.status, content

        def _answer(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy = Hesitant(f"http://127.0.0.1:{server.server_port}{real.path}")
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
