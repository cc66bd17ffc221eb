"""A client of a service: of one that runs, or of one that is started for the purpose."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from bench.service import Service


@contextmanager
def client(url: str = "") -> Iterator[httpx2.Client]:
    """A client of the service at the address (with ADMIN_TOKEN as its key) or, without one, of a service of its own.

    That one has an empty database, and ends with the block. Raises NotServing.
    """
    if url:
        key = os.environ.get("ADMIN_TOKEN", "")
        with httpx2.Client(base_url=url, headers={"X-API-Key": key} if key else {}, timeout=60) as http:
            yield http
        return
    with tempfile.TemporaryDirectory(prefix="face-", ignore_cleanup_errors=True) as folder:
        service = Service(Path(folder)).start()
        try:
            with service.client() as http:
                yield http
        finally:
            service.stop()
