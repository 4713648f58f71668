"""What the engine asks of the store."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Select, Table, bindparam, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from trunkline.core.manifest import Ref
from trunkline.core.run import Run
from trunkline.edge.store.errors import StoreError
from trunkline.edge.store.leases import lease
from trunkline.edge.store.opening import opened, told
from trunkline.edge.store.rows import (
    ref_columns,
    ref_of,
    result_rows,
    run_row,
    runs_of,
    step_rows,
)
from trunkline.edge.store.tables import INVENTORY, RESULTS, RUNS, STEPS, VERDICTS

# SQLite takes so many parameters in a statement; a verdict has seven.
AT_ONCE = 4000

ANY = Ref("", "", "", "")


@dataclass(frozen=True, slots=True)
class Inventory:
    """What a component was synced to; an empty `commit`: its sync has begun and not ended."""

    commit: str
    refs: frozenset[Ref]
    changed: float = 0.0


class Store:
    """One database. `warning` says what was wrong with it when it was opened, "" for nothing."""

    def __init__(self, engine: AsyncEngine, warning: str = "") -> None:
        self._engine = engine
        self.warning = warning

    @classmethod
    async def open(cls, place: str) -> Store:
        """Open a SQLite file by its path, or any database by its URL. Raises StoreError."""
        return cls(*await opened(place))

    async def close(self) -> None:
        await self._engine.dispose()

    async def save_run(self, run: Run) -> None:
        """Keep the run as it is now, in place of what was kept of it before."""
        async with self._writing() as connection:
            for table, column in ((RUNS, RUNS.c.id), (RESULTS, RESULTS.c.run_id)):
                await connection.execute(delete(table).where(column == run.id))
            await connection.execute(delete(STEPS).where(STEPS.c.run_id == run.id))
            await connection.execute(insert(RUNS).values(run_row(run)))
            await _insert(connection, RESULTS, result_rows(run))
            await _insert(connection, STEPS, step_rows(run))

    async def runs(
        self, limit: int = 50, component: str = "", cluster: str = ""
    ) -> tuple[Run, ...]:
        """Runs, the newest first; only those that a component or a cluster took part in."""
        query = select(RUNS).order_by(RUNS.c.started.desc(), RUNS.c.id.desc()).limit(limit)
        asked = [
            column == value
            for column, value in ((RESULTS.c.component, component), (RESULTS.c.cluster, cluster))
            if value
        ]
        if asked:
            query = query.where(RUNS.c.id.in_(select(RESULTS.c.run_id).where(*asked)))
        return await self._runs(query)

    async def run(self, prefix: str) -> Run | None:
        """The newest run whose id begins so."""
        starts = RUNS.c.id.startswith(prefix, autoescape=True)
        query = select(RUNS).where(starts).order_by(RUNS.c.started.desc()).limit(1)
        return next(iter(await self._runs(query)), None)

    async def verdicts(self, cluster: str) -> dict[Ref, tuple[str, str]]:
        """(fingerprint, resourceVersion) of each object at its last verdict of equality."""
        rows = await self._rows(select(VERDICTS).where(VERDICTS.c.cluster == cluster))
        return {ref_of(row): (row["fingerprint"], row["resource_version"]) for row in rows}

    async def remember(self, cluster: str, verdicts: Mapping[Ref, tuple[str, str]]) -> None:
        rows = [
            {
                "cluster": cluster,
                **ref_columns(ref),
                "fingerprint": fingerprint,
                "resource_version": version,
            }
            for ref, (fingerprint, version) in verdicts.items()
        ]
        async with self._writing() as connection:
            await self._forgotten(connection, cluster, verdicts)
            await _insert(connection, VERDICTS, rows)

    async def forget(self, cluster: str, refs: Iterable[Ref]) -> None:
        async with self._writing() as connection:
            await self._forgotten(connection, cluster, refs)

    async def inventory(self, cluster: str, component: str = "") -> dict[str, Inventory]:
        """What each component was last synced to in the cluster, by id."""
        query = select(INVENTORY).where(INVENTORY.c.cluster == cluster)
        if component:
            query = query.where(INVENTORY.c.component == component)
        return {
            row["component"]: Inventory(
                row["commit_id"],
                frozenset(Ref(*one) for one in orjson.loads(row["refs"])),
                row["changed"],
            )
            for row in await self._rows(query)
        }

    async def set_inventory(
        self, component: str, cluster: str, commit: str, refs: Iterable[Ref]
    ) -> None:
        listed = [[one.group, one.kind, one.namespace, one.name] for one in sorted(refs)]
        row = {
            "cluster": cluster,
            "component": component,
            "commit_id": commit,
            "refs": orjson.dumps(listed).decode(),
            "changed": time.time(),
        }
        async with self._writing() as connection:
            await connection.execute(delete(INVENTORY).where(_of(component, cluster)))
            await connection.execute(insert(INVENTORY).values(row))

    async def forget_component(self, component: str, cluster: str) -> None:
        async with self._writing() as connection:
            await connection.execute(delete(INVENTORY).where(_of(component, cluster)))

    def lease(
        self, key: str, owner: str, seconds: float = 30.0
    ) -> AbstractAsyncContextManager[None]:
        """Hold a lease inside the context, renewed. Raises Leased, StoreError."""
        return self._lease(key, owner, seconds)

    @contextlib.asynccontextmanager
    async def _lease(self, key: str, owner: str, seconds: float) -> AsyncIterator[None]:
        holding = lease(self._engine, key, owner, seconds)
        with _errors():
            await holding.__aenter__()
        try:
            yield
        finally:
            with _errors():
                await holding.__aexit__(None, None, None)

    async def _runs(self, query: Select[Any]) -> tuple[Run, ...]:
        runs = await self._rows(query)
        ids = [row["id"] for row in runs]
        results = await self._rows(select(RESULTS).where(RESULTS.c.run_id.in_(ids)))
        steps = await self._rows(select(STEPS).where(STEPS.c.run_id.in_(ids)))
        return tuple(runs_of(runs, results, steps))

    async def _rows(self, query: Select[Any]) -> Sequence[Mapping[str, Any]]:
        with _errors():
            async with self._engine.connect() as connection:
                return [dict(row) for row in (await connection.execute(query)).mappings()]

    @contextlib.asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncConnection]:
        with _errors():
            async with self._engine.begin() as connection:
                yield connection

    async def _forgotten(
        self, connection: AsyncConnection, cluster: str, refs: Iterable[Ref]
    ) -> None:
        """One statement for many: `executemany` with the primary key as parameters."""
        keys = [{f"_{name}": value for name, value in ref_columns(ref).items()} for ref in refs]
        if keys:
            same = (VERDICTS.c[name] == bindparam(f"_{name}") for name in ref_columns(ANY))
            gone = delete(VERDICTS).where(VERDICTS.c.cluster == cluster, *same)
            await connection.execute(gone, keys)


async def _insert(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]
) -> None:
    for start in range(0, len(rows), AT_ONCE):
        await connection.execute(
            insert(table), [dict(row) for row in rows[start : start + AT_ONCE]]
        )


def _of(component: str, cluster: str) -> Any:
    return (INVENTORY.c.component == component) & (INVENTORY.c.cluster == cluster)


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(
            told(error), "TRUNKLINE_STORE names another file; deleting it loses history only"
        ) from error
