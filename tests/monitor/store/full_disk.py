"""A program for `test_full_disk.py`: stores something, runs out of disk, then has room again. Prints what it saw, a line each."""

from __future__ import annotations

import asyncio
import random
import resource
import sys
from datetime import timedelta
from pathlib import Path

from monitor.store import Store, StoreError
from schemas.document import Document
from tests.monitor.store.build import ACCOUNT, NOW, document


def room(size: int) -> None:
    """No file may grow beyond this many bytes: to SQLite the same as a disk with no more room."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def tell(*what: object) -> None:
    sys.stdout.write(" ".join(map(str, what)) + "\n")


def largest(folder: str) -> int:
    return max(path.stat().st_size for path in Path(folder).iterdir())


async def main(folder: str) -> None:
    store = await Store.open(f"sqlite:///{folder}/store.db", busy=timedelta(seconds=5))
    incompressible = Document(content=random.Random(1).randbytes(4_000_000))

    async def add(what: Document) -> None:
        try:
            async with store.write() as tx:
                await tx.audit.append("ana", "added", str(len(what.content)), {}, NOW)
                await tx.snapshots.add(ACCOUNT, what, NOW)
            tell("stored")
        except StoreError as error:
            tell(type(error).__name__, error)

    await add(document("before"))
    room(largest(folder) + 100_000)
    await add(incompressible)
    async with store.read() as tx:
        tell("kept", len(await tx.snapshots.history(ACCOUNT, 9)), len(await tx.audit.tail(9)))
    room(resource.RLIM_INFINITY)
    await add(incompressible)
    async with store.read() as tx:
        latest = await tx.snapshots.latest(ACCOUNT)
        assert latest is not None
        tell("intact", await tx.snapshots.document(latest.hash) == incompressible, len(await tx.audit.tail(9)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
