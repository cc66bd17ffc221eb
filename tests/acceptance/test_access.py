"""Two tenants on one service, and secrets that stay where they belong."""

import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest

from bench.service import Service

ADMIN, JWT_SECRET = "planted-admin-token-0123456789", "planted-jwt-secret-0123456789-0123456789"
SEALING = b64encode(b"planted-encryption-key-012345678").decode()
WEBHOOK = "whsec_" + b64encode(b"planted-webhook-secret-01234567").decode()
ISSUER = "https://planted.example/auth/v1"
FACE = (Path(__file__).parents[2] / "app" / "api" / "example_face.jpg").read_bytes()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = {
        "ADMIN_TOKEN": ADMIN,
        "ENCRYPTION_KEY": SEALING,
        "SUPABASE_JWT_SECRET": JWT_SECRET,
        "USER_ISSUER": ISSUER,
        "USER_MAY": "verify,enroll,privacy",
    }
    service = Service(tmp_path_factory.mktemp("access"), settings).start()
    yield service
    service.stop()


def made(admin: httpx2.Client, tenant: str) -> dict[str, Any]:
    admin.put(f"/tenants/{tenant}", json={}).raise_for_status()
    wanted = {"name": tenant, "scopes": ["enroll", "identify", "read", "manage", "admin"]}
    answer = admin.post("/keys", headers={"X-Tenant": tenant}, json=wanted).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def test_two_tenants_with_the_same_ids_see_nothing_of_each_other(service: Service) -> None:
    with ExitStack() as stack:
        admin = stack.enter_context(service.client(ADMIN))
        one, other = (stack.enter_context(service.client(made(admin, name)["key"])) for name in ("one", "other"))
        for client, name in ((one, "Ann"), (other, "Bob")):
            client.post("/enroll", data={"member_id": "1", "name": name}, files={"file": FACE}).raise_for_status()

        assert one.get("/members/1").json()["name"] == "Ann"
        assert other.get("/members/1").json()["name"] == "Bob"
        assert one.post("/identify", files={"file": FACE}).json()["best_name"] == "Ann"
        (theirs,) = other.get("/members/1/faces").json()["faces"]
        assert one.delete(f"/faces/{theirs['face_id']}").status_code == 404
        one.delete("/collections/default").raise_for_status()
        assert one.get("/members/1").status_code == 404
        assert other.get("/members/1").json()["faces"] == 1
        assert admin.delete("/tenants/other").status_code == 204
        assert other.get("/members/1").json()["code"] == "key_unknown"
        assert [tenant["tenant_id"] for tenant in admin.get("/tenants").json()["tenants"]] == ["default", "one"]


def test_a_user_speaks_for_themselves(service: Service) -> None:
    claims = {"iss": ISSUER, "aud": "authenticated", "sub": "user-1", "exp": int(time.time()) + 60}
    with service.client() as user:
        user.headers["Authorization"] = f"Bearer {jwt.encode(claims, JWT_SECRET, 'HS256')}"

        mine = user.post("/enroll", data={"member_id": "user-1"}, files={"file": FACE})
        me = user.post("/verify", data={"member_id": "user-1"}, files={"file": FACE})
        another = user.post("/enroll", data={"member_id": "user-2"}, files={"file": FACE})
        held = user.get("/members/user-1/export").json()
        others = [user.get("/members/user-2/export"), user.post("/members/user-2/erasure")]
        erased = user.post("/members/user-1/erasure").json()

        assert (mine.status_code, me.json()["verified"], another.status_code) == (201, True, 403)
        assert ([face["face_id"] for face in held["faces"]], erased["erased"]["faces"]) == ([mine.json()["face_id"]], 1)
        assert [answer.status_code for answer in others] == [403, 403]
        assert {user.get(path).status_code for path in ("/members", "/keys", "/jobs", "/ops/status")} == {403}


def test_no_secret_is_in_a_log_an_answer_or_the_database(service: Service) -> None:
    answers = []
    with service.client(ADMIN) as admin:
        admin.put("/webhooks/crm", json={"url": "https://crm.example/x", "secret": WEBHOOK}).raise_for_status()
        key = made(admin, "secretive")["key"]
        with service.client(key) as client, service.client(key[:-1]) as wrong:
            token = client.post("/upload-tokens", json={"verb": "enroll"}).json()["token"]
            answers += [client.get("/keys"), client.get("/webhooks"), client.get("/ops/status"), wrong.get("/members")]
            answers += [client.get("/members", params={"cursor": key}), client.post("/enroll", json={"member_id": key})]
        with service.client(token + "x") as forged, service.client(token) as app:
            answers += [forged.get("/members"), app.get("/members")]
        answers += [admin.get(path) for path in ("/ops/status", "/webhooks/crm", "/tenants", "/health", "/metrics")]
    secrets = [ADMIN, JWT_SECRET, SEALING, WEBHOOK, WEBHOOK.removeprefix("whsec_"), key, token]
    kept = b"".join(file.read_bytes() for file in service.log.parent.glob("data/postgres/**/*") if file.is_file())

    for secret in secrets:
        assert secret not in service.log.read_text()
        assert not [answer.url for answer in answers if secret in answer.text]
        assert secret.encode() not in kept
    assert b"sealed:1:" in kept
