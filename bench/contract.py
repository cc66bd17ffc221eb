"""Hold a service against its own OpenAPI document: `python -m bench.contract`.

schemathesis makes calls of every kind from the document, right and wrong ones, and chains of calls that follow its
links. No answer may be a 5xx but 503, of an undocumented status, or other than its schema says; every call must want
the key, and none may take longer than ten seconds.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.service import Service

KEY = "a-key-for-the-contract"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
SLOWEST_SECONDS = 10


def main() -> int:
    """Run it against a service of its own; as many cases as there is time for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=int, default=600)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="face-", ignore_cleanup_errors=True) as folder:
        service = serving(Path(folder))
        try:
            told = check(service, Path(folder), "--max-time", str(options.seconds))
        finally:
            service.stop()
    print(told.stdout)
    return told.returncode


def serving(folder: Path) -> Service:
    """A service that wants a key, and gives up soon on the addresses that are made up for it."""
    settings = {"ADMIN_TOKEN": KEY, "FETCH_FIRST_BYTE_SECONDS": "1", "LOG_LEVEL": "warning"}
    return Service(folder, settings).start()


def check(service: Service, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """schemathesis, ended: with status 0 where it found nothing, and what it says."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION), "--no-color"),
        *("run", f"{service.url}/openapi.json", "--header", f"X-API-Key: {KEY}", "--continue-on-failure"),
        *("--request-timeout", str(SLOWEST_SECONDS), "--max-response-time", str(SLOWEST_SECONDS), "--warnings", "off"),
        *options,
    ]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603 - our own words


def cases(told: str) -> int:
    """How many calls schemathesis says it made."""
    found = re.search(r"^\s*(\d+) generated", told, re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
