"""What it costs to know who calls: `python -m bench.access`. In one process, over fakes: nothing else is timed."""

import time

from fastapi.testclient import TestClient

from app.config import Server, Settings
from app.main import create_app
from tests.fakes.services import fake_services

CALLS, ROUNDS = 100, 20
ADMIN = "an-admin-token-to-measure-with"


def main() -> None:
    """Print the processor's milliseconds for a call of GET /members, by what is shown: the best of some rounds."""
    with _serving() as free, _serving(admin_token=ADMIN) as locked:
        wanted = {"name": "k", "scopes": ["read", "enroll"]}
        key = locked.post("/keys", headers={"X-API-Key": ADMIN}, json=wanted).json()["key"]
        shown = {"nothing": (free, ""), "admin token": (locked, ADMIN), "API key": (locked, key)}
        rounds = [{name: _milliseconds(*who) for name, who in shown.items()} for _ in range(ROUNDS)]
        for name in shown:
            print(f"{name:12} {min(times[name] for times in rounds):.3f} ms a call")


def _serving(**server: str) -> TestClient:
    settings = Server.model_validate({"log_level": "error", **server})
    return TestClient(create_app(Settings(server=settings), fake_services))


def _milliseconds(client: TestClient, secret: str) -> float:
    headers = {"X-API-Key": secret} if secret else {}
    began = time.process_time()
    for _ in range(CALLS):
        client.get("/members", headers=headers).raise_for_status()
    return (time.process_time() - began) * 1000 / CALLS


if __name__ == "__main__":
    main()
