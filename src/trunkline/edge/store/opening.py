"""Opening a store: where it is, that its tables are the newest, and what if they cannot be.

A file that is no SQLite database, or a damaged one, is moved aside and begun anew: what it held is
history, and the clusters and Git hold the rest. One that a newer Trunkline wrote is left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from trunkline.edge.store.errors import StoreError

MIGRATIONS = Path(__file__).parent / "migrations"

# How long a writer waits for another one, in seconds.
PATIENCE = 15

DAMAGED = ("file is not a database", "malformed", "file is encrypted")


async def opened(place: str) -> tuple[AsyncEngine, str]:
    """The engine of a path or a URL with its tables made new, and a warning or "".

    Raises StoreError.
    """
    if "://" in place:
        engine = create_async_engine(place)
        await _migrated(engine)
        return engine, ""
    path = Path(place).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: {error.strerror}", _elsewhere()) from None
    try:
        return await _sqlite(path), ""
    except StoreError as error:
        if not any(word in str(error) for word in DAMAGED):
            raise
    aside = path.with_name(f"{path.name}.damaged-{time.time():.0f}")
    path.rename(aside)
    return await _sqlite(path), f"{path} was damaged; it lies in {aside}, a new one was begun"


async def _sqlite(path: Path) -> AsyncEngine:
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}", connect_args={"timeout": PATIENCE})

    @event.listens_for(engine.sync_engine, "connect")
    def _prepared(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    try:
        with _alone(path):
            await _migrated(engine)
    except BaseException:
        await engine.dispose()
        raise
    return engine


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one process makes tables at a time."""
    try:
        with path.with_name(f"{path.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", _elsewhere()) from None


async def _migrated(engine: AsyncEngine) -> None:
    try:
        async with asyncio.timeout(60), engine.begin() as connection:
            await connection.run_sync(_upgrade)
    except (DatabaseError, OperationalError, sqlite3.Error, OSError) as error:
        raise StoreError(told(error), _elsewhere()) from error


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    now = MigrationContext.configure(connection).get_current_revision()
    if now == scripts.get_current_head():
        return
    if now is not None and now not in {one.revision for one in scripts.walk_revisions()}:
        raise StoreError(
            f"the store was written by a newer Trunkline (its tables are at {now})",
            "use that version, or name another file with TRUNKLINE_STORE",
        )
    command.upgrade(config, "head")


def told(error: BaseException) -> str:
    """A database's error in one line, without the statement and its values."""
    cause = getattr(error, "orig", None) or error
    return f"the store cannot be used: {str(cause).splitlines()[0]}"


def _elsewhere() -> str:
    return "TRUNKLINE_STORE names another file; deleting it loses history only"
