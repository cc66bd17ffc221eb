"""From an ImageRef to bytes, whichever kind it is."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.domain.images import Base64, FetchedImage, ImageRef, LocalPath, StorageKey, SupabasePath, Upload, Url
from app.domain.storage import Scheme
from app.sources.buckets.door import Buckets, Door
from app.sources.buckets.local import LocalBuckets
from app.sources.buckets.s3 import S3Buckets
from app.sources.buckets.supabase import SupabaseBuckets
from app.sources.fetch import Fetcher, Rules
from app.sources.inline import InlineSource
from app.sources.network import Origin, Resolver, resolve
from app.sources.path import PathSource
from app.sources.pulse import Pulse
from app.sources.s3 import Signer, Storage, StorageSource, signers
from app.sources.supabase import Project, SupabaseSource
from app.sources.upload import UploadSource
from app.sources.url import UrlSource


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """All that the sources need to know. None: nobody has set that storage up. resolver: names to addresses.

    local: folders of this machine by the bucket's name of `local://`. page: keys that a listing asks for at once.
    root: a folder of this machine that is open to callers.
    """

    rules: Rules = field(default_factory=Rules)
    supabase: Project | None = None
    s3: Storage | None = None
    r2: Storage | None = None
    local: Mapping[str, Path] = field(default_factory=dict)
    root: Path | None = None
    page: int = 1000
    resolver: Resolver = resolve

    @property
    def trusted(self) -> tuple[Origin, ...]:
        """Origins of the configured storages."""
        return tuple(origin for storage in (self.supabase, self.s3, self.r2) if storage for origin in storage.trusted)


@dataclass(frozen=True, slots=True)
class Sources:
    """Every kind of source behind one door: an app.ports.ImageSource. buckets: an app.ports.Storage.

    pulse: an app.ports.SourcePulse.
    """

    upload: UploadSource
    inline: InlineSource
    url: UrlSource
    supabase: SupabaseSource
    storage: StorageSource
    path: PathSource
    buckets: Door
    pulse: Pulse

    async def read(self, ref: ImageRef) -> FetchedImage:
        """Fetch the bytes. Raises what ImageSource promises, each source failure as its own class."""
        with self.pulse.reading(_kind(ref)):
            return await self._read(ref)

    async def _read(self, ref: ImageRef) -> FetchedImage:
        match ref:
            case Upload():
                return await self.upload.read(ref)
            case Base64():
                return await self.inline.read(ref)
            case Url():
                return await self.url.read(ref)
            case SupabasePath():
                return await self.supabase.read(ref)
            case StorageKey():
                return await self.storage.read(ref)
            case LocalPath():
                return await self.path.read(ref)


def _kind(ref: ImageRef) -> str:
    """As it is counted: a storage's keys by their scheme."""
    match ref:
        case Upload():
            return "upload"
        case Base64():
            return "base64"
        case Url():
            return "url"
        case SupabasePath():
            return "supabase"
        case StorageKey():
            return "r2" if ref.uri.startswith("r2://") else "s3"
        case LocalPath():
            return "path"


@asynccontextmanager
async def open_sources(options: SourceOptions) -> AsyncIterator[Sources]:
    """Open the HTTP clients, and close them in the end. Nothing is connected to before the first picture."""
    most = options.rules.max_bytes
    async with AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(Fetcher(options.rules, options.trusted, resolver=options.resolver))
        supabase = SupabaseSource(fetcher, options.supabase, options.rules.first_byte_seconds)
        signed, pulse = signers(options.s3, options.r2), Pulse()
        yield Sources(
            UploadSource(most),
            InlineSource(most),
            UrlSource(fetcher),
            await stack.enter_async_context(supabase),
            StorageSource(fetcher, signed),
            PathSource(options.root, most),
            Door(_kinds(options, fetcher, signed), most, pulse),
            pulse,
        )


def _kinds(options: SourceOptions, fetcher: Fetcher, signed: Mapping[str, Signer]) -> dict[Scheme, Buckets]:
    kinds: dict[Scheme, Buckets] = {
        Scheme(scheme): S3Buckets(fetcher, signer, options.page) for scheme, signer in signed.items()
    }
    if options.supabase:
        kinds[Scheme.SUPABASE] = SupabaseBuckets(fetcher, options.supabase, options.page)
    if options.local:
        kinds[Scheme.LOCAL] = LocalBuckets(options.local, options.rules.max_bytes, options.page)
    return kinds
