"""Whom Postgres runs as, and with what right."""

import os
from pathlib import Path

import pytest

from app.domain.errors import DatabaseUnavailable
from app.store import cluster
from app.store.cluster import Account

STRANGER = Account(4_000_000, 4_000_000, "stranger")


@pytest.fixture
def barred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cluster's place behind a folder that only its owner may enter, seen by root."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    (tmp_path / "private").mkdir(mode=0o700)
    return tmp_path / "private" / "cluster"


@pytest.mark.parametrize(("ours", "kept"), [(0b110, "+dac_read_search"), (0b010, "+dac_override")])
def test_behind_a_closed_folder_postgres_keeps_the_least_right_that_leads_there(
    ours: int, kept: str, barred: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_own_capabilities", lambda: ours)

    command = cluster.become(STRANGER, barred)

    assert command[-2:] == [f"--inh-caps={kept}", f"--ambient-caps={kept}"]


def test_without_any_right_the_error_says_what_to_do(barred: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_own_capabilities", lambda: 0)

    with pytest.raises(DatabaseUnavailable, match=r"stranger, who may not enter .* Set DATA_DIR to"):
        cluster.become(STRANGER, barred)


def test_where_the_way_is_open_postgres_keeps_no_right(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(cluster, "binaries", lambda: Path("/usr/bin"))

    command = cluster.become(STRANGER, Path("/usr/lib"))

    assert command[1:] == ["--pdeathsig", "INT", "--reuid", "4000000", "--regid", "4000000", "--clear-groups"]


def test_other_users_than_root_stay_who_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 65534)

    assert cluster.account_for(Path("/nowhere")).uid == 65534
    assert cluster.become(STRANGER, Path("/nowhere"))[1:] == ["--pdeathsig", "INT"]


def test_a_user_without_a_name_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)

    with pytest.raises(DatabaseUnavailable, match="4000000 has no name"):
        cluster.account_for(Path("/nowhere"))


def test_postgres_is_not_told_things_by_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGDATA", "/elsewhere")
    monkeypatch.setenv("LANG", "pt_BR.UTF-8")

    environment = cluster.environment()

    assert "PGDATA" not in environment
    assert "LANG" not in environment
    assert environment["LC_ALL"] == "C"
