"""A unit's row as it is read, with the head of its newest state; its versions as values."""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from sqlalchemy import BindParameter, Row, bindparam, func, select

from trunkline.core.infra.state.head import StateHead
from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.database import Database
from trunkline.edge.store.schema import state_versions, states
from trunkline.edge.store.spelled import Query
from trunkline.edge.store.states.events import was_released
from trunkline.edge.store.upsert import insert_if_new

NEW_ROW = {"version": 0, "lock_id": "", "lock_info": "", "lock_since": 0.0, "lock_by": ""}
KEPT, RESTORED, DELETED = "kept", "restored", "deleted"
HEAD = [column for column in state_versions.c if column.name != "value"]

_OF: BindParameter[str] = bindparam("unit")
_NEWEST = states.outerjoin(
    state_versions,
    (states.c.unit == state_versions.c.unit) & (states.c.version == state_versions.c.version),
)
# The row, and the head of its newest version; that has another name for what both have.
SEEN = Query(
    select(
        *(column.label(f"row_{column.name}") for column in states.c if column.name != "unit"),
        *HEAD,
        was_released(bindparam("lock")).label("released"),
    )
    .select_from(_NEWEST)
    .where(states.c.unit == _OF)
)
_VALUE = (
    select(state_versions.c.version, state_versions.c.size, state_versions.c.value)
    .where(state_versions.c.unit == _OF)
    .where(state_versions.c.kind != DELETED)
)
VALUE = Query(_VALUE.where(state_versions.c.version == bindparam("version")))
_NOW = select(states.c.version).where(states.c.unit == _OF).scalar_subquery()
NEWEST_VALUE = Query(_VALUE.where(state_versions.c.version == _NOW))
HIGHEST = Query(
    select(func.max(state_versions.c.serial).label("serial")).where(state_versions.c.unit == _OF)
)


class Version(Struct, frozen=True):
    """One version of a unit's state. `kind` is kept, restored or deleted; `size` is in bytes."""

    unit: str
    version: int
    kind: str
    head: StateHead
    size: int
    since: float
    by: str

    @property
    def is_there(self) -> bool:
        return self.kind != DELETED

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "version": self.version,
            "kind": self.kind,
            **self.head.as_json(),
            "size": self.size,
            "since": self.since,
            "by": self.by,
        }


class Sealed(Struct, frozen=True):
    """A version as it lies in the store; `size` is that of the state itself."""

    unit: str
    version: int
    size: int
    value: bytes


class Seen(Struct, frozen=True):
    """A unit's row at a moment. `freed` is when its last lock was given back, in Unix time, and
    `released` whether the lock that is asked for was given back before.
    """

    unit: str
    version: int
    lock: LockInfo | None
    freed: float
    released: bool
    newest: Version | None


class UnitState(Struct, frozen=True):
    """A unit's newest version, if it has one, and the lock on it, if it is locked."""

    unit: str
    newest: Version | None
    lock: LockInfo | None

    def as_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "newest": self.newest.as_json() if self.newest else None,
            "lock": self.lock.as_json() if self.lock else None,
        }


async def seen(database: Database, unit: str, lock_id: str = "") -> Seen:
    """The unit's row, made where there is none; `lock_id` is the lock that somebody asks for."""
    while (row := await database.found(SEEN, {"unit": unit, "lock": lock_id})) is None:
        async with database.write() as connection:
            await insert_if_new(connection, states, {"unit": unit, **NEW_ROW})
    lock = LockInfo(row.row_lock_id, row.row_lock_info, row.row_lock_since, row.row_lock_by)
    return Seen(
        unit=unit,
        version=row.row_version,
        lock=lock if lock.id else None,
        freed=0.0 if lock.id else lock.since,
        released=bool(row.released),
        newest=version_of(row) if row.unit else None,
    )


async def sealed_at(database: Database, unit: str, version: int) -> Sealed | None:
    """The state of this version, of the newest for 0, unless it was deleted."""
    query = VALUE if version else NEWEST_VALUE
    row = await database.found(query, {"unit": unit, "version": version})
    return Sealed(unit, row.version, row.size, bytes(row.value)) if row else None


async def highest_serial(database: Database, unit: str) -> int:
    """The highest that any version of the unit had."""
    return (await database.found(HIGHEST, {"unit": unit})).serial or 0


def lock_of(row: Row[Any]) -> LockInfo | None:
    if not row.lock_id:
        return None
    return LockInfo(row.lock_id, row.lock_info, row.lock_since, row.lock_by)


def version_of(row: Row[Any]) -> Version:
    head = StateHead(row.serial, row.lineage, row.program, row.resources, bool(row.encrypted))
    return Version(row.unit, row.version, row.kind, head, row.size, row.since, row.by)
