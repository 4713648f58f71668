"""The states of units: kept version by version, locked, given back, restored.

Nothing is ever overwritten: an update, a deletion and a restore each add a version. Whether a state
may follow the one that is there is decided by the unit's row, and written if that is still the same
(`change.py`), so that of two writers one is refused.

A state is on the disk before it is answered; a lock need not be. Where the power fails, a run whose
lock was lost is refused its update, and keeps its errored.tfstate.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from sqlalchemy import select

from trunkline.core.infra.state.follow import Follows, follows, refusal
from trunkline.core.infra.state.head import StateHead, head_of, parse_state, with_serial
from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.database import Database
from trunkline.edge.store.schema import state_versions, states
from trunkline.edge.store.states import events, locks, rows
from trunkline.edge.store.states.change import TRIES, add_version, changes_all_the_time
from trunkline.edge.store.states.events import Event
from trunkline.edge.store.states.outcome import Kept, Refused
from trunkline.edge.store.states.rows import Sealed, Seen, UnitState, Version, lock_of, version_of
from trunkline.edge.store.vault import Vault, bound_state

P = ParamSpec("P")
T = TypeVar("T")

SMALL = 256 * 2**10


class States:
    """A method makes all of its changes or none. Raises StoreError, SealError, BadState."""

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
        return await rows.sealed_at(self._database, unit, version)

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
        return await locks.take(self._database, unit, wanted, by)

    async def unlock(self, unit: str, lock_id: str, by: str, *, forced: bool) -> LockInfo | None:
        """Give a lock back; the lock that is in the way. Without an id whatever lock there is."""
        return await locks.give_back(self._database, unit, lock_id, by, forced=forced)

    async def keep(self, unit: str, data: bytes, lock_id: str, by: str) -> Kept | Refused:
        """Keep a new version that the holder of the lock brings."""
        head = await beside(len(data), lambda: head_of(parse_state(data)))
        for _ in range(TRIES):
            now = await rows.seen(self._database, unit)
            answer = await self._allowed(now, head, data)
            if isinstance(answer, Version):
                return Kept(answer, again=True)
            if refused := locks.refusal(now.lock, lock_id) or answer:
                await self._note(Event(unit, "refused", by, lock_id, refused.message))
                return refused
            version = _next(now, rows.KEPT, head, len(data), by)
            if await self._add(now, version, data, lock_id):
                return Kept(version)
        raise changes_all_the_time(unit)

    async def delete(self, unit: str, by: str, lock_id: str = "") -> Kept | Refused | None:
        """Delete the state; its versions stay. None where there is none."""
        for _ in range(TRIES):
            now = await rows.seen(self._database, unit)
            if now.lock and now.lock.id != lock_id:
                return Refused("the state is locked", holder=now.lock)
            if now.newest is None or not now.newest.is_there:
                return None
            version = _next(now, rows.DELETED, now.newest.head, 0, by)
            if await self._add(now, version, None, lock_id):
                return Kept(version)
        raise changes_all_the_time(unit)

    async def restore(self, unit: str, number: int, by: str) -> Kept | Refused:
        """Make an old version the newest again, under a serial that the programs take as newer."""
        old = await self.read(unit, number)
        if old is None:
            return Refused(f"{unit} has no version {number} that could be restored")
        for _ in range(TRIES):
            now = await rows.seen(self._database, unit)
            if now.lock:
                return Refused("the state is locked", holder=now.lock)
            top = await rows.highest_serial(self._database, unit)
            data = await beside(len(old), _renewed, old, top + 1)
            version = _next(now, rows.RESTORED, head_of(parse_state(data)), len(data), by)
            if await self._add(now, version, data, "", f"version {number}"):
                return Kept(version)
        raise changes_all_the_time(unit)

    async def _allowed(self, now: Seen, head: StateHead, data: bytes) -> Refused | Version | None:
        """A refusal; the version that holds the same already; or None for what is new."""
        old = now.newest
        if old is None or not old.is_there:
            return None
        same = False
        if old.head.serial == head.serial and old.size == len(data):
            same = await self.read(now.unit, now.version) == data
        how = follows(old.head, head, same=same)
        if how is Follows.NEW:
            return None
        return old if how is Follows.SAME else Refused(*refusal(how, old.head, head))

    async def _add(
        self, now: Seen, version: Version, data: bytes | None, lock_id: str, message: str = ""
    ) -> bool:
        """Add a version to what was seen, None for the end of a state; whether it is still so."""
        sealed, key = b"", ""
        if data is not None:
            sealer = await self._vault.sealer()
            bound, key = bound_state(version.unit, version.version), sealer.key_id
            sealed = await beside(len(data), sealer.seal, data, bound)
        said = message or f"version {version.version}, serial {version.head.serial}"
        event = Event(version.unit, version.kind, version.by, lock_id, said)
        return await add_version(self._database, now, version, sealed, key, event)

    async def _note(self, event: Event) -> None:
        async with self._database.write() as connection:
            await events.note(connection, event)


def _next(now: Seen, kind: str, head: StateHead, size: int, by: str) -> Version:
    return Version(now.unit, now.version + 1, kind, head, size, time.time(), by)


async def beside(size: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Work on so many bytes: in a thread where it takes longer than going to one."""
    if size < SMALL:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)


def _renewed(data: bytes, serial: int) -> bytes:
    """The state under a new serial; one that OpenTofu encrypted holds its serial inside too."""
    state = parse_state(data)
    return data if head_of(state).encrypted else with_serial(state, serial)
