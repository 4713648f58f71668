"""What a component should be in its cluster, at one commit.

The renders that it is made of are done once, and settled into the objects that may be applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Component
from trunkline.core.desired import Desired
from trunkline.core.finding import Finding, Severity
from trunkline.core.footprint import Footprint, Shared
from trunkline.core.hooks import never_runs
from trunkline.core.infra.outputs import VALUES_FROM
from trunkline.core.infra.secret_outputs import secret_manifests
from trunkline.core.kinds import SourceWork, heeds_cluster
from trunkline.core.rendering import OWN, Capabilities, Rendered, RenderError, RenderRequest
from trunkline.core.scope import Scopes
from trunkline.core.settle import Veto, settle
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.unstable import Leaf, leaves_of, told
from trunkline.edge.render.renderer import Renderer
from trunkline.engine.unasked import unasked
from trunkline.engine.world import World


class Rules(Struct, frozen=True):
    """What a project says: why the component is not applied at all, its veto on objects, and the
    user whom writes are made as ("": whom the cluster's access says)."""

    refusal: str = ""
    veto: Veto = lambda _ref, _namespaced: ""
    acts_as: str = ""


class Target(Struct, frozen=True):
    """The cluster that a component is rendered for; `rules` are its project's."""

    cluster: str
    capabilities: Capabilities = field(default_factory=Capabilities)
    scopes: Scopes = field(default_factory=Scopes)
    rules: Rules = field(default_factory=Rules)


Requests = tuple[tuple[RenderRequest, SourceWork], ...]
"""What each source of a component asks for, and what that was worked out from."""


class Earlier(Struct, frozen=True):
    """Requests that were worked out at another commit, from its files and from what lies elsewhere
    and is the same for all of a round."""

    component: Component
    terms: object
    footprint: Footprint
    requests: Requests

    def serves(self, component: Component, world: World) -> bool:
        same = self.component is component or self.component == component
        return same and self.terms == world.terms and self.footprint.holds_for(world.whole)

    def at(self, world: World) -> Requests:
        """The same requests, whose files are read from this commit."""
        return tuple((request, self._moved(work, world)) for request, work in self.requests)

    def _moved(self, work: SourceWork, world: World) -> SourceWork:
        snapshots = work.snapshots.items()
        there = {name: world.whole if one is self.footprint else one for name, one in snapshots}
        return replace(work, snapshots=there)


class Desires:
    """Computes desired states; whoever asks for the same render twice is answered from cache."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer
        self._known: WeakKeyDictionary[
            World, dict[tuple[str, Capabilities | None, int], tuple[Component, Requests]]
        ] = WeakKeyDictionary()
        self._earlier: dict[tuple[str, Capabilities], Earlier] = {}
        self._shared: WeakKeyDictionary[World, Shared] = WeakKeyDictionary()

    async def requests(
        self, component: Component, world: World, capabilities: Capabilities
    ) -> Requests:
        """The renders that a component is made of; nothing is rendered. Raises Unasked.

        Discovery, a plan and a sync ask for the same ones: they are worked out once a commit, and
        again when what lies elsewhere is asked for again. What no cluster makes another request is
        kept for all of them: discovery asks before the cluster has told what it can do.
        """
        known = self._known.setdefault(world, {})
        for able in (None, capabilities):
            asker, requests = known.get((component.id, able, world.round), (None, ()))
            if asker is component:
                return requests
        found = await self._found(component, world, capabilities)
        heeded = any(heeds_cluster(one) for one, _ in found)
        known[component.id, capabilities if heeded else None, world.round] = (component, found)
        return found

    async def _found(
        self, component: Component, world: World, capabilities: Capabilities
    ) -> Requests:
        """What an earlier commit asked for, where this one says the same to all that it rests on;
        else worked out."""
        earlier = self._earlier.get((component.id, capabilities))
        if earlier and earlier.serves(component, world):
            return earlier.at(world)
        footprint = Footprint(world.whole, self._shared.setdefault(world, {}))
        try:
            requests = await _requests(component, world, capabilities, footprint)
        except RenderError as error:
            raise unasked(error, component, world, footprint) from error
        if world.settles(component) and not any(work.mounts for _, work in requests):
            found = Earlier(component, world.terms, footprint, requests)
            self._earlier[component.id, capabilities] = found
            return found.at(world)
        return requests

    async def desired(self, component: Component, world: World, target: Target) -> Desired:
        """The desired state; what cannot be rendered is an `error` and a finding in it."""
        if target.rules.refusal:
            return Desired(component, target.cluster, error=target.rules.refusal)
        try:
            requests = await self.requests(component, world, target.capabilities)
            rendered = await asyncio.gather(
                *(self.renderer.render(one, work.snapshots) for one, work in requests)
            )
        except RenderError as error:
            return _failed(component, target.cluster, error)
        given = [work.handed.secrets for _, work in requests][:1]
        # Beside what was rendered, never in it: renders are kept on disk, in clear.
        documents = [
            *(manifest for one in rendered for manifest in one.manifests),
            *(manifest for secrets in given for manifest in secret_manifests(secrets)),
        ]
        desired = settle(component, target.cluster, documents, target.scopes, target.rules.veto)
        if desired.error:
            return desired
        made = [one for one in desired.manifests if not never_runs(one)]
        leaves = tuple(
            leaf for one in rendered for leaf in leaves_of(one.manifests, one.unstable, made)
        )
        findings = [
            *desired.findings,
            *_withheld(component, requests),
            *_warnings(component, rendered),
            *_unstable(desired, leaves),
        ]
        return replace(desired, findings=tuple(findings), unstable=leaves)


async def _requests(
    component: Component, world: World, capabilities: Capabilities, footprint: Footprint
) -> Requests:
    try:
        works = await _works(component, world, capabilities, footprint)
        requests = tuple([await world.request(one) for one in works])
    except SnapshotError as error:
        origin = component.origin
        raise RenderError(f"{component.id}: {error}", place=origin.file, line=origin.line) from None
    plain = any(one.handed.plain for one in works)
    if plain and not any(one.tool == "helm" for one, _ in requests):
        raise works[0].error(
            f"{component.id}: {VALUES_FROM} gives values to Helm charts, and there is none here"
        )
    return requests


async def _works(
    component: Component, world: World, capabilities: Capabilities, footprint: Footprint
) -> list[SourceWork]:
    """The commit under plan is looked at through its footprint."""
    named = [(one, *await world.named(component, one)) for one in component.sources]
    snapshots: Mapping[str, Snapshot] = {
        name: footprint if name == OWN else snapshot for _, name, snapshot in named
    }
    given = await world.handed(component)
    refs = {one.ref: (name, "") for one, name, _ in named if one.ref}
    return [
        SourceWork(component, one, snapshots, name, refs, capabilities, handed=given)
        for one, name, _ in named
        # A source that only lends its files has a ref and neither a path nor a chart.
        if not (one.ref and not one.path and not one.chart)
    ]


def _failed(component: Component, cluster: str, error: RenderError) -> Desired:
    finding = Finding(
        "render-failed",
        str(error),
        file=error.place or component.origin.file,
        line=error.line or (0 if error.place else component.origin.line),
        component=component.id,
        cluster=cluster,
        remedy=error.remedy,
    )
    return Desired(component, cluster, findings=(finding,), error=str(error), lacks=error.unit)


def _warnings(component: Component, rendered: list[Rendered]) -> list[Finding]:
    return [
        Finding(
            "render-warning",
            warning,
            Severity.WARNING,
            file=component.origin.file,
            component=component.id,
        )
        for one in rendered
        for warning in one.warnings
    ]


def _withheld(component: Component, requests: Requests) -> list[Finding]:
    """Outputs that the component asked for and does not get."""
    names = dict.fromkeys(name for _, work in requests for name in work.handed.withheld)
    return [
        Finding(
            "sensitive-output",
            f"{name} is sensitive, so it is not handed to values",
            Severity.WARNING,
            file=component.origin.file,
            line=component.origin.line,
            component=component.id,
            remedy="name a Secret for it beside the unit (secret: NAME), or leave it out by only",
        )
        for name in names
    ]


def _unstable(desired: Desired, leaves: tuple[Leaf, ...]) -> list[Finding]:
    """What each render makes anew: values, which are kept as they are live, and names."""

    def finding(message: str, remedy: str) -> Finding:
        return Finding(
            "unstable-render",
            message,
            Severity.WARNING,
            file=desired.component.origin.file,
            line=desired.component.origin.line,
            component=desired.component.id,
            cluster=desired.cluster,
            remedy=remedy,
        )

    names = [one for one in leaves if one.names]
    values = [one for one in leaves if not one.names]
    found = []
    if values:
        said = f"each render makes anew, so what is live is kept: {told(values)}"
        found.append(finding(said, "give these values in Git, or name a Secret that holds them"))
    if names:
        said = f"each render gives another name, so that each makes another object: {told(names)}"
        found.append(finding(said, "give the object a name that stays"))
    return found
