"""A browser for the tests of the console: `python -m tools.browser` installs Debian's where there is none.

Playwright brings a browser along from addresses of its own; Debian's comes from where everything else does.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium-headless-shell", "fonts-dejavu-core")
HOW = "Install one, as by `apt-get install chromium`, or say by CHROMIUM where one is."


class NoBrowser(Exception):
    """There is no browser; says what to do."""


def find() -> Path:
    """CHROMIUM, or the first browser on the PATH. Raises NoBrowser."""
    named = os.environ.get("CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        msg = f"{named or 'A Chromium'} is not here, and the console is tested in one. {HOW}"
        raise NoBrowser(msg)
    return Path(found)


def main() -> int:
    """Install a browser unless there is one. 0 if there is one in the end."""
    try:
        find()
    except NoBrowser as trouble:
        return _install(trouble)
    return 0


def _install(trouble: NoBrowser) -> int:
    apt = shutil.which("apt-get")
    if os.environ.get("CHROMIUM") or apt is None or os.geteuid() != 0:
        print(trouble, file=sys.stderr)
        return 1
    print(f"Installing {PACKAGES[0]} …", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *PACKAGES]):
        done = subprocess.run([apt, "-qq", *step], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
