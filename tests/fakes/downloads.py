"""A download server on 127.0.0.1 that knows ranges, and can cut a connection or forget what it knows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Downloads:
    """files: by path. cuts: after how many bytes to hang up, one for each request that comes. ranges: know them."""

    files: dict[str, bytes]
    cuts: list[int] = field(default_factory=list)
    ranges: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def reply(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("range", "") if self.ranges else ""
        self.asked.append((request.path, request.headers.get("range", "")))
        body = self.files.get(request.path)
        if body is None:
            return request.send_error(404)
        begin = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        if begin and begin >= len(body):
            return request.send_error(416)
        request.send_response(206 if wanted else 200)
        request.send_header("content-length", str(len(body) - begin))
        request.end_headers()
        cut = self.cuts.pop(0) if self.cuts else len(body)
        request.wfile.write(body[begin : begin + cut])
        request.close_connection = True
        return None


@contextmanager
def downloading(downloads: Downloads) -> Iterator[Downloads]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            downloads.reply(self)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    downloads.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield downloads
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
