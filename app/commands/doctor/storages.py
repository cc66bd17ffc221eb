"""The storages that are set: each is asked for one page of a folder that is in use."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress

from app import wiring
from app.commands.doctor.finding import Finding, bad, look, ok
from app.config import Settings
from app.domain.errors import (
    FaceReconError,
    SourceDenied,
    SourceForbidden,
    SourceNotConfigured,
    SourceNotFound,
)
from app.domain.storage import Folder, Scheme
from app.ports import Storage

MENDS: dict[type[FaceReconError], str] = {
    SourceDenied: "Its key may not list and read there: give it those rights on the bucket.",
    SourceNotFound: "There is no such bucket: mind its name, region and address.",
    SourceNotConfigured: "Set its address and keys (.env.example has their names).",
    SourceForbidden: "Its address may not be used; see FETCH_ALLOW_NETWORKS.",
}


async def storages(settings: Settings, sources: Sequence[str]) -> list[Finding]:
    """sources: folders that galleries lie in, as text."""
    folders = {folder.at(""): folder for folder in _folders(settings, sources)}
    async with wiring.open_storage(settings) as storage:
        findings = [await _try(storage, name, folder) for name, folder in folders.items()]
    tried = {folder.scheme for folder in folders.values()}
    return [*findings, *_untried(settings, tried)]


def _folders(settings: Settings, sources: Sequence[str]) -> Iterator[Folder]:
    yield from map(Folder.parse, sources)
    if settings.uploads.folder:
        yield Folder.parse(settings.uploads.folder)
    if settings.supabase.url and settings.supabase.service_role_key:
        yield Folder.parse(f"supabase://{settings.supabase.storage_bucket}/")


async def _try(storage: Storage, name: str, folder: Folder) -> Finding:
    try:
        async with aclosing(storage.list(folder)) as pages:  # type: ignore[type-var]  # every adapter's is a generator
            with suppress(StopAsyncIteration):
                await anext(pages)
    except FaceReconError as error:
        return bad("sources", f"{name}: {error}", MENDS.get(type(error), "Is its address right, and does it answer?"))
    return ok("sources", f"{name} can be listed.")


def _untried(settings: Settings, tried: set[Scheme]) -> Iterator[Finding]:
    keys = {Scheme.S3: settings.s3.access_key_id, Scheme.R2: settings.r2.access_key_id}
    for scheme in sorted(scheme for scheme, key in keys.items() if key and scheme not in tried):
        yield look("sources", f"{scheme}:// is set, and no gallery or upload names a bucket.", "Nothing was tried.")
    if not tried and not any(keys.values()):
        yield ok("sources", "No storage is set.")
