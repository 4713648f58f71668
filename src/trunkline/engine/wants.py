"""Which components of one commit want an object of a cluster.

An object that moves from one component to another must not be deleted by the first while the
second takes it over, and one that two components render stays until neither does. The answer
costs a render of all that goes to the cluster, so it is asked for only when something would be
deleted, or carries another component's mark.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping

from msgspec import Struct, field

from trunkline.core.component import Cluster, Component
from trunkline.core.desired import Desired
from trunkline.core.event import Listener, unheard
from trunkline.core.manifest import Ref
from trunkline.core.tenants import NAMESPACE
from trunkline.engine.connect import Connection
from trunkline.engine.counted import counted
from trunkline.engine.desire import Desires, Rules, Target
from trunkline.engine.namespace import namespace_of
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene

Wanted = Mapping[Ref, tuple[str, ...]]
"""The ids of the components that render each object, in their order."""


class Claims(Struct, frozen=True):
    """What a commit wants in one cluster: objects, and the namespaces that CreateNamespace
    asks for; and the components of which nobody knows what they want.
    """

    wanted: Wanted
    homes: Wanted
    unrendered: tuple[Component, ...]


async def claims(
    scene: Scene,
    desires: Desires,
    cluster: Cluster,
    target: Callable[[Rules], Awaitable[Target]],
    listener: Listener = unheard,
) -> Claims:
    """Renders all of the commit that goes to the cluster. Raises what `target` raises."""
    here = [one for one, at in scene.placed() if at.name == cluster.name]
    found = scene.discovered
    answers = []
    for one in here:
        there = await target(rules_for(one, found.projects, found.fleet))
        answers.append(desires.desired(one, scene.world, there))
    desired = await counted("rendering", answers, listener)
    broken = tuple(one.component for one in desired if one.error)
    return Claims(wanted_by(desired), _homes(here), broken)


class Wants(Struct):
    """Asks one scene; each cluster's answer is computed once, and again where it could not be had:
    a watch lives longer than the moment in which a cluster did not answer."""

    scene: Scene
    desires: Desires
    _known: dict[str, asyncio.Task[Claims]] = field(default_factory=dict)

    async def of(self, cluster: Cluster, connection: Connection) -> Wanted:
        """What the commit wants in this cluster. Raises ApiError.

        A component that cannot be rendered wants nothing that anybody knows of.
        """
        return (await self._answer(cluster, connection)).wanted

    async def homes(self, cluster: Cluster, connection: Connection) -> Wanted:
        """The namespaces that CreateNamespace asks for here, and for whom. Raises ApiError."""
        return (await self._answer(cluster, connection)).homes

    async def unrendered(self, cluster: Cluster, connection: Connection) -> tuple[Component, ...]:
        """The components of which nobody knows what they want here. Raises ApiError."""
        return (await self._answer(cluster, connection)).unrendered

    async def _answer(self, cluster: Cluster, connection: Connection) -> Claims:
        known = self._known.get(cluster.name)
        if known is None or (known.done() and (known.cancelled() or known.exception())):
            work = self._asked(cluster, connection)
            known = asyncio.create_task(work, name=f"wants {cluster.name}")
            self._known[cluster.name] = known
        return await asyncio.shield(known)

    async def _asked(self, cluster: Cluster, connection: Connection) -> Claims:
        return await claims(self.scene, self.desires, cluster, connection.target)


def wanted_elsewhere(ref: Ref, mine: str, wanted: Wanted) -> str:
    """That another component than this one wants the object, "" if none does."""
    other = next((one for one in wanted.get(ref, ()) if one != mine), "")
    return f"{other} wants it now" if other else ""


def _homes(components: Iterable[Component]) -> Wanted:
    asking = ((namespace_of(one), one.id) for one in components)
    return _by_ref((Ref(*NAMESPACE, "", name), one) for name, one in asking if name)


def wanted_by(desired: Iterable[Desired]) -> Wanted:
    return _by_ref((ref, one.component.id) for one in desired for ref in one.refs)


def _by_ref(pairs: Iterable[tuple[Ref, str]]) -> Wanted:
    found: dict[Ref, list[str]] = defaultdict(list)
    for ref, component_id in pairs:
        found[ref].append(component_id)
    return {ref: tuple(sorted(ids)) for ref, ids in found.items()}
