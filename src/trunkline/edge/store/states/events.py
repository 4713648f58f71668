"""What happened to a unit's state, and by whom: the audit of the backend.

Locks that were given back stand here too, so that a request for one which arrives late, after its
program has long ended, locks nobody out.
"""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, bindparam, insert, select

from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.schema import state_events as events

RELEASED = ("unlocked", "forced")

NOTE = insert(events)
RELEASE = (
    select(events.c.id)
    .where(events.c.unit == bindparam("of"), events.c.lock_id == bindparam("lock"))
    .where(events.c.what.in_(RELEASED))
    .limit(1)
)


class Event(Struct, frozen=True):
    """`what` is locked, unlocked, forced, kept, restored, deleted or refused."""

    unit: str
    what: str
    by: str
    lock_id: str = ""
    message: str = ""
    since: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "by": self.by,
            "lock": self.lock_id,
            "message": self.message,
            "since": self.since,
        }


async def note(connection: AsyncConnection, event: Event) -> None:
    row = {
        "unit": event.unit,
        "since": time.time(),
        "by": event.by,
        "what": event.what,
        "lock_id": event.lock_id,
        "message": event.message,
    }
    await connection.execute(NOTE, row)


async def was_released(connection: AsyncConnection, unit: str, lock_id: str) -> bool:
    found = await connection.execute(RELEASE, {"of": unit, "lock": lock_id})
    return found.first() is not None


async def newest(connection: AsyncConnection, unit: str, limit: int) -> tuple[Event, ...]:
    wanted = select(events).where(events.c.unit == unit).order_by(events.c.id.desc()).limit(limit)
    return tuple(_event(row) for row in await connection.execute(wanted))


def _event(row: Row[Any]) -> Event:
    return Event(row.unit, row.what, row.by, row.lock_id, row.message, row.since)
