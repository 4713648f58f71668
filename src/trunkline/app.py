"""The only place that knows every room: builds the edges from the settings, hands them to the
engine, and answers what the command line (and later the server) asks.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
from collections.abc import AsyncIterator, Sequence

from trunkline.core.change import Plan
from trunkline.core.component import Cluster, Component
from trunkline.core.run import Run
from trunkline.core.status import ClusterStatus, ComponentStatus
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.render.lua import LuaRules
from trunkline.edge.store import Store
from trunkline.engine.connect import Connections
from trunkline.engine.judge import Judge
from trunkline.engine.lineage import Lineage
from trunkline.engine.live_plan import LivePlan
from trunkline.engine.look import cluster_statuses, component_statuses
from trunkline.engine.records import Records
from trunkline.engine.scene import Scene
from trunkline.engine.survey import Survey
from trunkline.engine.sync.component import How
from trunkline.engine.sync.removal import Removals
from trunkline.engine.sync.run import SyncRun
from trunkline.engine.wants import Wants
from trunkline.offline import SETTINGS_FILE, OfflineApp, Places, UnknownComponent, check_ids

__all__ = ["SETTINGS_FILE", "App", "Places", "UnknownComponent"]


class App(OfflineApp):
    """One repository with its clusters and its store."""

    _store: Store | None = None

    async def store(self) -> Store:
        """The store, opened when it is first needed. Raises StoreError."""
        if self._store is None:
            self._store = await Store.open(self._places.store_of(self.repository.root))
            self._exits.push_async_callback(self._store.close)
        return self._store

    async def plan_live(
        self, ids: Sequence[str] = (), revision: str = "", clusters: Sequence[str] = ()
    ) -> Plan:
        """What a sync to the revision would do in the clusters now."""
        scene = await self.scene(revision)
        async with self._survey(scene) as (survey, removals):
            plan = LivePlan(survey, removals, self.listener)
            return await plan.plan(chosen(scene, ids, clusters), removed=not ids)

    async def sync(
        self,
        how: How,
        ids: Sequence[str] = (),
        revision: str = "",
        clusters: Sequence[str] = (),
    ) -> Run:
        """Make the clusters equal to the revision. The run is stored as well as given."""
        scene = await self.scene(revision)
        records = Records(await self.store(), owner())
        async with self._survey(scene) as (survey, removals):
            run = SyncRun(survey, removals, records, how, self.listener)
            author = self.commit(scene.commit).author
            placed = chosen(scene, ids, clusters)
            whole = not ids and how.only is None
            return await run.sync(placed, removed=whole, author=author)

    async def statuses(
        self, ids: Sequence[str] = (), revision: str = "", clusters: Sequence[str] = ()
    ) -> list[ComponentStatus]:
        scene = await self.scene(revision)
        async with self._survey(scene) as (survey, _):
            placed = chosen(scene, ids, clusters)
            return await component_statuses(survey, placed, self.listener)

    async def clusters(self, revision: str = "") -> list[ClusterStatus]:
        scene = await self.scene(revision)
        async with self._survey(scene) as (survey, _):
            fleet = scene.discovered.fleet.clusters
            return await cluster_statuses(survey, fleet, self.listener)

    @contextlib.asynccontextmanager
    async def _survey(self, scene: Scene) -> AsyncIterator[tuple[Survey, Removals]]:
        limits = self.settings.limits.cluster
        rules = LuaRules()
        connections = Connections(
            self.listener,
            kubeconfig=self._places.kubeconfig,
            limits=ClientLimits(
                connections=limits.connections,
                requests_per_second=limits.requests_per_second,
                timeout=limits.timeout,
            ),
            untrusted=self.repository.root if self._local else None,
            judge=Judge(scene.discovered.customizations, rules),
        )
        try:
            store = await self.store()
            records = Records(store, owner())
            fleet = [one.name for one in scene.discovered.fleet.clusters]
            commits = await records.commits(fleet)
            lineage = Lineage(scene, self.scenes, self.desires, commits)
            wants = Wants(scene, self.desires)
            survey = Survey(scene, self.desires, connections, lineage, wants, store)
            yield survey, Removals(scene, lineage, wants)
        finally:
            await connections.close()
            await rules.close()


def chosen(
    scene: Scene, ids: Sequence[str], clusters: Sequence[str]
) -> list[tuple[Component, Cluster]]:
    """The components in their clusters that the user asked for. Raises UnknownComponent."""
    check_ids(ids, scene)
    known = [one.name for one in scene.discovered.fleet.clusters]
    for name in clusters:
        if name not in known:
            raise UnknownComponent(f"no cluster is called {name!r}; known: {', '.join(known)}")
    placed = scene.placed(ids)
    return [(one, at) for one, at in placed if not clusters or at.name in clusters]


def owner() -> str:
    """Who holds a lease: a person, a machine and a process."""
    return f"{getpass.getuser()}@{socket.gethostname()} (pid {os.getpid()})"
