"""What units gave when they were last asked. Nothing sensitive is among it."""

from __future__ import annotations

from sqlalchemy import delete, select

from trunkline.core.infra.outputs import UnitOutputs
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.schema import unit_outputs
from trunkline.edge.store.upsert import upsert


async def read(connection: AsyncConnection) -> dict[str, UnitOutputs]:
    rows = (await connection.execute(select(unit_outputs))).all()
    found = (
        UnitOutputs(row.unit, row.outputs, tuple(row.sensitive), row.revision, row.since)
        for row in rows
    )
    return {one.unit: one for one in sorted(found, key=lambda one: one.unit)}


async def remember(connection: AsyncConnection, found: UnitOutputs) -> None:
    row = {
        "unit": found.unit,
        "outputs": dict(found.values),
        "sensitive": list(found.sensitive),
        "revision": found.commit,
        "since": found.read,
    }
    await upsert(connection, unit_outputs, [row])


async def forget(connection: AsyncConnection, unit: str) -> None:
    await connection.execute(delete(unit_outputs).where(unit_outputs.c.unit == unit))
