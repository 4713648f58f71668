"""Components that Git holds no more, found by their marks in the clusters.

What becomes of their objects is what the Application said when it was last there: with Argo CD's
finalizer they go, without it they stay. Nothing goes while discovery is in doubt, or where the
commit that last held the Application cannot be found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.component import FINALIZER, Cluster, Component
from trunkline.core.finding import Finding, Severity
from trunkline.core.hooks import is_hook
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.prune import why_kept
from trunkline.core.settle import Veto
from trunkline.engine.connect import Connection
from trunkline.engine.doubts import Doubts
from trunkline.engine.inhabited import inhabited
from trunkline.engine.lineage import UNREADABLE, Lineage, Past, unreadable
from trunkline.engine.live import Live
from trunkline.engine.permission import acts_as, veto_for
from trunkline.engine.scene import Scene
from trunkline.engine.wants import Wanted, Wants


class Step(Struct, frozen=True):
    """The step of an ApplicationSet that has its Applications go in the reverse of its steps
    (`deletionOrder`), whatever clusters they are in."""

    set: str
    number: int

    def comes_before(self, other: Step | None) -> bool:
        return other is not None and self.set == other.set and self.number < other.number


class Removal(Struct, frozen=True):
    """A component that is gone from Git but not from its cluster.

    `former` is the component as it last was, `objects` what may be deleted, in the order of refs;
    `reason` says why nothing may be, "" otherwise.
    """

    id: str
    cluster: str
    former: Component | None
    objects: tuple[Manifest, ...] = ()
    hooks: tuple[Manifest, ...] = ()
    """PreDelete and PostDelete hooks, as the component last had them."""
    kept: tuple[tuple[Ref, str], ...] = ()
    reason: str = ""
    acts_as: str = ""
    """Whom it is deleted as, "" for whom the cluster's access says."""
    step: Step | None = None

    @property
    def due(self) -> bool:
        """Whether there is more to delete than what hooks left."""
        return not all(is_hook(one) for one in self.objects)

    @property
    def propagation(self) -> str:
        finalizers = self.former.finalizers if self.former else ()
        return "Background" if f"{FINALIZER}/background" in finalizers else "Foreground"

    @property
    def kept_findings(self) -> list[Finding]:
        """What stays of a component that goes, and why."""
        return [
            Finding(
                "kept",
                f"{ref} stays: {reason}",
                Severity.NOTE,
                component=self.id,
                cluster=self.cluster,
                ref=ref,
            )
            for ref, reason in self.kept
        ]

    def finding(self, count: int) -> Finding:
        return Finding(
            "component-removed",
            f"{self.id} is gone from Git; its {count} objects stay in {self.cluster}: "
            f"{self.reason or 'deleting them was not asked for'}",
            Severity.WARNING,
            component=self.id,
            cluster=self.cluster,
            remedy="" if self.reason else "trunkline sync --prune deletes them",
        )


