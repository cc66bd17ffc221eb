"""AWS's SDK for JavaScript, installed as its lock says, once for all runs. Needs Node and npm."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
HERE = ROOT / "tests" / "clients" / "node"
BUILD = ROOT / "build"
LOCK = HERE / "package-lock.json"


def node_folder() -> Path:
    """A folder with node_modules, in build/. Whoever comes first installs it."""
    folder = BUILD / f"node-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as made:
        fresh = Path(made) / "node"
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, fresh / name)
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts"]
        command = ["npm", "ci", *quiet]
        subprocess.run(command, cwd=fresh, check=True, capture_output=True, timeout=100)  # noqa: S603 - what the lock names
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was faster
            assert folder.is_dir()
    return folder
