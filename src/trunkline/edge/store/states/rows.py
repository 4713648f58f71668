"""A unit's row, held while it is changed; its versions as values."""

from __future__ import annotations

import functools
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Update, bindparam, func, select, update

from trunkline.core.infra.state.head import StateHead
from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.schema import state_versions, states
from trunkline.edge.store.upsert import insert_if_new

NO_LOCK = {"lock_id": "", "lock_info": "", "lock_since": 0.0, "lock_by": ""}
KEPT, RESTORED, DELETED = "kept", "restored", "deleted"
HEAD = [column for column in state_versions.c if column.name != "value"]

# Every run asks these, some of them several times: they are put together once.
ROW = select(states).where(states.c.unit == bindparam("of")).with_for_update()
_OF, _THERE = state_versions.c.unit == bindparam("of"), state_versions.c.kind != DELETED
_AT = state_versions.c.version == bindparam("at")
VERSION = select(*HEAD).where(_OF, _AT)
_NEWEST = select(states.c.version).where(states.c.unit == bindparam("of")).scalar_subquery()
_VALUE = select(state_versions.c.version, state_versions.c.size, state_versions.c.value).where(
    _OF, _THERE
)
VALUE = _VALUE.where(_AT)
NEWEST_VALUE = _VALUE.where(state_versions.c.version == _NEWEST)


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


async def held(connection: AsyncConnection, unit: str) -> Row[Any]:
    """The unit's row, made where there is none; nobody else changes it in this transaction."""
    if row := (await connection.execute(ROW, {"of": unit})).first():
        return row
    await insert_if_new(connection, states, {"unit": unit, "version": 0, **NO_LOCK})
    return (await connection.execute(ROW, {"of": unit})).one()


async def change(connection: AsyncConnection, unit: str, **values: Any) -> None:
    await connection.execute(_changing(*values), {"of": unit, **values})


@functools.cache
def _changing(*names: str) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    return update(states).where(states.c.unit == bindparam("of")).values(values)


async def version_at(connection: AsyncConnection, unit: str, version: int) -> Version | None:
    row = (await connection.execute(VERSION, {"of": unit, "at": version})).first()
    return version_of(row) if row else None


async def sealed_at(connection: AsyncConnection, unit: str, version: int) -> Sealed | None:
    """The state of this version, of the newest for 0, unless it was deleted."""
    wanted = (VALUE, {"of": unit, "at": version}) if version else (NEWEST_VALUE, {"of": unit})
    row = (await connection.execute(*wanted)).first()
    return Sealed(unit, row.version, row.size, bytes(row.value)) if row else None


async def highest_serial(connection: AsyncConnection, unit: str) -> int:
    """The highest that any version of the unit had."""
    wanted = select(func.max(state_versions.c.serial)).where(state_versions.c.unit == unit)
    return (await connection.execute(wanted)).scalar() or 0


def row_of(version: Version, sealed: bytes, key: str) -> dict[str, Any]:
    return {
        "unit": version.unit,
        "version": version.version,
        "kind": version.kind,
        **version.head.as_json(),
        "size": version.size,
        "since": version.since,
        "by": version.by,
        "value": sealed,
        "key": key,
    }


def lock_of(row: Row[Any]) -> LockInfo | None:
    if not row.lock_id:
        return None
    return LockInfo(row.lock_id, row.lock_info, row.lock_since, row.lock_by)


def version_of(row: Row[Any]) -> Version:
    head = StateHead(row.serial, row.lineage, row.program, row.resources, row.encrypted)
    return Version(row.unit, row.version, row.kind, head, row.size, row.since, row.by)
