"""A unit's row is changed if it still is as it was read, in one transaction with what goes with it.

Nothing is held between reading a row and changing it. Whoever comes second finds another row, reads
it anew and decides anew. A lock that is given back leaves its moment in the row, so that no row is
ever again what it was.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, update

from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.database import Database
from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.schema import state_events, state_versions, states
from trunkline.edge.store.spelled import Change, name_of, value_of
from trunkline.edge.store.states.events import Event
from trunkline.edge.store.states.rows import Seen, Version

GUARD = ("version", "lock_id", "lock_since")
NOTE = [column.name for column in state_events.c if column.name != "id"]
TRIES = 20


def changes_all_the_time(unit: str) -> StoreError:
    return StoreError(f"the state of {unit} is changed by others all the time; try again")


def _change(*columns: str, **adds: list[str]) -> Change:
    as_seen = [states.c[name] == bindparam(f"seen_{name}") for name in GUARD]
    same = update(states).where(states.c.unit == bindparam("unit"), *as_seen)
    new = {name: value_of(states.c[name]) for name in columns}
    return Change(same.values(new), {states.metadata.tables[name]: adds[name] for name in adds})


LOCK = _change("lock_id", "lock_info", "lock_since", "lock_by", state_events=NOTE)
VERSION = _change("version", state_versions=[*state_versions.c.keys()], state_events=NOTE)


async def change_lock(database: Database, seen: Seen, lock: LockInfo, said: Event) -> bool:
    """Give the row this lock, one without an id for none; whether it was as seen."""
    row = {
        "lock_id": lock.id,
        "lock_info": lock.whole,
        "lock_since": lock.since,
        "lock_by": lock.by,
    }
    values = _as_seen(seen) | _of(states, row) | _of(state_events, said.as_row())
    return await database.changed(LOCK, values, lasting=False)


async def add_version(
    database: Database, seen: Seen, version: Version, sealed: bytes, key: str, said: Event
) -> bool:
    """Add a version, the newest from now on; whether the row was as seen."""
    row = {**version.as_json(), "value": sealed, "key": key}
    values = _as_seen(seen) | _of(states, {"version": version.version})
    values |= _of(state_versions, row) | _of(state_events, said.as_row())
    return await database.changed(VERSION, values)


def _as_seen(seen: Seen) -> dict[str, Any]:
    lock_id, since = (seen.lock.id, seen.lock.since) if seen.lock else ("", seen.freed)
    guard = {"version": seen.version, "lock_id": lock_id, "lock_since": since}
    return {"unit": seen.unit, **{f"seen_{name}": guard[name] for name in GUARD}}


def _of(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    return {name_of(table.c[name]): value for name, value in row.items()}
