"""What a commit changes: against another commit, without any cluster, or against the clusters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from trunkline.core.change import Action, Change, ComponentPlan, Plan
from trunkline.core.component import FINALIZER, Cluster, Component
from trunkline.core.desired import Desired
from trunkline.core.diff import changes
from trunkline.core.event import Listener, Progress
from trunkline.core.finding import Finding, Severity
from trunkline.core.hooks import Phase, hook_phases, is_hook
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.rendering import Capabilities, RenderError
from trunkline.engine.desire import Desires, Target
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene

Key = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pair:
    """One component in one cluster, at the base and at the head (None: not there)."""

    key: Key
    cluster: Cluster
    base: Component | None
    head: Component | None

    @property
    def either(self) -> Component:
        found = self.head or self.base
        assert found is not None
        return found


class RangePlan:
    """The plan between two commits. What neither commit touches is not rendered."""

    def __init__(self, base: Scene, head: Scene, desires: Desires, listener: Listener) -> None:
        self._base = base
        self._head = head
        self._desires = desires
        self._listener = listener

    async def plan(self, ids: Sequence[str] = ()) -> Plan:
        pairs = self._pairs(ids)
        touched = [pair for pair in pairs if self._differs(pair)]
        answers = await counted("rendering", map(self._component, touched), self._listener)
        parts = [part for part, _ in answers if part.changes or part.error]
        findings = [finding for _, found in answers for finding in found]
        return Plan(
            self._base.commit,
            self._head.commit,
            tuple(parts),
            (*self._new_findings(), *findings),
            len(pairs),
        )

    def _pairs(self, ids: Sequence[str]) -> list[Pair]:
        base = {(one.id, at.name): (one, at) for one, at in self._base.placed(ids, known=False)}
        head = {(one.id, at.name): (one, at) for one, at in self._head.placed(ids, known=False)}
        found = []
        for key in sorted({*base, *head}):
            if key[0] in self._head.discovered.skipped:
                continue
            was, now = base.get(key), head.get(key)
            _, cluster = now or base[key]
            found.append(Pair(key, cluster, was and was[0], now and now[0]))
        return found

    def _differs(self, pair: Pair) -> bool:
        """Whether the renders of both sides can differ: by their requests, nothing rendered."""
        if pair.base is None or pair.head is None:
            return True
        if _settling(pair.base) != _settling(pair.head):
            return True
        base_veto = self._base.discovered.projects.get(pair.base.project)
        if base_veto != self._head.discovered.projects.get(pair.head.project):
            return True
        return self._keys(self._base, pair.base, pair.cluster) != self._keys(
            self._head, pair.head, pair.cluster
        )

    def _keys(self, scene: Scene, component: Component, cluster: Cluster) -> object:
        try:
            asked = self._desires.requests(component, scene.world, capabilities_of(cluster))
        except RenderError as error:
            return str(error)
        return [request.key for request, _ in asked]

    async def _component(self, pair: Pair) -> tuple[ComponentPlan, list[Finding]]:
        was, now = await asyncio.gather(
            self._desired(self._base, pair.base, pair.cluster),
            self._desired(self._head, pair.head, pair.cluster),
        )
        part = ComponentPlan(*pair.key)
        findings = _added(was, now)
        if now and now.error:
            return replace(part, error=now.error), findings
        if now is None and not pair.either.takes_objects_along:
            return part, [*findings, _orphaned(pair, was)]
        component = pair.either
        found = changes(
            was.manifests if was else (),
            now.manifests if now else (),
            options=component.policy.options,
            ignore=component.ignore,
        )
        hooks = {Ref.of(one): one for one in (now.manifests if now else ()) if is_hook(one)}
        found = tuple(_as_hook(one, hooks.get(one.ref)) for one in found)
        if was and was.error:
            found = tuple(_without_base(one) for one in found)
        return replace(part, changes=found), findings

    async def _desired(
        self, scene: Scene, component: Component | None, cluster: Cluster
    ) -> Desired | None:
        if component is None:
            return None
        rules = rules_for(component, scene.discovered.projects, scene.discovered.fleet)
        target = Target(cluster.name, capabilities_of(cluster), rules=rules)
        return await self._desires.desired(component, scene.world, target)

    def _new_findings(self) -> list[Finding]:
        old = {_same(one) for one in self._base.discovered.findings}
        return [one for one in self._head.discovered.findings if _same(one) not in old]


def capabilities_of(cluster: Cluster) -> Capabilities:
    """What a cluster can do as far as the files say; the usual where they say nothing."""
    default = Capabilities()
    return Capabilities(
        cluster.kube_version or default.kube_version, cluster.api_versions or default.api_versions
    )


async def counted(activity: str, work: Iterable[Awaitable[T]], listener: Listener) -> list[T]:
    """Everything side by side, told as it gets done."""
    todo = list(work)
    done = 0

    async def told(one: Awaitable[T]) -> T:
        nonlocal done
        answer = await one
        done += 1
        listener(Progress(activity, done, len(todo)))
        return answer

    listener(Progress(activity, 0, len(todo)))
    return list(await asyncio.gather(*map(told, todo)))


def _settling(component: Component) -> object:
    """What else decides on the desired state, beside what is rendered."""
    return component.destination, component.project, component.policy.options, component.ignore


def _orphaned(pair: Pair, was: Desired | None) -> Finding:
    count = len(was.manifests) if was else 0
    return Finding(
        "component-orphaned",
        f"{pair.key[0]} is removed without the finalizer {FINALIZER}: "
        f"its {count} objects stay in {pair.cluster.name}",
        Severity.WARNING,
        component=pair.key[0],
        cluster=pair.cluster.name,
        remedy="delete them by hand, or put the finalizer on before you remove it",
    )


def _as_hook(change: Change, hook: Manifest | None) -> Change:
    """A hook's object is made anew for each run, so that nothing in it is immutable."""
    if hook is None or change.action not in (Action.CREATE, Action.UPDATE, Action.REPLACE):
        return change
    phases = [one for one in hook_phases(hook, first=False) if one is not Phase.SKIP]
    reason = f"a hook: it runs at {', '.join(phases)}" if phases else "a hook that no sync runs"
    action = Action.UPDATE if change.action is Action.REPLACE else change.action
    return replace(change, action=action, reason=reason)


def _without_base(change: Change) -> Change:
    if change.action is not Action.CREATE:
        return change
    return replace(change, reason="the base commit cannot be rendered")


def _added(was: Desired | None, now: Desired | None) -> list[Finding]:
    old = {_same(one) for one in was.findings} if was else set()
    return [one for one in (now.findings if now else ()) if _same(one) not in old]


def _same(finding: Finding) -> object:
    """A finding apart from its line, which moves with every edit above it."""
    return replace(finding, line=0)
