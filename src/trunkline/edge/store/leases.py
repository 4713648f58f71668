"""Leases: a key belongs to one process at a time, for as long as that process says so.

The holder renews its lease while it works. A lease whose time is up by the store's clock, or whose
holder is a dead process of this machine, can be taken over: `kill -9` blocks nobody. A holder that
did not renew in time (a machine that slept) and finds its lease taken is stopped.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, bindparam, delete, select, update

from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.database import Database
from trunkline.edge.store.errors import Leased, LeaseLost, StoreError
from trunkline.edge.store.process import Process, this_process
from trunkline.edge.store.schema import leases
from trunkline.edge.store.upsert import insert_if_new

BEATS = 3
"""A lease is renewed this often in its time."""

# Built once: a sync of many components runs these more often than anything else.
HOLDER = select(leases).where(leases.c.key == bindparam("of_key"))
OWN = (leases.c.key == bindparam("of_key")) & (leases.c.token == bindparam("of_token"))
RENEW = update(leases).where(OWN)
FREE = delete(leases).where(OWN)


class Claim(Struct, frozen=True):
    """`token` tells this holding of the key from any other, also by the same owner."""

    key: str
    owner: str
    seconds: float
    token: str

    @property
    def own(self) -> dict[str, str]:
        return {"of_key": self.key, "of_token": self.token}


@contextlib.asynccontextmanager
async def held(database: Database, key: str, owner: str, seconds: float) -> AsyncIterator[None]:
    """Hold a key while the block runs. Raises Leased, LeaseLost, StoreError."""
    claim = Claim(key, owner, seconds, uuid.uuid4().hex)
    try:
        await _take(database, claim)
        async with asyncio.timeout(None) as life:
            beat = asyncio.create_task(_renew(database, claim, life), name=f"lease of {key}")
            try:
                yield
            finally:
                beat.cancel()
                await asyncio.wait([beat])
    except TimeoutError:
        if not life.expired():
            raise
        raise await _lost(database, claim) from None
    finally:
        # What cannot be freed now is free when its time is up.
        with contextlib.suppress(StoreError):
            await _free(database, claim)


class Holding(Struct, frozen=True):
    """A key that is held; `since` is Unix time in seconds, `dead` that its process certainly is."""

    key: str
    owner: str
    since: float
    dead: bool = False


async def holdings(database: Database, prefix: str) -> tuple[Holding, ...]:
    """What is held of the keys that begin so, by key."""
    wanted = select(leases).order_by(leases.c.key)
    async with database.read() as connection:
        rows = (await connection.execute(wanted)).all()
        now = await database.clock.now(connection)
    return tuple(
        Holding(row.key, row.owner, row.since, Process.parsed(row.process).is_dead)
        for row in rows
        if row.key.startswith(prefix) and row.expires > now
    )


async def broken(database: Database, key: str, owner: str, since: float) -> bool:
    """Take a key away from the holder that was looked at, who is stopped; whether it still had it.
    Another that took it over meanwhile keeps it.
    """
    same = (leases.c.key == key, leases.c.owner == owner, leases.c.since == since)
    async with database.write() as connection:
        gone = delete(leases).where(*same)
        return bool((await connection.execute(gone)).rowcount)


async def _take(database: Database, claim: Claim) -> None:
    async with database.write() as connection:
        await _take_in(connection, claim, await database.clock.now(connection))


async def _take_in(connection: AsyncConnection, claim: Claim, now: float) -> None:
    """A key is free most of the time, so it is taken first, and looked at where that fails."""
    new = {
        "owner": claim.owner,
        "token": claim.token,
        "process": str(this_process()),
        "since": now,
        "expires": now + claim.seconds,
    }
    if await insert_if_new(connection, leases, {"key": claim.key, **new}):
        return
    row = await _holder(connection, claim.key)
    if row is None:
        # Held when we tried, and free by now: whoever asks again may have it.
        raise Leased(claim.key, "another", now)
    taken = False
    if row.expires <= now or Process.parsed(row.process).is_dead:
        same = {"of_key": claim.key, "of_token": row.token}
        taken = (await connection.execute(RENEW.values(**new), same)).rowcount == 1
    if not taken:
        raise Leased(claim.key, row.owner, row.since)


async def _renew(database: Database, claim: Claim, life: asyncio.Timeout) -> None:
    """Renew until cancelled; end the holder's work once another holds the key."""
    while True:
        await asyncio.sleep(claim.seconds / BEATS)
        with contextlib.suppress(StoreError):
            async with database.write() as connection:
                now = await database.clock.now(connection)
                later = RENEW.values(expires=now + claim.seconds)
                if (await connection.execute(later, claim.own)).rowcount == 0:
                    break
    life.reschedule(asyncio.get_running_loop().time())


async def _free(database: Database, claim: Claim) -> None:
    async with database.write() as connection:
        await connection.execute(FREE, claim.own)


async def _lost(database: Database, claim: Claim) -> LeaseLost:
    async with database.read() as connection:
        row = await _holder(connection, claim.key)
    owner, since = (row.owner, row.since) if row else ("another", time.time())
    return LeaseLost(claim.key, owner, since)


async def _holder(connection: AsyncConnection, key: str) -> Row[Any] | None:
    return (await connection.execute(HOLDER, {"of_key": key})).first()
