"""What the audit log costs: `python -m bench.audit`. A database of its own, which syncs to disk as users' do."""

import asyncio
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from app.domain.audit import Deed, Wanted
from app.services.audit import Audit
from app.store.embedded import EmbeddedPostgres
from app.store.migrate import migrate
from app.store.open import Store, open_store
from app.store.seal import Seal

DEED = Deed("The key fk_live_Zt3kQ1…", "IdentifyFace", "staff", ("ana", "ben"), "", "6b0b3d8c2f5e4c1d", 200)
LINES, CALLS = 100_000, 300


def main() -> None:
    """Print how long an entry takes, alone and among many, and how long a log is read and verified."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder) / "postgres") as url:
        migrate(url)
        asyncio.run(_measure(url))


async def _measure(url: str) -> None:
    async with open_store(url, pool_size=8, timeout=60, seal=Seal([bytes(32)])) as store:
        audit = Audit(store.audit)
        for at_once in (1, 8, 64):
            took, wall = await _enter(audit, at_once)
            print(f"{at_once:3} at once: {median(took) * 1000:6.2f} ms an entry, {len(took) / wall:6.0f} entries/s")
        await _read(store, audit)


async def _enter(audit: Audit, at_once: int) -> tuple[list[float], float]:
    took: list[float] = []

    async def caller() -> None:
        for _ in range(CALLS):
            began = time.perf_counter()
            await audit.enter("default", DEED)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(at_once)))
    return took, time.perf_counter() - began


async def _read(store: Store, audit: Audit) -> None:
    for _ in range(LINES // 1000):
        await store.audit.append("default", [replace(DEED, members=("eve",))] * 1000)
    began = time.perf_counter()
    verdict = await audit.verify("default")
    print(f"verifying {verdict.checked} lines: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    await store.audit.page("default", "", 100, Wanted(member_id="nobody"))
    print(f"a member of whom there is none: {time.perf_counter() - began:.2f} s")


if __name__ == "__main__":
    main()
