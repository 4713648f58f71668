"""What a component should be in its cluster, at one commit.

The renders that it is made of are done once, and settled into the objects that may be applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from trunkline.core.component import Component
from trunkline.core.desired import Desired, Veto, settle
from trunkline.core.finding import Finding, Severity
from trunkline.core.kinds import SourceWork, request
from trunkline.core.rendering import Capabilities, Rendered, RenderError, RenderRequest
from trunkline.core.scope import Scopes
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.edge.render.renderer import Renderer
from trunkline.engine.world import World


@dataclass(frozen=True, slots=True)
class Rules:
    """What a project says: why the component is not applied at all, and its veto on objects."""

    refusal: str = ""
    veto: Veto = lambda _ref, _namespaced: ""


@dataclass(frozen=True, slots=True)
class Target:
    """The cluster that a component is rendered for; `rules` are its project's."""

    cluster: str
    capabilities: Capabilities = field(default_factory=Capabilities)
    scopes: Scopes = field(default_factory=Scopes)
    rules: Rules = field(default_factory=Rules)


class Desires:
    """Computes desired states; whoever asks for the same render twice is answered from cache."""

    def __init__(self, renderer: Renderer) -> None:
        self.renderer = renderer

    def requests(
        self, component: Component, world: World, capabilities: Capabilities
    ) -> tuple[tuple[RenderRequest, SourceWork], ...]:
        """The renders that a component is made of; nothing is rendered. Raises RenderError."""
        works = list(_works(component, world, capabilities))
        try:
            return tuple((request(component, one.source, one), one) for one in works)
        except SnapshotError as error:
            raise RenderError(
                f"{component.id}: {error}",
                place=component.origin.file,
                line=component.origin.line,
            ) from None

    async def desired(self, component: Component, world: World, target: Target) -> Desired:
        """The desired state; what cannot be rendered is an `error` and a finding in it."""
        if target.rules.refusal:
            return Desired(component, target.cluster, error=target.rules.refusal)
        try:
            requests = self.requests(component, world, target.capabilities)
            rendered = await asyncio.gather(
                *(self.renderer.render(one, work.snapshots) for one, work in requests)
            )
        except RenderError as error:
            return _failed(component, target.cluster, error)
        documents = (manifest for one in rendered for manifest in one.manifests)
        desired = settle(component, target.cluster, documents, target.scopes, target.rules.veto)
        return replace(desired, findings=(*desired.findings, *_warnings(component, rendered)))


def _works(component: Component, world: World, capabilities: Capabilities) -> list[SourceWork]:
    named = [(one, *world.named(component, one)) for one in component.sources]
    snapshots: Mapping[str, Snapshot] = {name: snapshot for _, name, snapshot in named}
    refs = {one.ref: (name, "") for one, name, _ in named if one.ref}
    return [
        SourceWork(component, one, snapshots, name, refs, capabilities)
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
    return Desired(component, cluster, findings=(finding,), error=str(error))


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
