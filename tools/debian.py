"""Programs from Debian's packages, unpacked into build/ and not installed: `python3 -m tools.debian promtool …`.

Tests need some that no package index has. Nothing of the machine is changed: no service is started, no root is needed.
A program that is installed is taken as it is.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

BUILD = Path(__file__).parent.parent / "build"


class NotThere(Exception):
    """A package could not be had; says which and what apt said of it."""


@dataclass(frozen=True, slots=True)
class Program:
    """packages: what it comes from. path: where it lies in them. closure: fetch whatever they depend on too."""

    packages: tuple[str, ...]
    path: str
    closure: bool = False


PROGRAMS = {
    "prometheus": Program(("prometheus",), "usr/bin/prometheus"),
    "promtool": Program(("prometheus",), "usr/bin/promtool"),
    "alertmanager": Program(("prometheus-alertmanager",), "usr/bin/prometheus-alertmanager"),
    "amtool": Program(("prometheus-alertmanager",), "usr/bin/amtool"),
    "pgbouncer": Program(("pgbouncer", "libevent-2.1-7", "libc-ares2"), "usr/sbin/pgbouncer"),
    "debootstrap": Program(("debootstrap",), "usr/sbin/debootstrap"),
    "chromium": Program(("chromium",), "usr/lib/chromium/chromium", closure=True),
}


def main(names: Sequence[str]) -> None:
    """Print where each program is."""
    for name in names:
        print(find(name))


def find(name: str) -> Path:
    """Where the program is, fetched if need be. Raises NotThere."""
    return _installed(name) or folder(name) / PROGRAMS[name].path


def libraries(name: str) -> str:
    """LD_LIBRARY_PATH for a program as `find` has it; "" for one that is installed."""
    if _installed(name):
        return ""
    return ":".join(sorted({str(file.parent) for file in folder(name).rglob("*.so*")}))


def folder(name: str) -> Path:
    """Where the packages of a program are unpacked: the root of their files. Raises NotThere."""
    root = BUILD / PROGRAMS[name].packages[0] / "root"
    if not root.exists():
        _unpack(PROGRAMS[name], root)
    return root


def _installed(name: str) -> Path | None:
    program = Path(PROGRAMS[name].path).name
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(found) if found else None


def _unpack(program: Program, root: Path) -> None:
    """Several may do so at once: whoever is first has it, and nobody ever sees half of it."""
    root.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root.parent) as name:
        draft = Path(name)
        for package in _download(program, draft):
            subprocess.run(["dpkg", "-x", package, draft / "root"], check=True)  # noqa: S607
        if not root.exists():
            (draft / "root").rename(root)


def _download(program: Program, draft: Path) -> list[Path]:
    packages = _closure(program.packages, draft) if program.closure else program.packages
    if _apt(draft, "download", *packages).returncode:
        # No package lists, or old ones, as in a fresh container: keep some of our own.
        lists = _lists(draft)
        asked = _apt(draft, lists, "update")
        packages = _closure(program.packages, draft, lists) if program.closure else program.packages
        asked = _apt(draft, lists, "download", *packages) if asked.returncode == 0 else asked
        if asked.returncode:
            msg = f"Debian's {' '.join(program.packages)} cannot be fetched: {asked.stderr.strip()}"
            raise NotThere(msg)
    return sorted(draft.glob("*.deb"))


def _lists(draft: Path) -> str:
    (draft / "lists" / "partial").mkdir(parents=True)
    return f"-oDir::State::Lists={draft}/lists"


def _closure(packages: Sequence[str], draft: Path, *options: str) -> Sequence[str]:
    """The packages and those that they need and this machine has not."""
    planned = _apt(draft, *options, "install", "--simulate", "--no-install-recommends", *packages)
    return re.findall(r"^Inst (\S+)", planned.stdout, re.MULTILINE) or packages


def _apt(draft: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = ["apt-get", f"-oDir::Cache={draft}", "-oAPT::Sandbox::User=", *words]
    try:
        return subprocess.run(command, check=False, cwd=draft, capture_output=True, text=True)
    except FileNotFoundError as error:
        msg = f"{' '.join(words)}: this is no Debian, there is no apt-get. Install it by other means."
        raise NotThere(msg) from error


if __name__ == "__main__":
    main(sys.argv[1:])
