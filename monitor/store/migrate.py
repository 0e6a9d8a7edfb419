"""Brings the schema to the version this code knows. One process at a time; the others wait, then find it done."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from monitor.store.engines import Place, migrator
from monitor.store.errors import StoreError

LATEST = "0002"
"""The newest revision under `migrations/versions`."""

_LOCK = 0x64726966  # "drif": any number, as long as every driftpager asks for the same


async def migrate(where: Place) -> bool:
    """True where the database was empty before. All of it is one transaction: a kill half-way leaves the old schema."""
    engine = migrator(where)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_upgrade, where.name)
    finally:
        await engine.dispose()


def _upgrade(connection: Connection, name: str) -> bool:
    server = connection.dialect.name == "postgresql"
    if server:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    tables = set(inspect(connection).get_table_names())
    present = connection.scalar(text("SELECT version_num FROM alembic_version")) if "alembic_version" in tables else None
    if present == LATEST:
        return False
    if present is None and tables and not server:
        raise StoreError(f"{name}: the database belongs to another program (it has a table {min(tables)}); name another file")

    # Imported only when there is work: every command opens the store, few change its schema.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    try:
        if present is not None:
            script.get_revision(present)
    except CommandError:
        raise StoreError(
            f"{name}: written by a newer driftpager (schema {present}, this one knows {LATEST}); "
            "upgrade driftpager or restore a backup"
        ) from None
    with EnvironmentContext(
        config, script, fn=lambda revision, _: script._upgrade_revs("head", revision), destination_rev="head"
    ) as environment:
        environment.configure(connection=connection, transactional_ddl=True, transaction_per_migration=False)
        environment.run_migrations()
    if not server:
        broken = connection.execute(text("PRAGMA foreign_key_check")).first()
        if broken is not None:
            raise StoreError(f"{name}: migrating would leave table {broken[0]} with loose ends; nothing was changed; report this")
    return present is None
