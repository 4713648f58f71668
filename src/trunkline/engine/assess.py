"""How a component stands in its cluster: what a plan shows, a status says and a sync does.

All three start from this one value, so what was shown is what is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from trunkline.core.component import Component, IgnoreRule
from trunkline.core.desired import Desired
from trunkline.core.digest import judged
from trunkline.core.hooks import is_hook
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import marked
from trunkline.core.options import object_options
from trunkline.core.prune import extraneous, why_kept
from trunkline.core.scope import crd_scope, is_crd
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.render.jq import JqPaths
from trunkline.engine.compare import Remembered, State, Verdict, compare, trusted
from trunkline.engine.live import Live
from trunkline.engine.namespace import Home, home_of

Memory = Mapping[Ref, Remembered]


class Kept(Struct, frozen=True):
    """A live object that no render wants and that stays all the same.

    `foreign`: it carries our mark, but no commit of this repository ever held it. `passing`: for
    the sake of other components of this commit; another commit may say otherwise.
    """

    live: Manifest
    reason: str
    foreign: bool = False
    passing: bool = False


class Assessment(Struct, frozen=True):
    """`verdicts` are in the order of the render, hooks left out: they are run, not compared.

    `prunes` may be deleted, `kept` may not. `shared` are objects that another component holds
    too, with its id. `first` says that nothing of the component is live.
    `home` is its namespace, where that is to be created or changed before all else.
    """

    desired: Desired
    verdicts: tuple[Verdict, ...] = ()
    hooks: tuple[Manifest, ...] = ()
    prunes: tuple[Manifest, ...] = ()
    kept: tuple[Kept, ...] = ()
    first: bool = False
    home: Home | None = None
    shared: tuple[tuple[Ref, str], ...] = field(default=())

    @property
    def changed(self) -> frozenset[Ref]:
        return frozenset(one.ref for one in self.verdicts if one.state is not State.SAME)

    @property
    def refused(self) -> tuple[Verdict, ...]:
        return tuple(one for one in self.verdicts if one.state is State.REFUSED)

    @property
    def synced(self) -> bool:
        return not (self.changed or self.home or any(map(_is_missed, self.prunes)))


async def assess(
    client: ClusterClient,
    live: Live,
    desired: Desired,
    memory: Memory | None = None,
    *,
    trusting: bool = False,
    jq: JqPaths | None = None,
) -> Assessment:
    """Compare a rendered component with its cluster. Raises Unreachable, Forbidden, BadExpression.

    `live` has been swept, so that it knows all that carries the component's mark. `trusting`: of a
    component of which nothing is live yet, nobody asks beforehand whether its objects would be
    taken. A half-made installation harms nobody, and asking costs as much as doing.
    """
    component = desired.component
    await live.load({one.ref for one in desired.unstable})
    desired = desired.beside(live.get)
    ours = live.refs_of(component.id)
    comparison = await _Comparison.begun(client, live, desired, memory or {}, trusting, jq)
    # The owner of an object may stand outside of Git: what is refused here is refused in a sync.
    verdicts = await asyncio.gather(*map(comparison.verdict, comparison.plain))
    await live.load(ours - desired.refs)
    prunes, kept = _unwanted(component, desired, live.of_component(component.id))
    return Assessment(
        desired,
        tuple(verdicts),
        tuple(one for one in desired.manifests if is_hook(one)),
        prunes,
        kept,
        first=comparison.first,
        home=await home_of(live, desired),
        shared=_shared(component, verdicts, live),
    )


class _Comparison(Struct, frozen=True):
    """The objects of one component, hooks left out, and what is known before any is compared.

    `standing` are those whose last verdict holds, `coming` the kinds that the component brings.
    """

    client: ClusterClient
    live: Live
    component: Component
    plain: list[Manifest]
    standing: frozenset[Ref]
    coming: frozenset[tuple[str, str]]
    first: bool
    trusting: bool
    jq: JqPaths | None

    @classmethod
    async def begun(
        cls,
        client: ClusterClient,
        live: Live,
        desired: Desired,
        memory: Memory,
        trusting: bool,
        jq: JqPaths | None,
    ) -> _Comparison:
        component = desired.component
        plain = [marked(one, component.id) for one in desired.manifests if not is_hook(one)]
        standing = frozenset(
            Ref.of(one) for one in plain if _stands(one, live, memory, component.ignore)
        )
        await live.load(desired.refs - standing)
        # Another repository may use the same id elsewhere in the cluster.
        places = {component.destination.namespace, *(Ref.of(one).namespace for one in plain)}
        ours = any(ref.namespace in places for ref in live.refs_of(component.id))
        first = not ours and not any(live.has(Ref.of(one)) for one in plain)
        return cls(client, live, component, plain, standing, _brought(desired), first, trusting, jq)

    async def verdict(self, one: Manifest) -> Verdict:
        ref, live = Ref.of(one), self.live.get(Ref.of(one))
        if ref in self.standing:
            return Verdict(ref, State.SAME, "remembered", live)
        component = self.component
        options = object_options(one, component.policy.options)
        comes = not self.coming.isdisjoint({(ref.group, ref.kind), (ref.group, "")})
        if self.first and self.trusting and one["metadata"].get("name"):
            return await trusted(self.client, one, options, coming=comes)
        return await compare(
            self.client, one, live, component.ignore, options, jq=self.jq, coming=comes
        )


def _stands(desired: Manifest, live: Live, memory: Memory, ignore: Sequence[IgnoreRule]) -> bool:
    """Whether the last verdict on an object still holds: *remembered*, the first step."""
    known = memory.get(Ref.of(desired))
    return (
        known is not None
        and known.live == live.content(Ref.of(desired))
        and known.fingerprint == judged(desired, ignore)
    )


def _brought(desired: Desired) -> frozenset[tuple[str, str]]:
    """The kinds whose CRDs the component brings itself, and with an APIService whole groups."""
    found = {crd_scope(one)[0] for one in desired.manifests if is_crd(one)}
    found |= {
        (str((one.get("spec") or {}).get("group")), "")
        for one in desired.manifests
        if one.get("kind") == "APIService"
    }
    return frozenset(found)


def _unwanted(
    component: Component, desired: Desired, ours: list[Manifest]
) -> tuple[tuple[Manifest, ...], tuple[Kept, ...]]:
    # Hooks alone are no application.
    empty = all(is_hook(one) for one in desired.manifests)
    prunes, kept = [], []
    for one in extraneous(ours, desired.refs):
        if is_hook(one):
            continue  # What a hook left is history, not drift: Helm and Argo CD leave it too.
        reason = why_kept(one, component.id, component.policy.options)
        if not reason and empty and not component.policy.allow_empty:
            reason = "an empty render prunes nothing (allowEmpty says otherwise)"
        if reason:
            kept.append(Kept(one, reason))
        else:
            prunes.append(one)
    return tuple(prunes), tuple(kept)


def _is_missed(prune: Manifest) -> bool:
    """Whether an object that Git holds no more makes its component out of sync."""
    return not object_options(prune, {}).ignore_extraneous


def _shared(
    component: Component, verdicts: list[Verdict], live: Live
) -> tuple[tuple[Ref, str], ...]:
    """Objects that are marked as another component's, or as another Application's of Argo CD."""
    owners = ((one.ref, live.owner(one.ref)) for one in verdicts)
    return tuple((ref, owner) for ref, owner in owners if owner not in ("", component.id))
