"""Locks of states: taken, given back, forced.

Programs send a request again when its answer is late. So the same lock asked for twice is granted
twice, a lock given back twice is no error, and a lock that was given back is never granted again.
"""

from __future__ import annotations

import time

from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.database import Database
from trunkline.edge.store.states import rows
from trunkline.edge.store.states.change import TRIES, change_lock, changes_all_the_time
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


async def take(database: Database, unit: str, wanted: LockInfo, by: str) -> LockInfo | None:
    """The lock that is in the way, None where the caller has it now."""
    for _ in range(TRIES):
        now = await rows.seen(database, unit, wanted.id)
        if now.lock is not None:
            return None if now.lock.id == wanted.id else now.lock
        if now.released:
            return wanted
        lock = LockInfo(wanted.id, wanted.whole, time.time(), by)
        if await change_lock(database, now, lock, Event(unit, "locked", by, lock.id, lock.who)):
            return None
    raise changes_all_the_time(unit)


async def give_back(
    database: Database, unit: str, lock_id: str, by: str, *, forced: bool
) -> LockInfo | None:
    """The lock that is in the way. Without an id whatever lock there is goes, by force."""
    what = "forced" if forced or not lock_id else "unlocked"
    for _ in range(TRIES):
        now = await rows.seen(database, unit)
        if now.lock is None:
            return None
        if lock_id and now.lock.id != lock_id:
            return now.lock
        said = Event(unit, what, by, now.lock.id, now.lock.who)
        if await change_lock(database, now, LockInfo("", "", time.time()), said):
            return None
    raise changes_all_the_time(unit)
