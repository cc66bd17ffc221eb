"""The key of a database of our own, in a file beside it that its owner alone may read."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32
KEY_FILE = "encryption.key"


def kept_key(path: Path) -> bytes:
    """The key in the file, which is made where there is none. Any number of processes may call this at once."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}")  # mode 0600
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):  # another process was faster, and its key is the one
            path.hardlink_to(draft)
        Path(draft).unlink()
    return path.read_bytes()
