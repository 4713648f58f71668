"""The store: what Trunkline remembers between two commands.

Everything in it can be found out again from Git and the clusters, except the history of runs.
Secrets lie in its vault only, sealed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self

from msgspec.structs import replace

from trunkline.core.infra.outputs import UnitOutputs
from trunkline.core.inventory import Inventory
from trunkline.core.keys import KeyPlace
from trunkline.core.manifest import Ref
from trunkline.core.run import Run, Step
from trunkline.edge.store import inventory, leases, outputs, runs, verdicts
from trunkline.edge.store.database import Database, place_of
from trunkline.edge.store.leases import Holding
from trunkline.edge.store.opening import open_database
from trunkline.edge.store.process import this_process
from trunkline.edge.store.states import States, Tokens
from trunkline.edge.store.vault import Vault
from trunkline.edge.store.verdicts import Verdict


class Store:
    """Every method is one transaction and raises StoreError; the caller may go on without it.

    `warnings` tell what was done to open it (a damaged file was moved aside).
    """

    def __init__(
        self, database: Database, warnings: tuple[str, ...] = (), keys: KeyPlace | None = None
    ) -> None:
        self._database = database
        self.vault = Vault(database, keys)
        self.states = States(database, self.vault)
        self.tokens = Tokens(database)
        self._process = this_process()
        self.warnings = warnings

    @classmethod
    async def open(
        cls,
        url_or_path: str | Path,
        *,
        keys: KeyPlace | None = None,
        busy_seconds: float = 10.0,
        precious: bool = False,
    ) -> Self:
        """The store in a file, made where there is none, or at a URL of PostgreSQL.

        `keys` is where the keys of its vault are, `busy_seconds` how long a write waits for another
        process; `precious` is a store that may hold states. Raises StoreError.
        """
        place = replace(place_of(url_or_path), precious=precious)
        opened = await open_database(place, busy_seconds=busy_seconds)
        return cls(*opened, keys)

    async def close(self) -> None:
        await self._database.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.close()

    async def save_run(self, run: Run) -> None:
        """Insert the run, or replace it whole."""
        async with self._database.write() as connection:
            await runs.save(connection, run, self._process)

    async def add_steps(self, run_id: str, steps: Sequence[Step]) -> None:
        """Add steps of a run that goes on; saving it again replaces them."""
        async with self._database.write() as connection:
            await runs.add_steps(connection, run_id, steps)

    async def runs(
        self, limit: int = 50, component: str = "", cluster: str = ""
    ) -> tuple[Run, ...]:
        """The newest runs, newest first, that touch the component and the cluster."""
        async with self._database.read() as connection:
            return await runs.newest(connection, limit, component, cluster)

    async def run(self, id_or_prefix: str) -> Run | None:
        """The run of this id, else the newest whose id begins so."""
        async with self._database.read() as connection:
            return await runs.named(connection, id_or_prefix)

    async def verdicts(self, cluster: str) -> Mapping[Ref, Verdict]:
        """(fingerprint, resourceVersion) of every remembered object of a cluster."""
        async with self._database.read() as connection:
            return await verdicts.read(connection, cluster)

    async def remember(self, cluster: str, found: Mapping[Ref, Verdict]) -> None:
        async with self._database.write() as connection:
            await verdicts.remember(connection, cluster, found)

    async def forget(self, cluster: str, refs: Iterable[Ref]) -> None:
        """Forget the verdicts on these objects."""
        async with self._database.write() as connection:
            await verdicts.forget(connection, cluster, refs)

    async def inventory(self, cluster: str, component: str = "") -> Mapping[str, Inventory]:
        """What components have in a cluster, by id, in the order of ids."""
        async with self._database.read() as connection:
            return await inventory.read(connection, cluster, component)

    async def record(
        self,
        component: str,
        cluster: str,
        after: Inventory,
        before: Inventory | None = None,
        found: Mapping[Ref, Verdict] | None = None,
    ) -> None:
        """Set the inventory, of which `before` is known to be kept, and remember verdicts."""
        had = before.refs if before else None
        async with self._database.write() as connection:
            await verdicts.remember(connection, cluster, found or {})
            if before is None or (before.commit, before.refs) != (after.commit, after.refs):
                await inventory.write(
                    connection, component, cluster, after.commit, after.refs, time.time(), had
                )

    async def forget_component(self, component: str, cluster: str) -> None:
        """Forget what the component had, and the verdicts on it."""
        async with self._database.write() as connection:
            had = await inventory.forget(connection, component, cluster)
            await verdicts.forget(connection, cluster, had)

    async def outputs(self) -> Mapping[str, UnitOutputs]:
        """The outputs that are known of units, by unit, in the order of ids."""
        async with self._database.read() as connection:
            return await outputs.read(connection)

    async def remember_outputs(self, found: UnitOutputs) -> None:
        async with self._database.write() as connection:
            await outputs.remember(connection, found)

    async def forget_outputs(self, unit: str) -> None:
        async with self._database.write() as connection:
            await outputs.forget(connection, unit)

    @contextlib.asynccontextmanager
    async def lease(self, key: str, owner: str, seconds: float = 30.0) -> AsyncIterator[None]:
        """Hold the key while the block runs, renewed by itself.

        Raises Leased when another process holds it, LeaseLost when it was taken over because this
        process did not renew it in time.
        """
        async with leases.held(self._database, key, owner, seconds):
            yield

    async def holdings(self, prefix: str) -> tuple[Holding, ...]:
        """Which keys that begin so are held, and by whom."""
        return await leases.holdings(self._database, prefix)

    async def break_lease(self, key: str, owner: str, since: float) -> bool:
        """Take a key away from this holder, who is stopped; whether it still had it."""
        return await leases.broken(self._database, key, owner, since)
