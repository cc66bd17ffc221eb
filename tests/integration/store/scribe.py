"""A process that writes a hundred lines into the audit log: `python -m tests.integration.store.scribe URL NAME`.

It says when it is ready, and begins at the end of its input. It takes its time, so that another one meets it.
"""

import asyncio
import sys

from app.domain.audit import Deed
from app.services.audit import Audit
from app.store.open import open_store
from tests.contract.stores import SEAL


async def write(url: str, name: str) -> None:
    async with open_store(url, pool_size=2, timeout=10, seal=SEAL) as store:
        audit = Audit(store.audit)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.read()
        for ten in range(10):
            deeds = [Deed(name, "Written", target=f"{name} {10 * ten + n}") for n in range(10)]
            await asyncio.gather(*(audit.enter("default", deed) for deed in deeds))
            await asyncio.sleep(0.05)


asyncio.run(write(*sys.argv[1:]))
