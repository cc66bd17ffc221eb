"""Bring a pack of the catalogue onto this machine. Only ever by the operator's command, never while serving."""

import fcntl
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import httpx2

from app.vision.models.catalogue import Bundle, File
from app.vision.models.download import Progress, client, download, quiet
from app.vision.models.trouble import PullFailed
from app.vision.models.verify import State, check

LARGEST_UNKNOWN = 2_000_000_000
"""Bytes allowed to a file whose size nobody has published."""
GOOD = (State.OK, State.UNKNOWN)


def pull(pack: Bundle, root: Path, progress: Progress = quiet) -> Path:
    """Download what is missing or damaged into `root/models/<pack>`; return that folder.

    A file appears under its name only when it is whole and its hash is right. What was begun is gone on with at the
    next call; what turned out wrong is deleted. Raises PullFailed.
    """
    folder = root / "models" / pack.name
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder), client() as web:
        wanted = [file for file in pack.files if check(file, folder).state not in GOOD]
        if wanted and not pack.can_be_pulled:
            msg = f"No public address of {pack.name} is known: copy its files into {folder}."
            raise PullFailed(msg)
        if wanted and pack.archive:
            _from_archive(web, pack, folder, wanted, progress)
        else:
            for file in wanted:
                part = folder / f"{file.name}.part"
                download(web, file.url, part, file.bytes, progress)
                _settle(file, part)
    return folder


def _from_archive(web: httpx2.Client, pack: Bundle, folder: Path, wanted: list[File], progress: Progress) -> None:
    part = folder / f"{pack.name}.zip.part"
    download(web, pack.archive, part, 0, progress)
    try:
        with zipfile.ZipFile(part) as archive:
            for file in wanted:
                _settle(file, _unpacked(archive, file, folder))
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        msg = f"{pack.archive} is not the archive that was expected: {error}. It was deleted."
        raise PullFailed(msg) from error
    finally:
        # A right one has done its work, a wrong one would be gone on with for ever.
        part.unlink(missing_ok=True)


def _unpacked(archive: zipfile.ZipFile, file: File, folder: Path) -> Path:
    """Unpack the one member of that name, whatever folder of the archive it is in. Raises KeyError, PullFailed."""
    # Names in an archive are not trusted: ours is the name that is written to.
    member = next((name for name in archive.namelist() if PurePosixPath(name).name == file.name), file.name)
    most = file.bytes or LARGEST_UNKNOWN
    if archive.getinfo(member).file_size > most:
        msg = f"{file.name} is larger in the archive than the {most} bytes expected."
        raise PullFailed(msg)
    part = folder / f"{file.name}.part"
    with archive.open(member) as packed, part.open("wb") as plain:
        shutil.copyfileobj(packed, plain, 1 << 20)
    return part


def _settle(file: File, part: Path) -> None:
    """Give the file its name if it is the right one; else delete it. Raises PullFailed."""
    found = check(File(part.name, file.role, file.sha256), part.parent)
    if found.state not in GOOD:
        part.unlink(missing_ok=True)
        msg = f"{file.name} is not the published file: its SHA-256 is {found.sha256 or 'none'}. It was deleted."
        raise PullFailed(msg)
    part.replace(part.with_name(file.name))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second `pull` of the same pack away. Raises PullFailed."""
    with (folder / ".pull.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            msg = f"Another command is pulling into {folder} already."
            raise PullFailed(msg) from error
        yield
