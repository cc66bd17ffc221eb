"""Tokens that others signed, and what is tried with them."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from app.domain.access import Reach, Scope
from app.domain.errors import TokenExpired, TokenInvalid, Unavailable
from app.domain.keys import Grant
from app.tokens import jwks as module
from app.tokens.jwks import Jwks
from app.tokens.upload import SignedUploads, derived
from app.tokens.users import Rules, SignedUsers
from tests.fakes.web import Web, reply, serving

ISSUER = "https://abc.supabase.co/auth/v1"
SECRET = "a-legacy-secret-of-the-project-itself"
EC_KEY, OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
PUBLIC_PEM = EC_KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


def key_set(**keys: Any) -> bytes:
    """A JWKS of public keys, by their ids."""
    shown = []
    for kid, key in keys.items():
        algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
        shown.append({**json.loads(algorithm.to_jwk(key.public_key())), "kid": kid, "use": "sig"})
    return json.dumps({"keys": shown}).encode()


def claims(**other: object) -> dict[str, object]:
    now = int(time.time())
    said = {"iss": ISSUER, "aud": "authenticated", "sub": "ann", "exp": now + 7200, "iat": now, **other}
    return {name: value for name, value in said.items() if value is not None}


def signed(key: Any = EC_KEY, algorithm: str = "ES256", kid: object = "ec", **other: object) -> str:
    return jwt.encode(claims(**other), key, algorithm, headers={"kid": kid} if kid else None)


def forged(header: dict[str, object], signature: bytes = b"") -> str:
    """A token put together by hand, where the library would not."""
    parts = [json.dumps(header).encode(), json.dumps(claims()).encode(), signature]
    return ".".join(urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


RULES = Rules(ISSUER, "authenticated", "default", "", "sub", "people", frozenset({Scope.IDENTIFY}))


class Signer:
    """A JWKS address that counts its visits, and users whose tokens it signed."""

    def __init__(self, web: Web, jwks: Jwks) -> None:
        self.web = web
        self.jwks = jwks

    def users(self, **rules: Any) -> SignedUsers:
        return SignedUsers(replace(RULES, **rules), self.jwks)


@pytest.fixture
async def signer() -> AsyncIterator[Signer]:
    async with AsyncExitStack() as stack:
        web = await stack.enter_async_context(serving(Web({"/keys": reply(key_set(ec=EC_KEY, rsa=RSA_KEY))})))
        jwks = await stack.enter_async_context(Jwks(f"{web.url}/keys", module.Rules(seconds=1)))
        yield Signer(web, jwks)


@pytest.mark.parametrize(
    "token",
    [signed(), signed(RSA_KEY, "RS256", "rsa"), signed(SECRET.encode(), "HS256", None)],
    ids=["ES256", "RS256", "HS256"],
)
async def test_a_user_may_do_as_themselves_what_the_settings_say(token: str, signer: Signer) -> None:
    caller = await signer.users(secret=SECRET).caller(token)

    assert (caller.tenant, caller.member_id, caller.scopes) == ("default", "ann", frozenset({Scope.IDENTIFY}))
    assert (caller.reach, caller.sends, caller.collections) == (Reach.MEMBER, True, frozenset({"people"}))


ATTACKS = {
    "none": forged({"alg": "none", "typ": "JWT", "kid": "ec"}),
    "none without kid": forged({"alg": "None"}),
    "another's key": signed(OTHER_EC_KEY),
    "RSA key under the id of the EC key": signed(RSA_KEY, "RS256", "ec"),
    "wrong issuer": signed(iss="https://evil.supabase.co/auth/v1"),
    "no issuer": signed(iss=None),
    "wrong audience": signed(aud="anon"),
    "no audience": signed(aud=None),
    "no expiry": signed(exp=None),
    "not yet": signed(nbf=int(time.time()) + 7200),
    "issued in the future": signed(iat=int(time.time()) + 7200),
    "no subject": signed(sub=None),
    "empty subject": signed(sub=""),
    "subject that is no id": signed(sub="a\nb"),
    "unknown kid": signed(kid="elsewhere"),
    "kid that is a path": signed(kid="../../dev/null"),
    "kid that is a query": signed(kid="' or 1=1 --"),
    "no kid": signed(kid=None),
    "key sent along": forged({"alg": "ES256", "jwk": {"kty": "EC"}}),
    "address sent along": forged({"alg": "ES256", "kid": "x", "jku": "https://evil.example/jwks"}),
    "cut short": signed()[:-8],
    "three dots": "..",
    "not base64": "é.é.é",
}


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("secret", ["", SECRET], ids=["keys alone", "keys and secret"])
async def test_a_token_that_does_not_hold_is_refused(attack: str, secret: str, signer: Signer) -> None:
    with pytest.raises(TokenInvalid):
        await signer.users(secret=secret).caller(ATTACKS[attack])


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(signer: Signer) -> None:
    header, body, _ = forged({"alg": "HS256", "typ": "JWT", "kid": "ec"}).split(".")
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(
        f"{header}.{body}".encode(), PUBLIC_PEM
    )
    token = f"{header}.{body}.{urlsafe_b64encode(signature).decode().rstrip('=')}"

    for secret in ("", SECRET):
        with pytest.raises(TokenInvalid):
            await signer.users(secret=secret).caller(token)


async def test_a_token_of_the_legacy_secret_is_refused_where_none_is_set(signer: Signer) -> None:
    with pytest.raises(TokenInvalid):
        await signer.users().caller(signed(SECRET.encode(), "HS256", None))


async def test_a_token_that_has_ended_is_said_to_have(signer: Signer) -> None:
    with pytest.raises(TokenExpired):
        await signer.users().caller(signed(exp=int(time.time()) - 60))


async def test_tenant_and_member_come_from_the_claims_that_the_settings_name(signer: Signer) -> None:
    users = signer.users(tenant_claim="app_metadata.tenant", member_claim="app_metadata.member")

    caller = await users.caller(signed(app_metadata={"tenant": "acme", "member": "m7"}))

    assert (caller.tenant, caller.member_id) == ("acme", "m7")
    for missing in ({}, {"tenant": 7, "member": "m7"}, "acme"):
        with pytest.raises(TokenInvalid):
            await users.caller(signed(app_metadata=missing))


async def test_keys_are_fetched_once_and_again_for_one_that_is_new(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    users = signer.users()
    await asyncio.gather(*(users.caller(signed()) for _ in range(5)))
    assert len(signer.web.requests) == 1

    signer.web.routes["/keys"] = reply(key_set(new=OTHER_EC_KEY))
    with pytest.raises(TokenInvalid):
        await users.caller(signed(OTHER_EC_KEY, kid="new"))  # asked for just now
    assert len(signer.web.requests) == 1
    monkeypatch.setattr(module, "monotonic", lambda: time.monotonic() + module.PAUSE_SECONDS)
    await users.caller(signed(OTHER_EC_KEY, kid="new"))
    with pytest.raises(TokenInvalid):
        await users.caller(signed())  # the old key is gone
    assert len(signer.web.requests) == 2


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"keys": 7}', b"x" * 70_000], ids=lambda b: repr(b[:8]))
async def test_keys_that_cannot_be_had_are_no_ones_fault_but_the_signers(body: bytes, signer: Signer) -> None:
    signer.web.routes["/keys"] = reply(body)

    with pytest.raises(Unavailable):
        await signer.users().caller(signed())


async def test_known_keys_outlast_an_outage(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    await signer.users().caller(signed())
    signer.web.routes["/keys"] = reply(b"", 500)
    monkeypatch.setattr(module, "monotonic", lambda: time.monotonic() + module.KEPT_SECONDS)

    assert (await signer.users().caller(signed())).member_id == "ann"
    assert len(signer.web.requests) == 2


GRANT = Grant(
    "t1", "acme", Scope.ENROLL, "staff", "ann", 3, datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)
)


def test_an_upload_token_says_what_was_granted() -> None:
    uploads = SignedUploads(derived(b"admin token"))

    assert uploads.read(uploads.sign(GRANT)) == GRANT


def test_an_upload_token_of_another_key_or_purpose_is_refused() -> None:
    uploads = SignedUploads(derived(b"admin token"))
    users = jwt.encode(claims(), uploads.key, "HS256")
    for token in (SignedUploads(derived(b"another")).sign(GRANT), f"fu_{users}", f"fu_{ATTACKS['none']}", "fu_"):
        with pytest.raises(TokenInvalid):
            uploads.read(token)


def test_an_upload_token_ends() -> None:
    uploads = SignedUploads(derived(b"admin token"))
    with pytest.raises(TokenExpired):
        uploads.read(uploads.sign(replace(GRANT, expires_at=GRANT.expires_at - timedelta(hours=3))))
