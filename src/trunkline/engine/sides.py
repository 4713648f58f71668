"""Whether the two sides of a pair can differ: by what they ask to be rendered, nothing rendered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

from msgspec import Struct

from trunkline.core.argo.fleet import UnknownCluster
from trunkline.core.component import Cluster, Component
from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.outputs import VALUES_FROM
from trunkline.core.rendering import RenderRequest
from trunkline.core.shell import word
from trunkline.engine.desire import Desires
from trunkline.engine.fleet import capabilities_of
from trunkline.engine.pairs import Pair
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene
from trunkline.engine.unasked import Unasked

NAMED = 3


class Outlook(Enum):
    """UNKNOWN: neither side is rendered, for one reason, and no file of it changed."""

    ALIKE = auto()
    DIFFERENT = auto()
    UNKNOWN = auto()


class Sides(Struct, frozen=True):
    """The two commits of a range."""

    base: Scene
    head: Scene
    desires: Desires

    async def outlook(self, pair: Pair) -> Outlook:
        if pair.base is None or pair.head is None or pair.was:
            return Outlook.DIFFERENT
        if _settling(pair.base) != _settling(pair.head):
            return Outlook.DIFFERENT
        base_veto = self.base.discovered.projects.get(pair.base.project)
        if base_veto != self.head.discovered.projects.get(pair.head.project):
            return Outlook.DIFFERENT
        if _bounds(self.base, pair.base) != _bounds(self.head, pair.head):
            return Outlook.DIFFERENT
        base = await self._asked(self.base, pair.base, pair.cluster)
        head = await self._asked(self.head, pair.head, pair.cluster)
        if isinstance(base, Unasked) or isinstance(head, Unasked):
            return self._broken(pair, base, head)
        if isinstance(base, str) or isinstance(head, str):
            return Outlook.UNKNOWN if base == head else Outlook.DIFFERENT
        alike = len(base) == len(head) and all(map(_alike, base, head))
        return Outlook.ALIKE if alike else Outlook.DIFFERENT

    async def _asked(
        self, scene: Scene, component: Component, cluster: Cluster
    ) -> Sequence[RenderRequest] | str | Unasked:
        """What the component asks to be rendered; why it cannot be; or, as text, why it may not:
        what its project forbids is not even fetched.
        """
        found = scene.discovered
        if reason := rules_for(component, found.projects, found.fleet).refusal:
            return reason
        try:
            asked = await self.desires.requests(component, scene.world, capabilities_of(cluster))
        except Unasked as error:
            return error
        return [request for request, _ in asked]

    def _broken(self, pair: Pair, base: object, head: object) -> Outlook:
        if not isinstance(base, Unasked) or not isinstance(head, Unasked):
            return Outlook.DIFFERENT
        assert pair.base and pair.head
        same = pair.base.sources == pair.head.sources
        if same and head.is_as_before(base, self.head.world.whole):
            return Outlook.UNKNOWN
        return Outlook.DIFFERENT


def unknown(pairs: Sequence[Pair]) -> list[Finding]:
    """Says once that nothing is known of these."""
    ids = sorted({one.either.id for one in pairs})
    if not ids:
        return []
    more = f" and {len(ids) - NAMED} more" if len(ids) > NAMED else ""
    which = "1 component" if len(ids) == 1 else f"{len(ids)} components"
    return [
        Finding(
            "not-rendered",
            f"what changes of {which} is not known, for neither commit can be rendered there: "
            f"{', '.join(ids[:NAMED])}{more}",
            Severity.WARNING,
            remedy=f"trunkline render says why: trunkline render {word(ids[0])}",
        )
    ]


def _alike(one: RenderRequest, other: RenderRequest) -> bool:
    """Whether both give the same; a key is dear, and most requests are the very same one."""
    return one is other or one.key == other.key


def _bounds(scene: Scene, component: Component) -> object:
    """What the component's cluster is kept to."""
    try:
        cluster = scene.discovered.fleet.resolve(component.destination)
    except UnknownCluster:
        return None
    return cluster.namespaces, cluster.cluster_resources


def _settling(component: Component) -> object:
    """What else decides on the desired state, beside what is rendered."""
    return (
        component.destination,
        component.project,
        component.policy.options,
        component.ignore,
        component.annotations.get(VALUES_FROM),
    )
