"""Run the steps of a Dockerfile where there is no Docker: `python -m tools.dockerfile Dockerfile FOLDER`, as root.

Every stage begins as a copy of one Debian root that debootstrap makes, with Python 3.11 in the place where the image
python:3.11-slim has it. COPY leaves out what .dockerignore does; RUN runs by chroot. In the end the service is
started as the image's user, who can write to nothing but /data, /models and /tmp, until it is ready.
"""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools import debian

ROOT = Path(__file__).parent.parent
MIRROR = "http://deb.debian.org/debian"
PACKAGES = "python3.11,python3-venv,ca-certificates"
SECONDS_TO_READY = 60
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
OF_THIS_MACHINE = ("/etc/resolv.conf", CERTIFICATES)
"""How the network is reached, and whom this machine trusts there."""
PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
KEPT = {"WORKDIR": "folder", "USER": "user", "ENTRYPOINT": "entry", "CMD": "words"}
"""Instructions that are kept as they are, and as what."""


@dataclass
class Stage:
    """An image on its way: its files, and what its later steps and its process have in their environment."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH})
    folder: str = "/"
    user: str = "0:0"
    entry: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


def main(file: Path, place: Path) -> None:
    """Build, then serve."""
    base = place / "base"
    if not base.exists():
        bootstrap(base)
    stages: dict[str, Stage] = {}
    for number, (instruction, rest) in enumerate(steps(file)):
        print(f"{number:2} {instruction} {rest[:100]}", flush=True)
        step(instruction, rest, stages, place)
    serve(list(stages.values())[-1])


def bootstrap(base: Path) -> None:
    """Debian as small as it comes, with the Python of the image."""
    program = debian.find("debootstrap")
    scripts = program.parents[1] / "share" / "debootstrap"
    command: list[str | Path] = [program, "--variant=minbase", f"--include={PACKAGES}", "bookworm", base, MIRROR]
    subprocess.run(command, env={**os.environ, "DEBOOTSTRAP_DIR": str(scripts)}, check=True)
    for name in ("python", "python3"):
        (base / "usr/local/bin" / name).symlink_to("/usr/bin/python3.11")


def steps(file: Path) -> Iterator[tuple[str, str]]:
    """Instructions and what follows them, comments gone and continued lines joined."""
    lines = "\n".join(line for line in file.read_text().splitlines() if not line.startswith("#"))
    for line in re.sub(r"\\\n", " ", lines).splitlines():
        if line.strip():
            instruction, _, rest = line.strip().partition(" ")
            yield instruction, rest.strip()


def step(instruction: str, rest: str, stages: dict[str, Stage], place: Path) -> None:
    if instruction == "FROM":
        stages[_name(rest, len(stages))] = _begun(place, _name(rest, len(stages)))
        return
    stage = list(stages.values())[-1]
    if instruction == "WORKDIR":
        (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
    if instruction == "COPY":
        _copy(rest, stage, stages)
    elif instruction == "RUN":
        run(stage, ["/bin/sh", "-c", rest])
    elif instruction in {"ARG", "ENV"}:
        stage.environment |= dict(word.split("=", 1) for word in shlex.split(_filled(rest, stage.environment)))
    elif instruction in KEPT:  # others are said of the image, and not done
        setattr(stage, KEPT[instruction], json.loads(rest) if rest.startswith("[") else rest)


def _name(rest: str, number: int) -> str:
    return rest.rpartition(" AS ")[2] if " AS " in rest else f"stage{number}"


def _begun(place: Path, name: str) -> Stage:
    root = place / name
    shutil.rmtree(root, ignore_errors=True)
    unwanted = shutil.ignore_patterns("proc", "sys", "dev", "archives")
    shutil.copytree(place / "base", root, symlinks=True, ignore=unwanted)
    for folder in ("proc", "sys", "dev"):
        (root / folder).mkdir(exist_ok=True)
    for device, minor in {"null": 3, "zero": 5, "urandom": 9}.items():
        os.mknod(root / "dev" / device, 0o020666, os.makedev(1, minor))
        (root / "dev" / device).chmod(0o666)
    for file in OF_THIS_MACHINE:
        shutil.copy(file, root / file.lstrip("/"))
    return Stage(root)


def _filled(text: str, environment: Mapping[str, str]) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda found: environment.get(found[1], ""), text)


def _copy(rest: str, stage: Stage, stages: Mapping[str, Stage]) -> None:
    words = rest.split()
    source = ROOT
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")].root
    *given, to = words
    target = stage.root / (Path(stage.folder) / to).as_posix().lstrip("/")
    for name in given:
        file = source / name.lstrip("/")
        into = target / file.name if to.endswith("/") else target
        into.parent.mkdir(parents=True, exist_ok=True)
        if file.is_dir():
            unwanted = shutil.ignore_patterns("__pycache__", "train") if source == ROOT else None
            shutil.copytree(file, into, symlinks=True, dirs_exist_ok=True, ignore=unwanted)
        else:
            shutil.copy2(file, into)


def run(stage: Stage, command: list[str]) -> None:
    """By chroot, as root, in the stage's folder."""
    inside = ["chroot", str(stage.root), "/usr/bin/env", "-C", stage.folder, *command]
    subprocess.run(inside, env={"PIP_CERT": CERTIFICATES, **stage.environment}, check=True)


def serve(stage: Stage) -> None:
    """As the image's user, until it is ready; then its doctor, and the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {"HOST": "127.0.0.1", "PORT": str(port), "XDG_RUNTIME_DIR": "/tmp"}  # noqa: S108 - of the image
    inside = ["chroot", f"--userspec={stage.user}", str(stage.root), "/usr/bin/env", "-C", stage.folder, *stage.entry]
    proc = stage.root / "proc"
    subprocess.run(["mount", "-t", "proc", "proc", proc], check=True)  # noqa: S607 - Postgres finds its libraries by it
    process = subprocess.Popen([*inside, *stage.words], env={**stage.environment, **own})
    try:
        _wait(process, f"http://127.0.0.1:{port}/ready")
        print("ready, as", stage.user, flush=True)
    finally:
        process.terminate()
        process.wait(30)
        subprocess.run(["umount", proc], check=True)  # noqa: S607


def _wait(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + SECONDS_TO_READY
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:  # noqa: PLR2004 - OK
                    return
        except OSError:
            time.sleep(0.2)
    sys.exit(f"it did not get ready; it ended with {process.poll()}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
