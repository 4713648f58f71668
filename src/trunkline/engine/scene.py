"""One commit with everything that discovery finds in it, and where scenes come from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from trunkline.core.argo.fleet import UnknownCluster
from trunkline.core.component import Cluster, Component
from trunkline.edge.git import Repository
from trunkline.engine.desire import Desires
from trunkline.engine.discover import Discovered, discover
from trunkline.engine.fleet import cluster_of
from trunkline.engine.world import World
from trunkline.settings import Settings


@dataclass(frozen=True, slots=True)
class Scene:
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


@dataclass(slots=True)
class Scenes:
    """Makes scenes of one repository, each commit's once.

    `clusters` are those of the kubeconfig; the settings' and the repository's come from the
    commit itself.
    """

    repository: Repository
    settings: Settings
    desires: Desires
    clusters: Sequence[Cluster] = ()
    _known: dict[str, Scene] = field(default_factory=dict)

    async def at(self, revision: str) -> Scene:
        """The scene of a revision. Raises GitError for one that does not exist."""
        commit = self.repository.resolve(revision)
        if commit not in self._known:
            world = self.world(commit)
            found = await discover(world, self.desires, self.settings, self.clusters)
            self._known[commit] = Scene(world, found)
        return self._known[commit]

    def world(self, commit: str) -> World:
        settings = self.settings.repository
        branch = settings.branch or self.repository.default_branch()
        return World(
            self.repository,
            self.repository.snapshot(commit),
            tuple(settings.urls) or self.repository.remote_urls(),
            frozenset({"", "HEAD", "main", "master", branch, f"refs/heads/{branch}"}),
        )
