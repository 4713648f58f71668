"""The only place that knows every room: builds the edges from the settings, hands them to the
engine, and answers what the command line (and later the server) asks.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType

from trunkline.core.change import Plan
from trunkline.core.component import Cluster, Component
from trunkline.core.desired import Desired
from trunkline.core.event import Listener, unheard
from trunkline.core.run import Run
from trunkline.core.snapshot import SnapshotError
from trunkline.core.status import ClusterStatus, ComponentStatus
from trunkline.edge.cluster import ClientLimits, contexts
from trunkline.edge.git import Commit, Repository, mirror
from trunkline.edge.render import Limits, RenderCache, Renderer
from trunkline.edge.store import Store
from trunkline.engine.connect import Connections
from trunkline.engine.desire import Desires, Target
from trunkline.engine.lineage import Lineage
from trunkline.engine.live_plan import LivePlan
from trunkline.engine.look import cluster_statuses, component_statuses
from trunkline.engine.permission import rules_for
from trunkline.engine.plan import RangePlan, capabilities_of, counted
from trunkline.engine.records import Records
from trunkline.engine.scene import Scene, Scenes
from trunkline.engine.survey import Survey
from trunkline.engine.sync.component import How
from trunkline.engine.sync.removal import Removals
from trunkline.engine.sync.run import SyncRun
from trunkline.settings import MEBIBYTE, Settings, load_settings

SETTINGS_FILE = "trunkline.yaml"


class UnknownComponent(ValueError):
    """An id on the command line that no component has; the message says which are near."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where this machine keeps Trunkline's files: never for the repository to say."""

    cache: Path
    store: str
    kubeconfig: str = ""

    @classmethod
    def of_environment(cls, kubeconfig: str = "") -> Places:
        """TRUNKLINE_CACHE, TRUNKLINE_STORE and KUBECONFIG, else the usual folders."""
        home = Path.home()
        cache = os.environ.get("XDG_CACHE_HOME") or home / ".cache"
        return cls(
            Path(os.environ.get("TRUNKLINE_CACHE") or Path(cache) / "trunkline"),
            os.environ.get("TRUNKLINE_STORE", ""),
            kubeconfig or os.environ.get("KUBECONFIG", ""),
        )

    def store_of(self, repository: Path) -> str:
        """The store: what was said, else one file per repository."""
        if self.store:
            return self.store
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        whole = str(repository.resolve())
        name = f"{repository.resolve().name}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}.db"
        return str(Path(state) / "trunkline" / name)


class App:
    """One repository, opened. An asynchronous context: leaving it closes every edge."""

    def __init__(
        self,
        repository: Repository,
        settings: Settings,
        places: Places,
        listener: Listener = unheard,
        *,
        local: bool = True,
    ) -> None:
        self.repository = repository
        self.settings = settings
        self.listener = listener
        self._places = places
        self._local = local
        limits = settings.limits
        self.renderer = Renderer(
            RenderCache(places.cache / "renders"),
            workers=limits.render.workers,
            limits=Limits(
                memory=limits.render.memory * MEBIBYTE,
                seconds=limits.render.seconds,
                output=limits.render.output * MEBIBYTE,
            ),
        )
        self.desires = Desires(self.renderer)
        self.scenes = Scenes(repository, settings, self.desires, contexts(places.kubeconfig))
        self._client_limits = ClientLimits(
            connections=limits.cluster.connections,
            requests_per_second=limits.cluster.requests_per_second,
            timeout=limits.cluster.timeout,
        )
        self._exits = contextlib.AsyncExitStack()
        self._store: Store | None = None

    @classmethod
    async def open(
        cls, repo: str, places: Places, listener: Listener = unheard, *, revision: str = ""
    ) -> App:
        """The app for a path or a URL. Raises GitError, SettingsError."""
        remote = "://" in repo or (repo.count(":") == 1 and "@" in repo.partition(":")[0])
        path = await mirror(repo, places.cache) if remote else Path(repo)
        repository = Repository.open(path)
        settings = settings_at(repository, revision or "HEAD")
        if remote and repo not in settings.repository.urls:
            urls = (*settings.repository.urls, repo)
            settings = settings.model_copy(
                update={"repository": settings.repository.model_copy(update={"urls": urls})}
            )
        return cls(repository, settings, places, listener, local=not remote)

    async def __aenter__(self) -> App:
        self._exits.push_async_callback(self.renderer.close)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()

    async def store(self) -> Store:
        """The store, opened when it is first needed. Raises StoreError."""
        if self._store is None:
            self._store = await Store.open(self._places.store_of(self.repository.root))
            self._exits.push_async_callback(self._store.close)
        return self._store

    def commit(self, revision: str) -> Commit:
        return self.repository.commit(revision or "HEAD")

    async def scene(self, revision: str = "") -> Scene:
        return await self.scenes.at(revision or "HEAD")

    async def render(self, ids: Sequence[str], revision: str = "") -> list[Desired]:
        """The desired state of components as the files alone say it, in the order of ids."""
        scene = await self.scene(revision)
        check_ids(ids, scene)
        work = (self._desired(scene, one, at) for one, at in scene.placed(ids, known=False))
        return await counted("rendering", work, self.listener)

    async def plan_range(self, base: str, head: str, ids: Sequence[str] = ()) -> Plan:
        """What the commits after `base` up to `head` change, without any cluster."""
        before, after = await self.scene(base), await self.scene(head)
        check_ids(ids, before, after)
        return await RangePlan(before, after, self.desires, self.listener).plan(ids)

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

    async def _desired(self, scene: Scene, component: Component, cluster: Cluster) -> Desired:
        rules = rules_for(component, scene.discovered.projects, scene.discovered.fleet)
        target = Target(cluster.name, capabilities_of(cluster), rules=rules)
        return await self.desires.desired(component, scene.world, target)

    @contextlib.asynccontextmanager
    async def _survey(self, scene: Scene) -> AsyncIterator[tuple[Survey, Removals]]:
        connections = Connections(
            self.listener,
            kubeconfig=self._places.kubeconfig,
            limits=self._client_limits,
            untrusted=self.repository.root if self._local else None,
        )
        try:
            store = await self.store()
            records = Records(store, owner())
            fleet = [one.name for one in scene.discovered.fleet.clusters]
            commits = await records.commits(fleet)
            lineage = Lineage(scene, self.scenes, self.desires, commits)
            survey = Survey(scene, self.desires, connections, lineage, store)
            yield survey, Removals(scene, lineage)
        finally:
            await connections.close()


def settings_at(repository: Repository, revision: str) -> Settings:
    """The settings that a commit holds. Raises SettingsError, GitError."""
    snapshot = repository.snapshot(revision)
    try:
        data = snapshot.read(SETTINGS_FILE) if snapshot.entry(SETTINGS_FILE) else None
    except SnapshotError:
        data = None
    return load_settings(data, SETTINGS_FILE)


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


def check_ids(ids: Sequence[str], *scenes: Scene) -> None:
    """Raises UnknownComponent for an id that no scene has."""
    known = sorted({one.id for scene in scenes for one in scene.discovered.components})
    for one in ids:
        if one not in known:
            near = get_close_matches(one, known, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UnknownComponent(f"no component is called {one!r}{hint}")


def owner() -> str:
    """Who holds a lease: a person, a machine and a process."""
    return f"{getpass.getuser()}@{socket.gethostname()} (pid {os.getpid()})"
