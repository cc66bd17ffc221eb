"""A real S3 server on 127.0.0.1: rclone, serving a folder whose folders are the buckets."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

ACCESS_KEY, SECRET_KEY = "ACCESSKEYOFTHETEST", "secretkeyofthetest0123456789"
PATIENCE_SECONDS = 20


@contextmanager
def serving_s3(folder: Path, remember: str = "5m") -> Iterator[str]:
    """Yield its address, once it listens. remember: how long it goes without seeing a folder that others made."""
    port = _free_port()
    rclone = str(Path(sys.executable).with_name("rclone"))
    command = [rclone, "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
    keys = ["--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", "/dev/null", "--dir-cache-time", remember]
    process = subprocess.Popen([*command, *keys], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    end = monotonic() + PATIENCE_SECONDS
    while process.poll() is None and monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            sleep(0.05)
        else:
            return
    msg = "rclone did not begin to listen"
    raise RuntimeError(msg)
