"""Bringing a store to the version of the schema that this program knows.

A store of a newer version is refused, because an older program would write what the newer one
does not expect. One process migrates, the others wait and find it done.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.database import Database
from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.schema import REVISIONS

VERSIONS = "alembic_version"
STEPS = Path(__file__).parent / "migrations"


async def is_current(database: Database) -> bool:
    """Whether the store has the newest version. Raises StoreError if it is newer, or not ours."""
    async with database.read() as connection:
        return await _version(connection, database.place.name) == REVISIONS[-1]


async def migrate(database: Database) -> None:
    """Bring the store to the newest version, in one transaction. Raises StoreError."""
    async with database.write() as connection:
        await database.alone(connection)
        # Another process may have migrated while this one waited for the lock.
        if await _version(connection, database.place.name) != REVISIONS[-1]:
            await connection.run_sync(_upgrade)


async def _version(connection: AsyncConnection, name: str) -> str:
    tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if VERSIONS not in tables:
        if tables:
            raise StoreError(f"{name} is a database of another program; name another place")
        return ""
    version = (await connection.execute(text(f"SELECT version_num FROM {VERSIONS}"))).scalar()
    if version is not None and version not in REVISIONS:
        raise StoreError(
            f"the store {name} was written by a newer Trunkline (schema {version}, this one knows "
            f"{REVISIONS[-1]}); update Trunkline, or name another place for the store"
        )
    return version or ""


def _upgrade(connection: Connection) -> None:
    # Imported here: only a migration needs Alembic, which takes longer to load than a store opens.
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    import_module("alembic.command").upgrade(config, "head")
