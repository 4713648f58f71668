"""What happened to a unit's state, and by whom: the audit of the backend.

Locks that were given back stand here too, so that a request for one which arrives late, after its
program has long ended, locks nobody out.
"""

from __future__ import annotations

import time
from typing import Any

from msgspec import Struct
from sqlalchemy import BindParameter, Exists, Row, bindparam, exists, insert, or_, select

from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.schema import state_events as events

RELEASED = ("unlocked", "forced")

NOTE = insert(events)


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

    def as_row(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "since": time.time(),
            "by": self.by,
            "what": self.what,
            "lock_id": self.lock_id,
            "message": self.message,
        }


async def note(connection: AsyncConnection, event: Event) -> None:
    await connection.execute(NOTE, event.as_row())


def was_released(lock_id: BindParameter[str]) -> Exists:
    """Whether the unit's lock of this id was given back."""
    same = (events.c.unit == bindparam("unit"), events.c.lock_id == lock_id)
    return exists().where(*same, or_(*(events.c.what == what for what in RELEASED)))


async def newest(connection: AsyncConnection, unit: str, limit: int) -> tuple[Event, ...]:
    wanted = select(events).where(events.c.unit == unit).order_by(events.c.id.desc()).limit(limit)
    return tuple(_event(row) for row in await connection.execute(wanted))


def _event(row: Row[Any]) -> Event:
    return Event(row.unit, row.what, row.by, row.lock_id, row.message, row.since)
