"""The states of units: kept version by version, locked, given back, restored.

Nothing is ever overwritten: an update, a deletion and a restore each add a version. Whether a state
may follow the one that is there is decided while the unit's row is held, so that of two writers one
is refused.

A state is on the disk before it is answered; a lock need not be. Where the power fails, a run whose
lock was lost is refused its update, and keeps its errored.tfstate.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy import insert, select

from trunkline.core.infra.state.follow import Follows, follows, refusal
from trunkline.core.infra.state.head import StateHead, head_of, parse_state, with_serial
from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.database import Database
from trunkline.edge.store.schema import state_versions, states
from trunkline.edge.store.states import events, locks, rows
from trunkline.edge.store.states.events import Event
from trunkline.edge.store.states.outcome import Kept, Refused
from trunkline.edge.store.states.rows import Sealed, UnitState, Version, lock_of, version_of
from trunkline.edge.store.vault import Vault, bound_state

P = ParamSpec("P")
T = TypeVar("T")

SMALL = 256 * 2**10


class States:
    """Every method is one transaction. Raises StoreError, SealError, BadState."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def units(self) -> tuple[UnitState, ...]:
        """Every unit that has or had a state or a lock, in the order of ids."""
        newest = states.outerjoin(
            state_versions,
            (states.c.unit == state_versions.c.unit)
            & (states.c.version == state_versions.c.version),
        )
        of_row = select(states).where((states.c.version > 0) | (states.c.lock_id != ""))
        of_version = select(*rows.HEAD).select_from(newest)
        async with self._database.read() as connection:
            found = {
                row.unit: version_of(row)
                for row in await connection.execute(of_version)
                if row.unit is not None
            }
            units = (await connection.execute(of_row)).all()
        whole = (UnitState(row.unit, found.get(row.unit), lock_of(row)) for row in units)
        return tuple(sorted(whole, key=lambda one: one.unit))

    async def versions(self, unit: str) -> tuple[Version, ...]:
        """The versions of a unit's state, the newest first."""
        wanted = select(*rows.HEAD).where(state_versions.c.unit == unit)
        newest_first = wanted.order_by(state_versions.c.version.desc())
        async with self._database.read() as connection:
            return tuple(version_of(row) for row in await connection.execute(newest_first))

    async def events(self, unit: str, limit: int = 50) -> tuple[Event, ...]:
        async with self._database.read() as connection:
            return await events.newest(connection, unit, limit)

    async def sealed(self, unit: str, version: int = 0) -> Sealed | None:
        """The state, the newest if no version is said, as it lies; None where there is none."""
        async with self._database.read() as connection:
            return await rows.sealed_at(connection, unit, version)

    async def opened(self, sealed: Sealed) -> bytes:
        sealer = await self._vault.opener(sealed.value)
        bound = bound_state(sealed.unit, sealed.version)
        return await beside(sealed.size, sealer.open, sealed.value, bound)

    async def read(self, unit: str, version: int = 0) -> bytes | None:
        """The state, the newest if no version is said; None where there is none."""
        sealed = await self.sealed(unit, version)
        return await self.opened(sealed) if sealed else None

    async def lock(self, unit: str, wanted: LockInfo, by: str) -> LockInfo | None:
        """Lock the state; the lock that is in the way, None where the caller has it now."""
        async with self._database.write(lasting=False) as connection:
            return await locks.take(connection, unit, wanted, by)

    async def unlock(self, unit: str, lock_id: str, by: str, *, forced: bool) -> LockInfo | None:
        """Give a lock back; the lock that is in the way. Without an id whatever lock there is."""
        async with self._database.write(lasting=False) as connection:
            return await locks.give_back(connection, unit, lock_id, by, forced=forced)

    async def keep(self, unit: str, data: bytes, lock_id: str, by: str) -> Kept | Refused:
        """Keep a new version that the holder of the lock brings."""
        head = await beside(len(data), lambda: head_of(parse_state(data)))
        sealer = await self._vault.sealer()
        async with self._database.write() as connection:
            row = await rows.held(connection, unit)
            answer = await self._allowed(connection, unit, row.version, head, data)
            if isinstance(answer, Version):
                return Kept(answer, again=True)
            if refused := locks.refusal(lock_of(row), lock_id) or answer:
                said = Event(unit, "refused", by, lock_id, refused.message)
                await events.note(connection, said)
                return refused
            bound = bound_state(unit, row.version + 1)
            sealed = await beside(len(data), sealer.seal, data, bound)
            version = Version(unit, row.version + 1, rows.KEPT, head, len(data), time.time(), by)
            await self._add(connection, version, sealed, sealer.key_id, lock_id)
        return Kept(version)

    async def delete(self, unit: str, by: str, lock_id: str = "") -> Kept | Refused | None:
        """Delete the state; its versions stay. None where there is none."""
        async with self._database.write() as connection:
            row = await rows.held(connection, unit)
            if (holder := lock_of(row)) and holder.id != lock_id:
                return Refused("the state is locked", holder=holder)
            old = await rows.version_at(connection, unit, row.version)
            if old is None or not old.is_there:
                return None
            version = Version(unit, old.version + 1, rows.DELETED, old.head, 0, time.time(), by)
            await self._add(connection, version, b"", "", lock_id)
        return Kept(version)

    async def restore(self, unit: str, number: int, by: str) -> Kept | Refused:
        """Make an old version the newest again, under a serial that the programs take as newer."""
        data = await self.read(unit, number)
        if data is None:
            return Refused(f"{unit} has no version {number} that could be restored")
        sealer = await self._vault.sealer()
        async with self._database.write() as connection:
            row = await rows.held(connection, unit)
            if holder := lock_of(row):
                return Refused("the state is locked", holder=holder)
            top = await rows.highest_serial(connection, unit)
            data = await beside(len(data), _renewed, data, top + 1)
            head = head_of(parse_state(data))
            new = row.version + 1
            version = Version(unit, new, rows.RESTORED, head, len(data), time.time(), by)
            sealed = await beside(len(data), sealer.seal, data, bound_state(unit, new))
            await self._add(connection, version, sealed, sealer.key_id, "", f"version {number}")
        return Kept(version)

    async def _allowed(
        self, connection: AsyncConnection, unit: str, number: int, head: StateHead, data: bytes
    ) -> Refused | Version | None:
        """A refusal; the version that holds the same already; or None for what is new."""
        old = await rows.version_at(connection, unit, number)
        if old is None or not old.is_there:
            return None
        same = False
        if old.head.serial == head.serial and old.size == len(data):
            sealed = await rows.sealed_at(connection, unit, number)
            same = sealed is not None and await self.opened(sealed) == data
        how = follows(old.head, head, same=same)
        if how is Follows.NEW:
            return None
        return old if how is Follows.SAME else Refused(*refusal(how, old.head, head))

    async def _add(
        self,
        connection: AsyncConnection,
        version: Version,
        sealed: bytes,
        key: str,
        lock_id: str,
        message: str = "",
    ) -> None:
        row = rows.row_of(version, sealed, key)
        await connection.execute(insert(state_versions), [row])
        await rows.change(connection, version.unit, version=version.version)
        said = message or f"version {version.version}, serial {version.head.serial}"
        await events.note(connection, Event(version.unit, version.kind, version.by, lock_id, said))


async def beside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work on so many bytes: in a thread where it takes longer than going to one."""
    if size < SMALL:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def _renewed(data: bytes, serial: int) -> bytes:
    """The state under a new serial; one that OpenTofu encrypted holds its serial inside too."""
    state = parse_state(data)
    return data if head_of(state).encrypted else with_serial(state, serial)
