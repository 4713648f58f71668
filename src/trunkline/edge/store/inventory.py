"""The inventory: what each component has in each cluster, and from which commit.

The marks on the live objects are the truth (`core/marks`); the inventory also remembers objects
that lost their marks, and that a sync began which never ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from trunkline.core.manifest import Ref
from trunkline.edge.store.refs import columns_of, ref_of
from trunkline.edge.store.schema import inventory as heads
from trunkline.edge.store.schema import inventory_objects as objects
from trunkline.edge.store.upsert import upsert


@dataclass(frozen=True, slots=True)
class Inventory:
    """`applied` is Unix time in seconds."""

    commit: str
    refs: frozenset[Ref]
    applied: float = 0.0


ONE = delete(objects).where(
    and_(*(column == bindparam(f"of_{column.name}") for column in objects.c))
)


async def read(
    connection: AsyncConnection, cluster: str, component: str = ""
) -> dict[str, Inventory]:
    """The inventories of a cluster, or of one component there, in the order of ids."""
    found = select(heads).where(heads.c.cluster == cluster)
    held = select(objects).where(objects.c.cluster == cluster)
    if component:
        found = found.where(heads.c.component == component)
        held = held.where(objects.c.component == component)
    refs: dict[str, set[Ref]] = defaultdict(set)
    for row in await connection.execute(held):
        refs[row.component].add(ref_of(row))
    rows = (await connection.execute(found)).all()
    # Sorted here: each database has an order of letters of its own.
    return {
        row.component: Inventory(row.revision, frozenset(refs[row.component]), row.applied)
        for row in sorted(rows, key=lambda row: str(row.component))
    }


async def write(
    connection: AsyncConnection,
    component: str,
    cluster: str,
    commit: str,
    refs: Iterable[Ref],
    now: float,
) -> None:
    """Set the inventory; only objects that came or went are written."""
    key = {"cluster": cluster, "component": component}
    old = await read(connection, cluster, component)
    before, after = old[component].refs if component in old else frozenset(), frozenset(refs)
    await upsert(connection, heads, [{**key, "revision": commit, "applied": now}])
    if gone := [{**key, **columns_of(ref)} for ref in sorted(before - after)]:
        named = [{f"of_{name}": value for name, value in row.items()} for row in gone]
        await connection.execute(ONE, named)
    if new := [{**key, **columns_of(ref)} for ref in sorted(after - before)]:
        await connection.execute(insert(objects), new)


async def forget(connection: AsyncConnection, component: str, cluster: str) -> None:
    key = {"cluster": cluster, "component": component}
    for table in (heads, objects):
        await connection.execute(delete(table).where(*_of(table, key)))


def _of(table: Table, key: dict[str, str]) -> list[ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.items()]
