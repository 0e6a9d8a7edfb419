"""A program for `test_killed.py`: forks workers that kill themselves before their Nth statement, and tells how each ended.

    python killed.py store URL      one transaction a worker, over every aggregate
    python killed.py open URL       opening a database for the first time, again and again

Each line of output is `N STATUS`, STATUS being `killed` or `done`; the last worker, which nothing kills, ends with `done`.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import Engine, event

from monitor.store import Store
from monitor.watch import TargetName
from tests.monitor.store.build import NOW, cause, document, entry, escalation, finding, page, timer, transition


def kill_before_statement(number: int) -> None:
    """The commit counts as a statement too."""
    left = itertools.count(number, -1)

    def count(*_: object) -> None:
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)


async def transact(url: str, number: int) -> None:
    store = await Store.open(url)
    kill_before_statement(number)
    target, name = TargetName(f"a/{number}"), f"e{number}"
    async with store.write() as tx:
        await tx.targets.register([(target, "a", NOW)])
        snapshot = await tx.snapshots.add(target, document(f"content {number}"), NOW)
        await tx.findings.replace(target, "a", snapshot, [finding("a"), finding("b")], NOW)
        opened = escalation(name, causes=(cause(name),))
        armed = replace(timer(escalation=name), generation=number)
        queued = replace(page(f"p{number}"), escalation=opened.id)
        await tx.escalations.save(transition(opened, arm=(armed,), pages=(queued,), entries=(entry("opened"),)))
        await tx.audit.append("ana", "opened", name, {}, NOW)
    await store.close()


async def open_it(url: str, number: int) -> None:
    kill_before_statement(number)
    await (await Store.open(url)).close()


def main(what: str, url: str) -> None:
    work = {"store": transact, "open": open_it}[what]
    # Loaded once here rather than by every worker.
    for module in (
        "alembic.config",
        "alembic.runtime.environment",
        "alembic.script",
        "aiosqlite",
        "asyncpg",
        "pydantic.dataclasses",
    ):
        with suppress(ImportError):
            importlib.import_module(module)
    # Opening takes some forty statements, each of which could be the last; every seventh will do.
    for number in itertools.count(1, 1 if what == "store" else 7):
        child = os.fork()
        if child == 0:
            asyncio.run(work(url, number))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write(f"{number} {'killed' if killed else 'done' if status == 0 else f'failed {status}'}\n")
        sys.stdout.flush()
        if not killed:
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
