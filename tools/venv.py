"""Make .venv and install a lock file into it: `python3 -m tools.venv requirements.lock`.

Runs on a bare Python 3.11 with its standard library: Debian's has neither pip nor ensurepip, and a minimal system has
no certificates either. Does nothing where the lock is installed already.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.pip_wheel import NoPip, fetch_pip

ROOT = Path(__file__).parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.sha256"
LEAST_PYTHON = (3, 11)


def main(lock: Path) -> int:
    """Bring .venv to what the lock says. The exit status is that of the step that failed, or 0."""
    if sys.version_info < LEAST_PYTHON:
        return _refuse(
            f"Python 3.11 or later is needed, this is {sys.version.split()[0]}: make setup PYTHON=python3.11"
        )
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if PYTHON.exists() and digest in _installed():
        return 0
    if not _has_pip() and not _make():
        return 1
    print(f"Installing {lock.name} into {VENV.name} …", flush=True)
    # What is imported is compiled when it first is, which is a fraction of what pip would compile.
    how = ("--quiet", "--no-compile", "--no-deps", "--require-hashes")
    status = _pip("install", *how, "--requirement", str(lock))
    if status == 0:
        STAMP.write_text("\n".join([*_still_true(lock), digest, ""]))
    return status


def _installed() -> list[str]:
    return STAMP.read_text().split() if STAMP.exists() else []


def _still_true(lock: Path) -> list[str]:
    """Digests of the other locks, where this one holds all of theirs: the development lock serves `make run` too."""
    pins = _pins(lock)
    others = (other for other in ROOT.glob("requirements*.lock") if other != lock.resolve())
    return [hashlib.sha256(other.read_bytes()).hexdigest() for other in others if _pins(other) <= pins]


def _pins(lock: Path) -> set[str]:
    return {line.split()[0] for line in lock.read_text().splitlines() if "==" in line and line[0].isalnum()}


def _has_pip() -> bool:
    return PYTHON.exists() and _pip("--version", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def _pip(*arguments: str, stdout: int | None = None, stderr: int | None = None) -> int:
    return subprocess.call(
        [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], stdout=stdout, stderr=stderr
    )


def _make() -> bool:
    """Make an empty .venv with pip in it: by ensurepip where Python has one, else from a wheel of our choosing."""
    make = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.call(make, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
        return True
    if subprocess.call([*make, "--without-pip"]) != 0:
        return not _refuse("Python cannot make virtual environments: apt-get install python3-venv")
    with tempfile.TemporaryDirectory() as folder:
        try:
            wheel = fetch_pip(Path(folder))
        except NoPip as trouble:
            return not _refuse(f"{trouble}\nOr let Debian bring pip along: apt-get install python3-venv")
        # pip runs from within its own wheel, which is how ensurepip installs it as well.
        install = [str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", str(wheel)]
        return subprocess.call(install) == 0


def _refuse(why: str) -> int:
    print(why, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