class Removals:
    """Finds what was removed between the commits that were synced and this one."""

    def __init__(self, scene: Scene, lineage: Lineage, wants: Wants) -> None:
        self._scene = scene
        self._lineage = lineage
        self._wants = wants

    def clusters(self) -> list[Cluster]:
        """The clusters to look into: in use, once in use, or declared by the repository."""
        used = {at.name for _, at in self._scene.placed()}
        used |= {cluster for _, cluster in self._lineage.commits}
        fleet = self._scene.discovered.fleet.clusters
        return [one for one in fleet if one.name in used or one.origin.file]

    async def of(self, cluster: Cluster, connection: Connection) -> list[Removal]:
        """The removals of one cluster whose marks have been read, in the order of ids."""
        here = {one.id for one, at in self._scene.placed() if at.name == cluster.name}
        gone = sorted(connection.live.component_ids() - here)
        found = [await self.one(one, cluster, connection) for one in gone]
        return [one for one in found if one is not None]

    async def one(
        self, component_id: str, cluster: Cluster, connection: Connection
    ) -> Removal | None:
        """The removal, or None for a component that never was in this repository."""
        name = cluster.name
        live = await connection.live.whole(component_id)
        if all(is_hook(one) for one in live):
            return None  # What its delete hooks left is history.
        if doubt := self._doubt(component_id):
            return Removal(component_id, name, None, reason=doubt)
        try:
            past = await self._lineage.last(component_id, cluster, connection)
        except UNREADABLE as error:
            return Removal(component_id, name, None, reason=unreadable(error))
        if past is None:
            return None
        if reason := _unseen(connection.live, name):
            return Removal(component_id, name, past.component, reason=reason)
        if not past.component.takes_objects_along:
            reason = f"it had no finalizer {FINALIZER}"
            return Removal(component_id, name, past.component, reason=reason)
        if reason := self._kept_by_its_set(past.component):
            return Removal(component_id, name, past.component, reason=reason)
        wanted, found = await self._wants.of(cluster, connection), self._scene.discovered
        veto = veto_for(past.component, found.projects, found.fleet)
        removal = _decided(component_id, name, past, live, wanted, veto)
        user = acts_as(past.component, found.projects, found.fleet)
        removal = replace(removal, acts_as=user, step=self._step(past))
        removal = await self._undoubted(removal, past, cluster, connection)
        mine, going = removal.id, removal.objects
        return _without(removal, await inhabited(going, mine, self._wants, cluster, connection))

    async def _undoubted(
        self, removal: Removal, past: Past, cluster: Cluster, connection: Connection
    ) -> Removal:
        """Nothing goes that a component may want of which nobody can say what it wants."""
        held = {Ref.of(one): past.commit for one in removal.objects}
        try:
            doubts = Doubts(self._lineage, self._wants)
            reasons = await doubts.about(removal.id, cluster, connection, held)
        except UNREADABLE as error:
            return Removal(removal.id, cluster.name, past.component, reason=unreadable(error))
        return _without(removal, reasons)

    def _step(self, past: Past) -> Step | None:
        """By the ApplicationSet as it is now; one that is gone too counts as it last was."""
        former = past.component
        generator = self._scene.discovered.sets.get(former.generator) or past.generator
        if generator is None or generator.rollout is None or not generator.rollout.reverse:
            return None
        number = generator.rollout.step_of(former.labels)
        return None if number is None else Step(generator.id, number)

    def _kept_by_its_set(self, former: Component) -> str:
        """Why the ApplicationSet that generated it deletes nothing, while that is still there."""
        generator = self._scene.discovered.sets.get(former.generator)
        if generator is None or generator.deletes:
            return ""
        return (
            f"its ApplicationSet {generator.id} deletes none of its Applications "
            f"(applicationsSync: {generator.policy})"
        )

    def _doubt(self, component_id: str) -> str:
        """Why it cannot be said that the component is gone."""
        still = {one.id for one in self._scene.discovered.components}
        if component_id in still:
            return "it is in Git, but its cluster is another one, or not known"
        if component_id in self._scene.discovered.skipped:
            return "it is in Git and says itself that it is to be left as it is"
        if self._scene.discovered.incomplete:
            return f"discovery is incomplete: {self._scene.discovered.incomplete}"
        return ""


def _without(removal: Removal, reasons: Mapping[Ref, str]) -> Removal:
    """Of what would be deleted these stay."""
    objects = tuple(one for one in removal.objects if Ref.of(one) not in reasons)
    return replace(removal, objects=objects, kept=(*removal.kept, *sorted(reasons.items())))


def _unseen(live: Live, cluster: str) -> str:
    """Why not all that the component has is known; deleted by halves, the rest would be lost."""
    for (group, kind), said in sorted(live.unlisted.items()):
        return f"not all of it can be seen: {cluster} does not list {kind}.{group}: {said}"
    return ""


def _decided(
    component_id: str,
    cluster: str,
    past: Past,
    live: Sequence[Manifest],
    wanted: Wanted,
    veto: Veto,
) -> Removal:
    kept, objects = [], []
    options = past.component.policy.options
    for one in live:
        ref = Ref.of(one)
        reason = why_kept(one, component_id, options, deleting_component=True)
        if not reason and not past.held(one):
            reason = f"it was not in the render of {past.commit[:8]}"
        reason = reason or veto(ref, bool(ref.namespace))
        if not reason and ref in wanted:
            reason = f"{wanted[ref][0]} wants it now"
        if reason:
            kept.append((ref, reason))
        else:
            objects.append(one)
    hooks = tuple(one for one in past.manifests if is_hook(one))
    return Removal(component_id, cluster, past.component, tuple(objects), hooks, tuple(kept))
