"""Opening a store, whatever state its file is in.

A damaged file is moved aside and the store begun anew: it holds history and remembered verdicts,
which is less than a sync that cannot run. A lock beside the file lets one process at a time make,
move or migrate it.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from trunkline.edge.store.database import Database, Place
from trunkline.edge.store.errors import Damaged, StoreError, translated
from trunkline.edge.store.migrate import is_current, migrate

log = logging.getLogger(__name__)

LOCK_WAIT = 30.0
PAUSE = 0.05


async def open_database(place: Place, *, busy_seconds: float) -> tuple[Database, tuple[str, ...]]:
    """A database of the newest version, and warnings about what was done. Raises StoreError."""
    if place.file is None:
        database = Database(place)
        if not await _ready(database):
            await migrate(database)
        return database, ()
    with translated(place.name):
        await asyncio.to_thread(_make_file, place.file)
    warnings: tuple[str, ...] = ()
    if not marker(place.file).exists():
        database = Database(place, busy_seconds=busy_seconds)
        with contextlib.suppress(Damaged):
            if await _ready(database):
                return database, ()
        await database.close()
    async with _alone(place):
        warnings = await _mended(place, busy_seconds)
        database = Database(place, busy_seconds=busy_seconds)
        if not await _ready(database):
            await _prepare(database)
    return database, warnings


def marker(file: Path) -> Path:
    """The file that says: this store was found damaged while it was in use."""
    return file.with_name(f"{file.name}.damaged")


async def _ready(database: Database) -> bool:
    try:
        return await is_current(database)
    except BaseException:
        await database.close()
        raise


async def _prepare(database: Database) -> None:
    try:
        async with database.read() as connection:
            # Cannot be changed inside a transaction; stays in the file.
            raw = await connection.get_raw_connection()
            await raw.driver_connection.rollback()
            await raw.driver_connection.execute("PRAGMA journal_mode=WAL")
        await migrate(database)
    except BaseException:
        await database.close()
        raise


async def _mended(place: Place, busy_seconds: float) -> tuple[str, ...]:
    assert place.file is not None
    if not marker(place.file).exists():
        database = Database(place, busy_seconds=busy_seconds)
        try:
            await is_current(database)
            return ()
        except Damaged:
            pass
        finally:
            await database.close()
    with translated(place.name):
        aside = await asyncio.to_thread(_moved_aside, place.file)
        await asyncio.to_thread(_make_file, place.file)
    warning = f"the store {place.name} was damaged; it is now {aside}, and history begins anew"
    log.warning(warning)
    return (warning,)


def _make_file(file: Path) -> None:
    """For the owner only: runs and inventories tell what lives in which cluster."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _moved_aside(file: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    aside = file.with_name(f"{file.name}.damaged-{stamp}-{os.getpid()}")
    for ending in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + ending).rename(aside.with_name(aside.name + ending))
    file.rename(aside)
    marker(file).unlink(missing_ok=True)
    return aside


@contextlib.asynccontextmanager
async def _alone(place: Place) -> AsyncIterator[None]:
    """Held by one process at a time; the system frees it when the process dies."""
    assert place.file is not None
    with translated(place.name):
        handle = os.open(f"{place.file}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        deadline = time.monotonic() + LOCK_WAIT
        while not _locked(handle):
            if time.monotonic() > deadline:
                raise StoreError(f"the store {place.name} is being prepared by another process")
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
