"""The app that works with clusters: it builds the edges from the settings, hands them to the engine
and answers what the command line (and later the server) asks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from trunkline.app.offline import check_clusters, check_ids
from trunkline.app.opening import addressed, settings_at
from trunkline.app.stored import StoredApp
from trunkline.core.change import Plan
from trunkline.core.component import Cluster, Component
from trunkline.core.depends import awaited_units
from trunkline.core.infra.outputs import UnitOutputs
from trunkline.core.run import ComponentResult, Run
from trunkline.core.status import ClusterStatus, ComponentStatus
from trunkline.core.trouble import Trouble
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.git import Commit, mirror
from trunkline.edge.render.lua import LuaRules
from trunkline.edge.store.process import person
from trunkline.engine.connect import Connections
from trunkline.engine.infra.reach import reach
from trunkline.engine.judge import Judge
from trunkline.engine.lineage import Lineage
from trunkline.engine.live_plan import LivePlan
from trunkline.engine.look import cluster_statuses, component_statuses
from trunkline.engine.records import Records
from trunkline.engine.scene import Scene, Scenes
from trunkline.engine.survey import Survey, Sweeps
from trunkline.engine.sync.component import How
from trunkline.engine.sync.removal import Removals
from trunkline.engine.sync.run import Around, SyncRun
from trunkline.engine.wants import Wants
from trunkline.engine.watch.kit import Branch, Kit
from trunkline.engine.watch.pace import Pace
from trunkline.engine.watch.watch import Watch

# A watch that lives for months does not keep the discovery of every commit.
WATCHED_SCENES = 4


class App(StoredApp):
    """One repository with its clusters and its store."""

    _lua: LuaRules | None = None

    async def plan_live(
        self, ids: Sequence[str] = (), revision: str = "", clusters: Sequence[str] = ()
    ) -> Plan:
        """What a sync to the revision would do in the clusters now."""
        scene = await self.scene(revision)
        placed = chosen(scene, ids, clusters)
        async with self._survey(scene, placed) as (survey, removals):
            plan = LivePlan(survey, removals, self.listener)
            found = await plan.plan(placed, removed=not ids)
        return replace(found, findings=(*found.findings, *await self.misplaced(scene)))

    async def sync(
        self,
        how: How,
        ids: Sequence[str] = (),
        revision: str = "",
        clusters: Sequence[str] = (),
        *,
        awaited: frozenset[str] = frozenset(),
        earlier: Sequence[ComponentResult] = (),
    ) -> Run:
        """Make the clusters equal to the revision. The run is stored as well as given.

        `awaited` and `earlier` are as in `engine/sync/run.Around`.
        """
        scene = await self.scene(revision)
        placed = chosen(scene, ids, clusters)
        async with self._survey(scene, placed) as (survey, removals):
            records = Records(await self.store(), owner())
            held = await self._held(scene, [one for one, _ in placed])
            stand = {(one.id, one.cluster): one for one in earlier}
            staying = partial(self._staying, scene)
            around = Around(held, awaited, stand, await self.misplaced(scene), staying)
            run = SyncRun(survey, removals, records, how, self.listener, around)
            author = self.commit(scene.commit).author
            whole = not ids and how.only is None
            return await run.sync(placed, removed=whole, author=author)

    async def _held(self, scene: Scene, components: Sequence[Component]) -> Mapping[str, str]:
        """Those of the components that wait for infrastructure, each with the reason."""
        known = {one.id for one in scene.discovered.components}
        wanted = awaited_units(components, known)
        if not wanted:
            return {}
        # Loaded here: of most repositories no Application waits for a unit.
        from trunkline.engine.infra.holding import held_of

        return await held_of(scene, components, wanted, self.units(), await self.shelf())

    async def _staying(self, scene: Scene) -> Mapping[str, str]:
        """Components that are gone from Git, and needed until units are gone too."""
        shelf = await self.shelf()
        if not await shelf.heads():
            return {}
        # Loaded here: where nothing was planned, nothing is known to be on its way out.
        from trunkline.engine.infra.staying import staying_of

        return await staying_of(scene, self.units(), self.own_units, shelf)

    async def _waiting(self, scene: Scene) -> Mapping[str, str]:
        """All components that wait for infrastructure, or for one that does."""
        held = await self._held(scene, scene.discovered.components)
        if not held:
            return {}
        # Loaded here: as above.
        from trunkline.core.infra.beside import with_waiting
        from trunkline.engine.infra.needs import needs_of

        return with_waiting(held, needs_of(scene))

    async def _holding(self, scene: Scene) -> Mapping[str, str]:
        """All that a watch leaves as they are: they wait for infrastructure that comes, or goes."""
        try:
            staying = await self._staying(scene)
        except Trouble:
            # It is asked again; what is due is told by the sync that meets it.
            staying = {}
        return {**staying, **await self._waiting(scene)}

    async def known_outputs(self) -> Mapping[str, UnitOutputs]:
        """What units give, with what is sensitive of it: it goes into Secrets of clusters."""
        # Loaded here: of most repositories no Application reads a unit's outputs.
        from trunkline.engine.infra.kept_outputs import whole_outputs

        return await whole_outputs(await self.store())

    async def statuses(
        self, ids: Sequence[str] = (), revision: str = "", clusters: Sequence[str] = ()
    ) -> list[ComponentStatus]:
        scene = await self.scene(revision)
        placed = chosen(scene, ids, clusters)
        async with self._survey(scene, placed) as (survey, _):
            return await component_statuses(survey, placed, self.listener)

    async def watch(
        self,
        how: How,
        ids: Sequence[str] = (),
        revision: str = "",
        clusters: Sequence[str] = (),
        pace: Pace | None = None,
    ) -> Watch:
        """A watch that keeps the clusters equal to the branch, for the caller to run.
        Raises UnknownComponent for what the branch does not have now; later it may go and come.
        """
        scene = await self.scene(revision)
        chosen(scene, ids, clusters)
        connections = self._connections(scene)
        self._exits.push_async_callback(connections.aclose)

        def chosen_of(scene: Scene) -> list[tuple[Component, Cluster]]:
            placed = scene.placed(ids)
            return [(one, at) for one, at in placed if not clusters or at.name in clusters]

        kit = Kit(
            Branch(lambda: self._head(revision), self._scenes_of, self.sources.moved),
            self.desires,
            Records(await self.store(), owner(), self.listener),
            lambda cluster, scene: connections.dial(cluster, scene.world.snapshot),
            chosen_of,
            how,
            self._judge,
            self._holding,
            self.misplaced,
            whole=not (ids or clusters),
            pace=pace or Pace(),
        )
        return Watch(kit, self.listener)

    async def clusters(self, revision: str = "") -> list[ClusterStatus]:
        scene = await self.scene(revision)
        async with contextlib.aclosing(self._connections(scene)) as connections:
            return await cluster_statuses(scene, connections, self.listener)

    @contextlib.asynccontextmanager
    async def _survey(
        self, scene: Scene, placed: Sequence[tuple[Component, Cluster]] = ()
    ) -> AsyncIterator[tuple[Survey, Removals]]:
        """What looks at the scene's clusters; it begins with those of these components."""
        async with (
            contextlib.aclosing(self._connections(scene)) as connections,
            contextlib.aclosing(Sweeps(scene.world.snapshot, connections, self.store)) as eyes,
        ):
            eyes.begin({at.name: at for _, at in placed}.values())
            records = Records(await self.store(), owner())
            fleet = [one.name for one in scene.discovered.fleet.clusters]
            synced = await records.inventories(fleet)
            lineage = Lineage(scene, self.scenes, self.desires, synced)
            wants = Wants(scene, self.desires)
            survey = Survey(scene, self.desires, eyes, lineage, wants)
            yield survey, Removals(scene, lineage, wants)

    async def _head(self, revision: str) -> Commit:
        """The commit that the branch is at now; of a mirror, after looking at its origin."""
        if not self._local:
            await mirror(self._url, self._places.cache, self.sources.keyring)
        return self.repository.again().commit(revision or "HEAD")

    def _scenes_of(self, commit: str) -> Scenes:
        """The scenes of the repository by the settings of this commit. Raises SettingsError."""
        settings = addressed(settings_at(self.repository.again(), commit), self._url)
        known = self.scenes
        if known.settings == settings and known.remembered == WATCHED_SCENES:
            return known
        self.scenes = Scenes(
            known.repository,
            settings,
            self.desires,
            known.clusters,
            known.sources,
            WATCHED_SCENES,
            recall=self.recall,
        )
        return self.scenes

    async def _outputs_of(self, unit: str) -> bytes | None:
        return await reach(await self.store(), unit)

    def _judge(self, scene: Scene) -> Judge:
        """Who judges health by the commit's own rules."""
        if self._lua is None:
            self._lua = LuaRules()
            self._exits.push_async_callback(self._lua.close)
        return Judge(scene.discovered.customizations, self._lua)

    @property
    def _of_commits(self) -> tuple[Path, ...]:
        """Folders that hold files of commits: in the cache those that programs work on."""
        cache = self._places.cache
        return (self.repository.root, cache) if self._local else (cache,)

    def _connections(self, scene: Scene) -> Connections:
        limits = self.settings.limits.cluster
        return Connections(
            self.listener,
            kubeconfig=self._places.kubeconfig,
            limits=ClientLimits(
                connections=limits.connections,
                requests_per_second=limits.requests_per_second,
                timeout=limits.timeout,
            ),
            untrusted=self._of_commits,
            judge=self._judge(scene),
            outputs=self._outputs_of,
        )


def chosen(
    scene: Scene, ids: Sequence[str], clusters: Sequence[str]
) -> list[tuple[Component, Cluster]]:
    """The components in their clusters that the user asked for. Raises UnknownComponent."""
    check_ids(ids, scene)
    check_clusters(clusters, scene)
    placed = scene.placed(ids)
    return [(one, at) for one, at in placed if not clusters or at.name in clusters]


def owner() -> str:
    """Who holds a lease: a person, a machine and a process."""
    return f"{person()} (pid {os.getpid()})"
