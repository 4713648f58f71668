"""The inventory: what each component has in each cluster, and from which commit.

The marks on the live objects are the truth (`core/marks`); the inventory also remembers objects
that lost their marks, and that a sync began which never ended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, insert, select

from trunkline.core.inventory import Inventory
from trunkline.core.manifest import Ref
from trunkline.edge.store.connection import AsyncConnection
from trunkline.edge.store.refs import columns_of, ref_of
from trunkline.edge.store.schema import inventory as heads
from trunkline.edge.store.schema import inventory_objects as objects
from trunkline.edge.store.upsert import upsert


def _where(table: Table, *columns: str) -> ColumnElement[bool]:
    return and_(*(table.c[name] == bindparam(f"of_{name}") for name in columns))


# Built once: a sync of many components runs these for each.
HEADS_OF_CLUSTER = select(heads).where(_where(heads, "cluster"))
HEAD = select(heads).where(_where(heads, "cluster", "component"))
OBJECTS_OF_CLUSTER = select(objects).where(_where(objects, "cluster"))
OBJECTS = select(objects).where(_where(objects, "cluster", "component"))
DROP_HEAD = delete(heads).where(_where(heads, "cluster", "component"))
DROP_OBJECTS = delete(objects).where(_where(objects, "cluster", "component"))
DROP_OBJECT = delete(objects).where(_where(objects, *objects.c.keys()))
ADD_OBJECT = insert(objects)


async def read(
    connection: AsyncConnection, cluster: str, component: str = ""
) -> dict[str, Inventory]:
    """The inventories of a cluster, or of one component there, in the order of ids."""
    found, held = (HEAD, OBJECTS) if component else (HEADS_OF_CLUSTER, OBJECTS_OF_CLUSTER)
    key = _key(component, cluster) if component else {"of_cluster": cluster}
    rows = (await connection.execute(found, key)).all()
    if not rows:
        return {}
    refs: dict[str, set[Ref]] = defaultdict(set)
    for row in await connection.execute(held, key):
        refs[row.component].add(ref_of(row))
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
    had: frozenset[Ref] | None = None,
) -> None:
    """Set the inventory; only objects that came or went are written. `had` are those that are
    known to be kept."""
    key = {"cluster": cluster, "component": component}
    before, after = had, frozenset(refs)
    if before is None:
        old = await read(connection, cluster, component)
        before = old[component].refs if component in old else frozenset()
    await upsert(connection, heads, [{**key, "revision": commit, "applied": now}])
    if gone := [{**key, **columns_of(ref)} for ref in sorted(before - after)]:
        named = [{f"of_{name}": value for name, value in row.items()} for row in gone]
        await connection.execute(DROP_OBJECT, named)
    if new := [{**key, **columns_of(ref)} for ref in sorted(after - before)]:
        await connection.execute(ADD_OBJECT, new)


async def forget(connection: AsyncConnection, component: str, cluster: str) -> frozenset[Ref]:
    """Drop the inventory; the answer is what was in it."""
    key = _key(component, cluster)
    had = frozenset(ref_of(row) for row in await connection.execute(OBJECTS, key))
    for drop in (DROP_HEAD, DROP_OBJECTS):
        await connection.execute(drop, key)
    return had


def _key(component: str, cluster: str) -> dict[str, str]:
    return {"of_cluster": cluster, "of_component": component}
