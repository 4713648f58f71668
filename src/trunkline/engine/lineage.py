"""Which commit of this repository last held an object or a component.

A live object with our mark that no render wants is deleted only if this repository's history shows
that it was wanted once. Another repository may use the same names in the same cluster; what it
applied was never in our history, and stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.appset.parse import ApplicationSet
from trunkline.core.component import Cluster, Component
from trunkline.core.inventory import Inventory
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.snapshot import SnapshotError
from trunkline.edge.git import GitError
from trunkline.engine.connect import Connection
from trunkline.engine.desire import Desires
from trunkline.engine.scene import Scene, Scenes

# How many commits are looked through, the newest first.
COMMITS = 100

# What looking into a history raises that lacks files: one that was cut off, or damaged.
UNREADABLE = (GitError, SnapshotError)


def unreadable(error: Exception) -> str:
    """Why nothing is said of what was: nothing is deleted on such a word."""
    return f"the history that would say whose it is cannot be read: {error}"


class Past(Struct, frozen=True):
    """A component as a commit had it, and the objects it was rendered to there."""

    commit: str
    component: Component
    manifests: tuple[Manifest, ...] = ()
    recorded: frozenset[Ref] = frozenset()
    generator: ApplicationSet | None = None
    """The ApplicationSet that generated it."""

    @property
    def refs(self) -> frozenset[Ref]:
        return self.recorded | self.rendered

    @property
    def rendered(self) -> frozenset[Ref]:
        return frozenset(Ref.of(one) for one in self.manifests)

    def held(self, live: Manifest) -> bool:
        """Whether the object was rendered, or is a run of a hook that was."""
        ref, prefix = Ref.of(live), live["metadata"].get("generateName")
        refs = self.refs
        return ref in refs or (bool(prefix) and replace(ref, name=prefix) in refs)


class Lineage(Struct):
    """Looks back from one scene; what it is asked may raise `UNREADABLE`.

    `synced` says what each component had after its last sync, by id and cluster, and to which
    commit: that is tried first.
    """

    scene: Scene
    scenes: Scenes
    desires: Desires
    synced: Mapping[tuple[str, str], Inventory] = field(default_factory=dict)
    _pasts: dict[tuple[str, str, str], Past | None] = field(default_factory=dict)

    async def holders(
        self, component_id: str, cluster: Cluster, connection: Connection, refs: Iterable[Ref]
    ) -> dict[Ref, str]:
        """For each of these objects the commit that last held it, where there is one."""
        return await self._last(component_id, cluster, connection, refs, lambda past: past.refs)

    async def rendered(
        self, component_id: str, cluster: Cluster, connection: Connection, refs: Iterable[Ref]
    ) -> dict[Ref, str]:
        """The same by renders alone: a record keeps what was dropped and is there still."""
        return await self._last(component_id, cluster, connection, refs, lambda past: past.rendered)

    async def _last(
        self,
        component_id: str,
        cluster: Cluster,
        connection: Connection,
        refs: Iterable[Ref],
        had: Callable[[Past], frozenset[Ref]],
    ) -> dict[Ref, str]:
        left, found = set(refs), dict[Ref, str]()
        for commit in self._candidates(component_id, cluster.name):
            if not left:
                break
            past = await self.past(component_id, cluster, connection, commit)
            for ref in sorted(left & (had(past) if past else frozenset())):
                found[ref] = commit
                left.discard(ref)
        return found

    async def last(
        self, component_id: str, cluster: Cluster, connection: Connection
    ) -> Past | None:
        """The component as it was when it was last here; None if it never was."""
        for commit in self._candidates(component_id, cluster.name):
            if past := await self.past(component_id, cluster, connection, commit):
                return past
        return None

    async def past(
        self, component_id: str, cluster: Cluster, connection: Connection, commit: str
    ) -> Past | None:
        """The component as it was at this commit; None where it was not here."""
        key = (component_id, cluster.name, commit)
        if key not in self._pasts:
            self._pasts[key] = await self._looked_up(component_id, cluster, connection, commit)
        return self._pasts[key]

    async def _looked_up(
        self, component_id: str, cluster: Cluster, connection: Connection, commit: str
    ) -> Past | None:
        scene = await self.scenes.at(commit)
        for component, at in scene.placed([component_id]):
            if at.name == cluster.name:
                target = await connection.target()
                desired = await self.desires.desired(component, scene.world, target)
                recorded = self._recorded(component_id, cluster.name, commit)
                generator = scene.discovered.sets.get(component.generator)
                return Past(commit, component, desired.manifests, recorded, generator)
        return None

    @property
    def commits(self) -> dict[tuple[str, str], str]:
        """The commit that each component was last synced to."""
        return {key: one.commit for key, one in self.synced.items()}

    def _recorded(self, component_id: str, cluster: str, commit: str) -> frozenset[Ref]:
        last = self.synced.get((component_id, cluster))
        return last.refs if last and last.commit == commit else frozenset()

    def _candidates(self, component_id: str, cluster: str) -> Iterator[str]:
        repository = self.scenes.repository
        synced = self.commits.get((component_id, cluster), "")
        if synced and repository.has(synced):
            yield synced
        for commit in islice(repository.history(self.scene.commit), 1, COMMITS):
            if commit.id != synced:
                yield commit.id
