"""Secrets at rest."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.domain.errors import EncryptionKeyMissing, SecretUnreadable
from app.store.key_file import kept_key
from app.store.seal import Seal

OLD, NEW = bytes(32), bytes(range(32))
OWNER = ("webhook", "default", "crm")


def test_a_sealed_secret_can_be_opened_and_not_read() -> None:
    seal = Seal([NEW])

    kept = seal.sealed("whsec_Zm9v", *OWNER)

    assert re.fullmatch(r"sealed:1:[0-9a-f]{8}:[\w=-]+", kept)
    assert "Zm9v" not in kept
    assert seal.opened(kept, *OWNER) == "whsec_Zm9v"
    assert seal.sealed("whsec_Zm9v", *OWNER) != kept


@pytest.mark.parametrize("owner", [("webhook", "default", "other"), ("webhook", "acme", "crm"), ("webhook",), ()])
def test_a_secret_is_no_use_to_another_owner(owner: tuple[str, ...]) -> None:
    seal = Seal([NEW])

    with pytest.raises(SecretUnreadable):
        seal.opened(seal.sealed("whsec_Zm9v", *OWNER), *owner)


def test_the_first_key_seals_and_all_open() -> None:
    older, both = Seal([OLD]), Seal([NEW, OLD])
    kept = older.sealed("s", *OWNER)

    assert both.opened(kept, *OWNER) == "s"
    assert not both.is_current(kept)
    assert both.is_current(both.sealed("s", *OWNER))
    with pytest.raises(SecretUnreadable):
        Seal([NEW]).opened(kept, *OWNER)


def test_without_a_key_nothing_new_is_sealed_and_what_was_plain_stays_readable() -> None:
    assert Seal().opened("whsec_old", *OWNER) == "whsec_old"
    assert not Seal().is_current("whsec_old")
    with pytest.raises(EncryptionKeyMissing):
        Seal().sealed("s", *OWNER)


def test_a_sealed_text_that_was_tampered_with_is_refused() -> None:
    seal = Seal([NEW])
    kept = seal.sealed("secret", *OWNER)

    with pytest.raises(SecretUnreadable):
        seal.opened(kept[:-5] + ("A" if kept[-5] != "A" else "B") + kept[-4:], *OWNER)


def test_the_key_of_a_database_of_our_own_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "encryption.key"

    with ThreadPoolExecutor(8) as threads:
        keys = set(threads.map(lambda _: kept_key(file), range(16)))

    assert len(keys) == 1
    assert len(kept_key(file)) == 32
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]
