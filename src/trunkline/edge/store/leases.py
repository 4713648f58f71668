"""Leases: one process at a time syncs a component.

A lease lasts for seconds and is renewed while its holder lives. One that has run out is taken over;
so is one whose holder was a process of this machine that lives no more, at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.edge.store.errors import Leased
from trunkline.edge.store.tables import LEASES


@contextlib.asynccontextmanager
async def lease(engine: AsyncEngine, key: str, owner: str, seconds: float) -> AsyncIterator[None]:
    """Hold the lease inside the context. Raises Leased where somebody else holds it."""
    process = f"{this_process()}/{id(asyncio.current_task())}"
    await _take(engine, key, owner, process, seconds)
    renewal = asyncio.create_task(_renewed(engine, key, process, seconds), name=f"lease {key}")
    try:
        yield
    finally:
        renewal.cancel()
        await asyncio.gather(renewal, return_exceptions=True)
        async with engine.begin() as connection:
            mine = (LEASES.c.key == key) & (LEASES.c.process == process)
            await connection.execute(delete(LEASES).where(mine))


async def _take(engine: AsyncEngine, key: str, owner: str, process: str, seconds: float) -> None:
    try:
        async with engine.begin() as connection:
            await _clear(connection, key)
            now = time.time()
            row = {
                "key": key,
                "owner": owner,
                "process": process,
                "since": now,
                "until": now + seconds,
            }
            await connection.execute(insert(LEASES).values(row))
    except IntegrityError:
        async with engine.connect() as connection:
            found = await connection.execute(select(LEASES).where(LEASES.c.key == key))
            holder = found.mappings().first()
        raise Leased(
            key, holder["owner"] if holder else "another", holder["since"] if holder else 0.0
        ) from None


async def _clear(connection: AsyncConnection, key: str) -> None:
    """Remove a lease that nobody holds any more."""
    # Deleting first takes SQLite's write lock before anything is read (no lost upgrade).
    old = (LEASES.c.key == key) & (LEASES.c.until < time.time())
    await connection.execute(delete(LEASES).where(old))
    found = await connection.execute(select(LEASES.c.process).where(LEASES.c.key == key))
    process = found.scalar_one_or_none()
    if process is not None and is_dead(process):
        dead = (LEASES.c.key == key) & (LEASES.c.process == process)
        await connection.execute(delete(LEASES).where(dead))


async def _renewed(engine: AsyncEngine, key: str, process: str, seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds / 3)
        async with engine.begin() as connection:
            mine = (LEASES.c.key == key) & (LEASES.c.process == process)
            until = time.time() + seconds
            await connection.execute(update(LEASES).where(mine).values(until=until))


def this_process() -> str:
    """This machine since it was started, and this process since it was: no two are the same."""
    return f"{_boot()}/{os.getpid()}/{_started(os.getpid())}"


def is_dead(process: str) -> bool:
    """Whether the process was one of this machine and runs no more."""
    boot, pid, started, *_ = process.split("/")
    return bool(boot) and boot == _boot() and _started(int(pid)) != started


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def _started(pid: int) -> str:
    """When a process began, in ticks since the boot; "" where it is not there."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""
