"""Bringing a store to the version of the schema that this program knows.

A store of a newer version is refused, because an older program would write what the newer one
does not expect. One process migrates, the others wait and find it done.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from sqlalchemy import Connection, insert, inspect, select

from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.database import Database
from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.schema import REVISIONS, metadata, versions

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
        version = await _version(connection, database.place.name)
        if version != REVISIONS[-1]:
            await connection.run_sync(stepped if version else begun)


async def _version(connection: AsyncConnection, name: str) -> str:
    tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    if versions.name not in tables:
        if tables:
            raise StoreError(f"{name} is a database of another program; name another place")
        return ""
    version = (await connection.execute(select(versions.c.version_num))).scalar()
    if version is not None and version not in REVISIONS:
        raise StoreError(
            f"the store {name} was written by a newer Trunkline (schema {version}, this one knows "
            f"{REVISIONS[-1]}); update Trunkline, or name another place for the store"
        )
    return version or ""


def begun(connection: Connection) -> None:
    """The newest tables in an empty store: what all steps together make, without Alembic, which
    takes longer to load than a store takes to open."""
    metadata.create_all(connection)
    versions.create(connection)
    connection.execute(insert(versions).values(version_num=REVISIONS[-1]))


def stepped(connection: Connection) -> None:
    """The steps that are left from an older version."""
    config = import_module("alembic.config").Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.attributes["connection"] = connection
    import_module("alembic.command").upgrade(config, "head")
