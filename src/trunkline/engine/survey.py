"""The live side of one commit: each component rendered for its cluster and compared with it.

A plan, a status and a sync all look through the same survey, so they see the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Cluster, Component
from trunkline.core.diff import BadExpression
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.settle import Veto
from trunkline.core.snapshot import Snapshot
from trunkline.edge.cluster.errors import ApiError
from trunkline.edge.store.errors import StoreError
from trunkline.engine.assess import Assessment, Kept, Memory, assess
from trunkline.engine.compare import Remembered
from trunkline.engine.connect import Connection, Connections
from trunkline.engine.desire import Desires
from trunkline.engine.doubts import Doubts
from trunkline.engine.inhabited import inhabited
from trunkline.engine.lineage import UNREADABLE, Lineage, unreadable
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene
from trunkline.engine.wants import Wants, wanted_elsewhere

if TYPE_CHECKING:
    from trunkline.edge.store import Store

NEVER_HERE = "no commit of this repository is known to have held it"


class Seen(Struct, frozen=True):
    """A component with its connection, and how it stands there."""

    connection: Connection
    assessment: Assessment

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.assessment.desired.findings


class Eyes(Protocol):
    """How clusters are seen: read once for one run, or watched all the time (`engine/watch`)."""

    async def connection(self, cluster: Cluster) -> Connection:
        """A connection whose `live` knows of every marked object. Raises ApiError."""
        ...

    async def memory(self, cluster: str) -> Memory:
        """The verdicts given on the cluster's objects so far."""
        ...


class Survey(Struct):
    """Looks at clusters for one scene."""

    scene: Scene
    desires: Desires
    eyes: Eyes
    lineage: Lineage
    wants: Wants

    async def connection(self, cluster: Cluster) -> Connection:
        """A connection with every marked object of the cluster known. Raises ApiError."""
        return await self.eyes.connection(cluster)

    async def look(self, component: Component, cluster: Cluster, *, trusting: bool = False) -> Seen:
        """Render the component for the cluster and compare. Raises ApiError.

        `trusting`: a first installation is not asked for before it is done (`engine/assess`).
        """
        found = self.scene.discovered
        rules = rules_for(component, found.projects, found.fleet)
        connection = (await self.connection(cluster)).acting_as(rules.acts_as)
        target = await connection.target(rules)
        desired = await self.desires.desired(component, self.scene.world, target)
        if desired.error:
            return Seen(connection, Assessment(desired))
        memory = await self.eyes.memory(cluster.name)
        try:
            here = await assess(
                connection.client,
                connection.live,
                desired,
                memory,
                trusting=trusting,
                jq=self.desires.renderer.jq,
            )
        except BadExpression as error:
            return Seen(connection, Assessment(replace(desired, error=str(error))))
        here = await self._unshared(_permitted(here, rules.veto), cluster, connection)
        here = await self._known(here, cluster, connection)
        mine = desired.component.id
        reasons = await inhabited(here.prunes, mine, self.wants, cluster, connection)
        return Seen(connection, _kept(here, reasons, passing=True))

    async def _unshared(
        self, assessment: Assessment, cluster: Cluster, connection: Connection
    ) -> Assessment:
        """Nothing is pruned that another component of the commit wants; what another once had,
        and does not want any more, has moved here and is not shared."""
        if not (assessment.prunes or assessment.shared):
            return assessment
        mine, wanted = assessment.desired.component.id, await self.wants.of(cluster, connection)
        reasons = {
            ref: wanted_elsewhere(ref, mine, wanted) for ref in map(Ref.of, assessment.prunes)
        }
        shared = [
            (ref, owner)
            for ref, owner in assessment.shared
            if owner in wanted.get(ref, ()) or not await self._was_here(owner, cluster, connection)
        ]
        return replace(_kept(assessment, _given(reasons), passing=True), shared=tuple(shared))

    async def _was_here(self, owner: str, cluster: Cluster, connection: Connection) -> bool:
        """Whether a component of this repository, now or once, had this id in the cluster."""
        if any(one.id == owner and at.name == cluster.name for one, at in self.scene.placed()):
            return True
        try:
            return await self.lineage.last(owner, cluster, connection) is not None
        except UNREADABLE:
            return False

    async def _known(
        self, assessment: Assessment, cluster: Cluster, connection: Connection
    ) -> Assessment:
        """Nothing is pruned that no commit of this repository ever wanted."""
        if not assessment.prunes:
            return assessment
        try:
            return await self._held(assessment, cluster, connection)
        except UNREADABLE as error:
            doubt = [Kept(one, unreadable(error)) for one in assessment.prunes]
            return replace(assessment, prunes=(), kept=(*assessment.kept, *doubt))

    async def _held(
        self, assessment: Assessment, cluster: Cluster, connection: Connection
    ) -> Assessment:
        mine = assessment.desired.component.id
        refs = [Ref.of(one) for one in assessment.prunes]
        holders = await self.lineage.holders(mine, cluster, connection, refs)
        unknown = [one for one in assessment.prunes if Ref.of(one) not in holders]
        known = replace(
            assessment,
            prunes=tuple(one for one in assessment.prunes if Ref.of(one) in holders),
            kept=(*assessment.kept, *(Kept(one, NEVER_HERE, foreign=True) for one in unknown)),
        )
        return await self._undoubted(known, holders, cluster, connection)

    async def _undoubted(
        self,
        assessment: Assessment,
        holders: Mapping[Ref, str],
        cluster: Cluster,
        connection: Connection,
    ) -> Assessment:
        """Nothing is pruned that a component may want of which nobody can say what it wants."""
        doubts, mine = Doubts(self.lineage, self.wants), assessment.desired.component.id
        reasons = await doubts.about(mine, cluster, connection, holders)
        return _kept(assessment, reasons, passing=True)


