"""Keep what a release asks of the database: `python -m tools.release`, when a release is made.

The next one's schema must answer all of it: the processes of both run beside each other while one replaces the other.
"""

import importlib
from pathlib import Path

import app
import app.store

ROOT = Path(__file__).parent.parent
STORE = Path(app.store.__file__).parent
RELEASES = ROOT / "tests" / "migration" / "releases"


def main() -> None:
    """Write every query of this code under its version."""
    RELEASES.mkdir(parents=True, exist_ok=True)
    (RELEASES / f"{app.__version__}.sql").write_text(
        "\n\n".join(f"-- name: {name}\n{text}" for name, text in sorted(queries().items())) + "\n"
    )


def queries() -> dict[str, str]:
    """All of them, as module.name."""
    found: dict[str, str] = {}
    for file in sorted(STORE.rglob("*.sql")):
        if file.parent.name != "migrations" and file.stem != "schema":
            module = ".".join(file.relative_to(STORE).with_suffix("").parts)
            loaded = importlib.import_module(f"app.store.{module}").QUERIES
            found |= {f"{module}.{name}": str(text) for name, text in loaded.items()}
    return found


if __name__ == "__main__":
    main()
