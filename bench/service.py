"""A service of one's own: a process with a folder, that can be stopped, killed and started again."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import httpx2

ROOT = Path(__file__).parent.parent
SECONDS_TO_START = 90  # of which a first start takes about three; a busy machine may take long
SECONDS_TO_STOP = 25
NOTHING: Mapping[str, str] = MappingProxyType({})

# What the environment or .env may hold for another service, and must not reach this one. Empty counts as unset.
FORGOTTEN = dict.fromkeys(("DATABASE_URL", "ADMIN_TOKEN", "ROOT_PATH", "WEB_CONCURRENCY"), "")


class NotServing(Exception):
    """The service did not get ready; carries the end of its log."""


class Service:
    """`python -m app serve` on a free port of 127.0.0.1, its database and log in a folder."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = NOTHING) -> None:
        self.log = folder / "log"
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        own = {"HOST": "127.0.0.1", "PORT": str(port), "DATA_DIR": str(folder / "data")}
        self.environment = {**_models(), **os.environ, **FORGOTTEN, **own, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> "Service":
        """Start it and wait until it is ready. Raises NotServing."""
        process = self.launch()
        deadline = time.monotonic() + SECONDS_TO_START
        while process.poll() is None and time.monotonic() < deadline:
            if self._is_ready():
                return self
            time.sleep(0.05)
        why = f"it ended with status {process.returncode}" if process.poll() is not None else "it took too long"
        self.stop()
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])
        msg = f"The service did not get ready: {why}.\n{tail}"
        raise NotServing(msg)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it and do not wait."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"], cwd=ROOT, env=self.environment, stdout=output, stderr=output
            )
        return self._process

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end, and see to it that it does. Returns the exit status."""
        assert self._process
        self._process.send_signal(how)
        try:
            return self._process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def kill(self) -> None:
        """End it without a chance to say good-bye."""
        self.stop(signal.SIGKILL)

    def client(self, key: str = "") -> httpx2.Client:
        headers = {"X-API-Key": key} if key else {}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60, trust_env=False)

    def _is_ready(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/ready", timeout=5, trust_env=False).is_success
        except httpx2.TransportError:
            return False


def _models() -> dict[str, str]:
    """The models beside the checkout, as the Makefile takes them, unless the environment names other places."""
    pack = ROOT.parent / "shared" / "models" / "scrfd_mobilefacenet"
    root = pack.parents[1]
    if not pack.is_dir() or Path(os.environ.get("FACE_MODEL_ROOT") or root).resolve() != root:
        return {}
    return {"FACE_MODEL_ROOT": str(root), "FACE_MODEL_PACK": pack.name}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened to a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