class Sweeps(Struct):
    """The eyes of one run. Everything is read once, however often it is asked for. Close it at the
    end. `store` opens the store, or gives the one that is open.
    """

    snapshot: Snapshot
    connections: Connections
    store: Callable[[], Awaitable[Store]]
    _ahead: list[asyncio.Task[Connection]] = field(default_factory=list)
    _sweeps: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _memories: dict[str, asyncio.Task[Memory]] = field(default_factory=dict)

    def begin(self, clusters: Iterable[Cluster]) -> None:
        """Begin to look at these, so that what is done before anybody asks is done meanwhile.

        What goes wrong is told to whoever asks.
        """
        for cluster in clusters:
            task = asyncio.create_task(self.connection(cluster), name=f"look at {cluster.name}")
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._ahead.append(task)

    async def aclose(self) -> None:
        tasks = [*self._ahead, *self._sweeps.values(), *self._memories.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def connection(self, cluster: Cluster) -> Connection:
        connection = await self.connections.open(cluster, self.snapshot)
        sweep = self._sweeps.get(cluster.name)
        if sweep is None:
            sweep = asyncio.create_task(connection.live.sweep(), name=f"sweep {cluster.name}")
            self._sweeps[cluster.name] = sweep
        await asyncio.shield(sweep)
        return connection

    async def memory(self, cluster: str) -> Memory:
        """The verdicts that the store keeps; with a broken one, none."""
        memory = self._memories.get(cluster)
        if memory is None:
            memory = asyncio.create_task(self._stored(cluster), name=f"verdicts of {cluster}")
            self._memories[cluster] = memory
        return await asyncio.shield(memory)

    async def _stored(self, cluster: str) -> Memory:
        try:
            found = await (await self.store()).verdicts(cluster)
        except StoreError:
            return {}
        return {ref: Remembered(*verdict) for ref, verdict in found.items()}


def _permitted(assessment: Assessment, veto: Veto) -> Assessment:
    """Nothing is pruned that the project forbids the component: it has no say in it any more."""
    reasons = {Ref.of(one): veto(Ref.of(one), _namespaced(one)) for one in assessment.prunes}
    return _kept(assessment, _given(reasons))


def _given(reasons: Mapping[Ref, str]) -> dict[Ref, str]:
    return {ref: reason for ref, reason in reasons.items() if reason}


def _kept(
    assessment: Assessment, reasons: Mapping[Ref, str], *, passing: bool = False
) -> Assessment:
    """Of what would be pruned these stay."""
    if not reasons:
        return assessment
    kept = [
        Kept(one, reasons[Ref.of(one)], passing=passing)
        for one in assessment.prunes
        if Ref.of(one) in reasons
    ]
    prunes = tuple(one for one in assessment.prunes if Ref.of(one) not in reasons)
    return replace(assessment, prunes=prunes, kept=(*assessment.kept, *kept))


def _namespaced(live: Manifest) -> bool:
    return bool(live["metadata"].get("namespace"))


def unreachable_finding(cluster: str, error: ApiError) -> Finding:
    return Finding("cluster-unreachable", str(error), cluster=cluster)
