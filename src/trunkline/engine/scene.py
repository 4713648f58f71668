"""One commit with everything that discovery finds in it, and where scenes come from."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence

from msgspec import Struct, field

from trunkline.core.argo.build_options import ANYWHERE
from trunkline.core.argo.fleet import UnknownCluster
from trunkline.core.component import Cluster, Component
from trunkline.core.infra.secret_outputs import Allowed
from trunkline.edge.git import Repository
from trunkline.engine.declarations import Recall
from trunkline.engine.desire import Desires
from trunkline.engine.discover import Discovered, discover
from trunkline.engine.fleet import cluster_of, settled_at
from trunkline.engine.infra.allowed import allowed_of
from trunkline.engine.sources import Sources
from trunkline.engine.submodules import Submodules
from trunkline.engine.world import World
from trunkline.settings.values import Settings

# Somewhat more than what `engine/lineage.py` looks back through.
REMEMBERED = 128


class Scene(Struct, frozen=True):
    """One commit of the repository and everything that was discovered in it."""

    world: World
    discovered: Discovered

    @property
    def commit(self) -> str:
        return self.world.snapshot.commit

    def placed(
        self, ids: Iterable[str] = (), *, known: bool = True
    ) -> list[tuple[Component, Cluster]]:
        """The components in their clusters, in the order of ids; () for all.

        `known` leaves out those whose cluster is not known: discovery has a finding for each.
        Otherwise a cluster stands in that has only a name.
        """
        wanted = set(ids)
        found = []
        for one in self.discovered.components:
            if wanted and one.id not in wanted:
                continue
            try:
                found.append((one, self.discovered.fleet.resolve(one.destination)))
            except UnknownCluster:
                if not known:
                    found.append((one, cluster_of(one.destination, self.discovered.fleet)))
        return sorted(found, key=lambda placed: (placed[0].id, placed[1].name))


class Scenes(Struct):
    """Makes scenes of one repository; the last few commits' are remembered.

    `clusters` are those of the kubeconfig; the settings' and the repository's come from the
    commit itself. A scene holds a whole discovery, so that only `remembered` of them are kept.
    """

    repository: Repository
    settings: Settings
    desires: Desires
    clusters: Sequence[Cluster] = ()
    sources: Sources | None = None
    remembered: int = REMEMBERED
    allowed: dict[str, Allowed] = field(default_factory=dict)
    """By commit who may have sensitive outputs there, where the settings do not speak for it."""
    _known: OrderedDict[tuple[str, int], asyncio.Task[Scene]] = field(default_factory=OrderedDict)
    recall: Recall = field(default_factory=Recall)

    async def at(self, revision: str) -> Scene:
        """The scene of a revision. Raises GitError for one that does not exist.

        Whoever asks at the same moment waits for the same discovery; one that knew another
        repository as it was a round ago is made again.
        """
        commit = self.repository.resolve(revision)
        key = (commit, self.sources.round if self.sources else 0)
        task = self._known.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._made(commit), name=f"discovery of {commit[:8]}")
            self._known[key] = task
        self._known.move_to_end(key)
        while len(self._known) > self.remembered:
            self._known.popitem(last=False)
        return await asyncio.shield(task)

    async def _made(self, commit: str) -> Scene:
        await self.repository.complete(commit)
        world = self.world(commit)
        settings, clusters = settled_at(world.snapshot, self.settings), self.clusters
        found = await discover(world, self.desires, settings, clusters, self.recall)
        return Scene(world, found)

    def world(self, commit: str) -> World:
        settings = self.settings.repository
        branch = settings.branch or self.repository.default_branch()
        # Discovery reads in a thread of its own, and pygit2 is not for several threads at once.
        repository = self.repository.again()
        return World(
            repository,
            repository.snapshot(commit),
            tuple(settings.urls) or self.repository.remote_urls(),
            frozenset({"", "HEAD", "main", "master", branch, f"refs/heads/{branch}"}),
            self.sources,
            self.settings.kustomize.remote_bases,
            self.allowed.get(commit) or allowed_of(self.settings.infra),
            self.settings.kustomize.load_restrictor == ANYWHERE,
            Submodules(settings.submodules),
        )
