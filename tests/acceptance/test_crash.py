"""Killed without warning, in the middle of enrolling: what was acknowledged is still there."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import httpx2
import psutil
import pytest

from bench.photos import People
from bench.service import Service

KILL_AFTER = 12


def kill_service(service: Service) -> None:
    service.kill()


def kill_postgres(service: Service) -> None:
    [postmaster] = [child for child in psutil.Process(service.pid).children() if "postgres" in child.name()]
    os.kill(postmaster.pid, signal.SIGKILL)


@pytest.mark.parametrize("kill", [kill_service, kill_postgres])
def test_every_acknowledged_face_survives(tmp_path: Path, everybody: People, kill: Callable[[Service], None]) -> None:
    service = Service(tmp_path).start()
    acknowledged: list[str] = []

    def enrol(names: list[str]) -> None:
        with service.client() as http:
            for name in names:
                try:
                    answer = http.post("/enroll", data={"member_id": name}, files={"file": everybody[name][0]()})
                except httpx2.TransportError:
                    return
                if answer.status_code == 201:
                    acknowledged.append(name)
                if len(acknowledged) == KILL_AFTER:
                    kill(service)

    names = sorted(everybody)[100:160]
    threads = [Thread(target=enrol, args=[names[start::2]]) for start in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if kill is kill_postgres:
        service.stop()

    service.start()
    try:
        with service.client() as http:
            found = [
                http.post("/identify", files={"file": everybody[name][0]()}).json()["best_member_id"]
                for name in acknowledged
            ]
            assert len(acknowledged) >= KILL_AFTER
            assert found == acknowledged
    finally:
        assert service.stop() == 0
