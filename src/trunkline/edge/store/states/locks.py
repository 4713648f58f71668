"""Locks of states: taken, given back, forced.

Programs send a request again when its answer is late. So the same lock asked for twice is granted
twice, a lock given back twice is no error, and a lock that was given back is never granted again.
"""

from __future__ import annotations

import time

from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.states import events, rows
from trunkline.edge.store.states.events import Event
from trunkline.edge.store.states.outcome import Refused

NO_ADDRESS = (
    "set lock_address and unlock_address of the backend to its address, and do not run with "
    "-lock=false"
)


def refusal(holder: LockInfo | None, lock_id: str) -> Refused | None:
    """Why whoever brings this id, "" for none, may not write now."""
    if holder is not None:
        return None if holder.id == lock_id else Refused("another holds the lock", holder=holder)
    if lock_id:
        return Refused(
            f"the lock {lock_id} was given back, or taken away (force-unlock)",
            "look who did: trunkline infra state list UNIT; then push the errored.tfstate",
        )
    return Refused("an update without a lock", NO_ADDRESS, unlocked=True)


async def take(
    connection: AsyncConnection, unit: str, wanted: LockInfo, by: str
) -> LockInfo | None:
    """The lock that is in the way, None where the caller has it now."""
    holder = rows.lock_of(await rows.held(connection, unit))
    if holder is not None:
        return None if holder.id == wanted.id else holder
    if await events.was_released(connection, unit, wanted.id):
        return wanted
    lock = {
        "lock_id": wanted.id,
        "lock_info": wanted.whole,
        "lock_since": time.time(),
        "lock_by": by,
    }
    await rows.change(connection, unit, **lock)
    await events.note(connection, Event(unit, "locked", by, wanted.id, wanted.who))
    return None


async def give_back(
    connection: AsyncConnection, unit: str, lock_id: str, by: str, *, forced: bool
) -> LockInfo | None:
    """The lock that is in the way. Without an id whatever lock there is goes, by force."""
    holder = rows.lock_of(await rows.held(connection, unit))
    if holder is None:
        return None
    if lock_id and holder.id != lock_id:
        return holder
    await rows.change(connection, unit, **rows.NO_LOCK)
    what = "forced" if forced or not lock_id else "unlocked"
    await events.note(connection, Event(unit, what, by, holder.id, holder.who))
    return None
