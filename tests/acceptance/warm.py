"""What every process of ours loads on its way to the first probe, done once by the process that the others are forked from."""

from __future__ import annotations

import gc
from importlib import import_module

from monitor.plugins import Family, kinds

for name in (
    "aiosqlite",
    "alembic.command",
    "certifi",
    "graphql",
    "monitor.cli.run",
    "monitor.config.loader",
    "monitor.daemon",
    "pytest",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "tests.acceptance.forked",
    "uvicorn.lifespan.off",
    "uvicorn.protocols.http.auto",
):
    import_module(name)
for family in Family:
    kinds(family)
gc.collect()
gc.freeze()  # no collection of a child looks at, and so copies, what all of them share
