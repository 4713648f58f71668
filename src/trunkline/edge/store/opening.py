"""Opening a store, whatever state its file is in.

A damaged file is moved aside and the store begun anew: it holds history and remembered verdicts,
which is less than a sync that cannot run. One that holds states is left alone, and refused. A lock
beside the file lets one process at a time make, move or migrate it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import time
from collections.abc import AsyncIterator
from enum import Enum
from pathlib import Path

from sqlalchemy import Connection

from trunkline.edge.store.database import Database, Place, damage_mark
from trunkline.edge.store.errors import Damaged, StoreError
from trunkline.edge.store.migrate import is_current, migrate
from trunkline.edge.store.translate import translated

log = logging.getLogger(__name__)

LOCK_WAIT = 30.0
PAUSE = 0.05


class State(Enum):
    CURRENT = "ready for use"
    OLD = "empty, or of an older version"
    DAMAGED = "not readable"


async def open_database(place: Place, *, busy_seconds: float) -> tuple[Database, tuple[str, ...]]:
    """A database of the newest version, and warnings about what was done. Raises StoreError."""
    if place.file:
        with translated(place.name):
            await asyncio.to_thread(_make_file, place.file)
    async with _closed_on_error(Database(place, busy_seconds=busy_seconds)) as database:
        if await _state(database) is State.CURRENT:
            return database, ()
        if place.file is None:
            await migrate(database)
            return database, ()
    await database.close()
    async with _alone(place.file):
        return await _made_ready(place, place.file, busy_seconds)


async def _made_ready(
    place: Place, file: Path, busy_seconds: float
) -> tuple[Database, tuple[str, ...]]:
    async with _closed_on_error(Database(place, busy_seconds=busy_seconds)) as database:
        state = await _state(database)
        if state is not State.DAMAGED:
            if state is State.OLD:
                await _prepare(database)
            return database, ()
    await database.close()
    if place.precious:
        raise StoreError(
            f"the store {file} is damaged and is left as it is, for it holds states",
            remedy=f"restore it from a backup, or save what is left: sqlite3 {file} .recover",
        )
    warning = await asyncio.to_thread(_move_aside, file)
    async with _closed_on_error(Database(place, busy_seconds=busy_seconds)) as database:
        await _prepare(database)
        return database, (warning,)


async def _state(database: Database) -> State:
    if (file := database.place.file) and damage_mark(file).exists():
        return State.DAMAGED
    try:
        return State.CURRENT if await is_current(database) else State.OLD
    except Damaged:
        return State.DAMAGED


async def _prepare(database: Database) -> None:
    async with database.read() as connection:
        await connection.run_sync(_write_ahead)
    await migrate(database)


def _write_ahead(connection: Connection) -> None:
    """Cannot be changed inside a transaction; the file remembers it."""
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute("PRAGMA journal_mode=WAL")


@contextlib.asynccontextmanager
async def _closed_on_error(database: Database) -> AsyncIterator[Database]:
    try:
        yield database
    except BaseException:
        await database.close()
        raise


def _make_file(file: Path) -> None:
    """For the owner only: runs and inventories tell what lives in which cluster."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _move_aside(file: Path) -> str:
    """Keep the damaged file under another name and leave an empty one; what a person is told."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = file.with_name(f"{file.name}.damaged-{stamp}-{os.getpid()}")
    with translated(str(file)):
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                file.with_name(file.name + ending).rename(aside.with_name(aside.name + ending))
        damage_mark(file).unlink(missing_ok=True)
        _make_file(file)
    warning = f"the store {file} was damaged; it is now {aside}, and history begins anew"
    log.warning(warning)
    return warning


@contextlib.asynccontextmanager
async def _alone(file: Path) -> AsyncIterator[None]:
    """Held by one process at a time; the system frees it when the process dies."""
    with translated(str(file)):
        handle = os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + LOCK_WAIT
        while not _locked(handle):
            if time.monotonic() > deadline:
                raise StoreError(f"the store {file} is being prepared by another process")
            await asyncio.sleep(PAUSE)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
