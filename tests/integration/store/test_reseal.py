"""A new key for old secrets."""

import psycopg
import pytest
from typer.testing import CliRunner

from app.cli import app
from app.domain.errors import SecretUnreadable
from app.domain.webhooks import WebhookDraft, WebhookRef, new_secret
from app.store.open import open_store
from app.store.pool import open_pool
from app.store.reseal import reseal
from app.store.seal import Seal

OLD, NEW = bytes(32), bytes(range(32))
SECRET = new_secret()


async def keep(url: str) -> str:
    """A webhook's secret under the old key, and one that was kept before there were keys; the latter's text."""
    plain = new_secret()
    async with open_store(url, pool_size=1, timeout=5, seal=Seal([OLD])) as store:
        for name in ("crm", "older"):
            draft = WebhookDraft("https://crm.example", secret=SECRET)
            await store.webhooks.put(WebhookRef("default", name), draft)
    with psycopg.connect(url) as conn:
        conn.execute("update face.webhook set secret = %s where webhook_id = 'older'", [plain])
    return plain


def kept(url: str) -> dict[str, str]:
    with psycopg.connect(url) as conn:
        return dict(conn.execute("select webhook_id, secret from face.webhook").fetchall())


async def test_all_secrets_are_sealed_with_the_first_key(database_url: str) -> None:
    plain = await keep(database_url)
    async with open_pool(database_url, size=1, timeout=5) as pool:
        assert await reseal(pool, Seal([NEW, OLD])) == 2
        assert await reseal(pool, Seal([NEW, OLD])) == 0

    now, seal = kept(database_url), Seal([NEW])
    assert seal.opened(now["crm"], "webhook", "default", "crm") == SECRET
    assert seal.opened(now["older"], "webhook", "default", "older") == plain


async def test_where_one_cannot_be_opened_none_is_changed(database_url: str) -> None:
    await keep(database_url)
    before = kept(database_url)
    async with open_pool(database_url, size=1, timeout=5) as pool:
        with pytest.raises(SecretUnreadable):
            await reseal(pool, Seal([NEW]))

    assert kept(database_url) == before


def test_the_command_line_says_how_many(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ENCRYPTION_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")

    done = CliRunner().invoke(app, ["secrets", "rotate"])

    assert (done.exit_code, done.output) == (0, "0 secrets were sealed anew.\n")


def test_a_key_that_is_none_is_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCRYPTION_KEY", "planted-and-too-short")

    done = CliRunner().invoke(app, ["secrets", "rotate"])

    assert done.exit_code == 1
    assert "ENCRYPTION_KEY" in done.output
    assert "planted" not in done.output
