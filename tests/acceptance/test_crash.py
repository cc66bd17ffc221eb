"""Killed without warning, in the middle of enrolling: what was acknowledged is still there."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Semaphore, Thread

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


class Enrolments:
    """People being enrolled by two callers at once, until something is killed. acknowledged: whom we were told of."""

    def __init__(self, service: Service, everybody: People, kill: Callable[[Service], None]) -> None:
        self.acknowledged: list[str] = []
        self._service, self._everybody, self._kill = service, everybody, kill
        self._lives = Semaphore(1)

    def run(self, names: Sequence[str]) -> None:
        callers = [Thread(target=self._enrol, args=[names[start::2]]) for start in (0, 1)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()

    def _enrol(self, names: Sequence[str]) -> None:
        with self._service.client() as http, suppress(httpx2.TransportError):
            for name in names:
                answer = http.post("/enroll", data={"member_id": name}, files={"file": self._everybody[name][0]()})
                if answer.status_code == 201:
                    self.acknowledged.append(name)
                if len(self.acknowledged) >= KILL_AFTER and self._lives.acquire(blocking=False):
                    self._kill(self._service)


@pytest.mark.parametrize("kill", [kill_service, kill_postgres])
def test_every_acknowledged_face_survives(tmp_path: Path, everybody: People, kill: Callable[[Service], None]) -> None:
    service = Service(tmp_path).start()
    enrolments = Enrolments(service, everybody, kill)

    enrolments.run(sorted(everybody)[100:160])
    service.kill()

    service.start()
    with service.client() as http:
        found = [
            http.post("/identify", files={"file": everybody[name][0]()}).json()["best_member_id"]
            for name in enrolments.acknowledged
        ]
    assert len(found) >= KILL_AFTER
    assert found == enrolments.acknowledged
    service.stop()


def test_enrolling_goes_on_by_itself_once_postgres_is_back(tmp_path: Path, everybody: People) -> None:
    service = Service(tmp_path).start()
    photo = everybody["Venus_Williams"][0]()

    kill_postgres(service)

    with service.client() as http:
        deadline = time.monotonic() + 30
        while http.post("/enroll", data={"member_id": "v"}, files={"file": photo}).status_code != 201:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    service.stop()
