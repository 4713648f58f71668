"""What a commit changes: against another commit, without any cluster, or against the clusters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import TypeVar

from msgspec.structs import replace

from trunkline.core.change import Action, Change, ComponentPlan, Plan, PlannedCommit
from trunkline.core.component import Cluster, Component
from trunkline.core.desired import Desired
from trunkline.core.diff import BadExpression, compared_changes
from trunkline.core.diff import paired as paired_objects
from trunkline.core.event import Listener
from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.moves import with_moves
from trunkline.core.takeover import Answer, given, named, taken_over, takers
from trunkline.engine.counted import counted
from trunkline.engine.desire import Desires, Rules, Target
from trunkline.engine.fleet import capabilities_of
from trunkline.engine.gone import (
    goes,
    goes_unseen,
    kept,
    kept_for_others,
    left_behind,
    orphaned,
)
from trunkline.engine.ignored import places_in
from trunkline.engine.pairs import Pair, paired
from trunkline.engine.permission import rules_for
from trunkline.engine.plan_hooks import hooks_told
from trunkline.engine.scene import Scene
from trunkline.engine.sides import Outlook, Sides, unknown
from trunkline.engine.wants import Claims, claims

T = TypeVar("T")

# A range longer than this is told by its last commit.
COMMITS = 50


async def nothing_comes() -> frozenset[str]:
    """No unit of infrastructure is planned beside it."""
    return frozenset()


class RangePlan:
    """The plan between two commits. What neither commit touches is not rendered."""

    def __init__(
        self,
        base: Scene,
        head: Scene,
        desires: Desires,
        listener: Listener,
        coming: Callable[[], Awaitable[frozenset[str]]] = nothing_comes,
    ) -> None:
        """`coming` says which units of infrastructure the commits bring or change; it is asked
        only where outputs are missing."""
        self._base = base
        self._head = head
        self._desires = desires
        self._listener = listener
        self._coming = coming
        self._units: asyncio.Future[frozenset[str]] | None = None

    async def plan(self, ids: Sequence[str] = (), clusters: Sequence[str] = ()) -> Plan:
        """Of these components in these clusters; of all where none are named."""
        every = paired(self._base, self._head, ids)
        pairs = [one for one in every if not clusters or one.cluster.name in clusters]
        sides = Sides(self._base, self._head, self._desires)
        outlooks = await asyncio.gather(*map(sides.outlook, pairs))
        seen = list(zip(pairs, outlooks, strict=True))
        touched = [pair for pair, outlook in seen if outlook is Outlook.DIFFERENT]
        unseen = [pair for pair, outlook in seen if outlook is Outlook.UNKNOWN]
        alone = await counted("rendering", map(self._component, touched), self._listener)
        answers = await self._taken_over(touched, alone)
        answers = await self._for_others(touched, answers)
        findings = [
            finding
            for pair, one in zip(touched, answers, strict=True)
            for finding in (*one.findings, *orphaned(pair, one.left))
        ]
        findings += _staying([one.part for one in answers])
        return whole_plan(
            Plan(
                self._base.commit,
                self._head.commit,
                tuple(one.part for one in answers),
                (*self._new_findings(), *findings, *unknown(unseen)),
                len(pairs),
                commits=commits_of(self._head, self._base.commit),
            )
        )

    async def _component(self, pair: Pair) -> Answer:
        was, now = await asyncio.gather(
            self._desired(self._base, pair.base, pair.cluster),
            self._desired(self._head, pair.head, pair.cluster),
        )
        part = ComponentPlan(*pair.key, was=pair.was)
        findings = tuple(_added(was, now))
        if now and now.lacks and await self._comes(now.lacks):
            return Answer(replace(part, waits_for=now.lacks), _but(findings, now.error))
        if now and now.error:
            return Answer(replace(part, error=now.error), findings)
        if now is None and not pair.either.takes_objects_along:
            return left_behind(pair, was, Answer(part, findings))
        if now is None and was and was.error:
            return Answer(part, (*findings, goes_unseen(pair, was.error)))
        if was and now:
            now = now.beside({Ref.of(one): one for one in was.manifests}.get)
        try:
            found = await self._compared(
                pair.either, was.manifests if was else (), now.manifests if now else ()
            )
        except BadExpression as error:
            return Answer(replace(part, error=str(error)), findings)
        found = hooks_told(found, pair, was, now)
        if was and was.error:
            found = tuple(_without_base(one) for one in found)
        left: frozenset[Ref] = frozenset()
        if pair.renamed and pair.base and not pair.base.takes_objects_along:
            left = frozenset(one.ref for one in found if one.action is Action.DELETE)
            found = tuple(one for one in found if one.action is not Action.DELETE)
        staying = kept(pair, was, now, found)
        stays = {one.ref for one in staying}
        found = tuple(one for one in found if one.ref not in stays)
        return Answer(with_changes(part, found), (*findings, *staying), left)

    async def _comes(self, unit: str) -> bool:
        if self._units is None:
            self._units = asyncio.ensure_future(self._coming())
        return unit in await self._units

    async def _compared(
        self, component: Component, was: Sequence[Manifest], now: Sequence[Manifest]
    ) -> tuple[Change, ...]:
        """Raises BadExpression."""
        jq = self._desires.renderer.jq
        places = await places_in(jq, paired_objects(was, now), component.ignore)
        options = component.policy.options
        return compared_changes(was, now, options=options, ignore=component.ignore, places=places)

    async def _taken_over(
        self, pairs: Sequence[Pair], answers: Sequence[Answer]
    ) -> Sequence[Answer]:
        """The answers with what goes from one component to another told as what stays.

        Few objects do, so that both their sides are asked for once more, from the cache.
        """
        told = list(answers)
        for at, taken in takers(answers).items():
            component, cluster = pairs[at].either, pairs[at].cluster
            now = await self._desired(self._head, component, cluster)
            olds: list[Manifest] = []
            for giver in sorted(set(taken.values())):
                was = await self._desired(self._base, pairs[giver].base, cluster)
                mine = [ref for ref, one in taken.items() if one == giver]
                olds += named(was.manifests if was else (), mine)
                told[giver] = given(told[giver], mine)
            news = now.beside({Ref.of(one): one for one in olds}.get).manifests if now else ()
            found = await self._compared(component, olds, named(news, taken))
            givers = {ref: answers[giver].part.id for ref, giver in taken.items()}
            told[at] = taken_over(told[at], found, givers)
        return told

    async def _for_others(
        self, pairs: Sequence[Pair], answers: Sequence[Answer]
    ) -> Sequence[Answer]:
        """The answers without what stays for others: to know them, all that goes to a cluster is
        rendered, if anything goes from it."""
        told, known = list(answers), dict[str, Claims]()
        for at, (pair, one) in enumerate(zip(pairs, answers, strict=True)):
            if not goes(one):
                continue
            name = pair.cluster.name
            if name not in known:
                known[name] = await self._claims(pair.cluster)
            was = await self._desired(self._base, pair.base, pair.cluster)
            told[at] = kept_for_others(pair, was, one, known[name])
        return told

    async def _claims(self, cluster: Cluster) -> Claims:
        async def target(rules: Rules) -> Target:
            return Target(cluster.name, capabilities_of(cluster), rules=rules)

        return await claims(self._head, self._desires, cluster, target, self._listener)

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


def with_changes(part: ComponentPlan, found: Sequence[Change]) -> ComponentPlan:
    """The part with these changes; of no-ops only the number of other spellings stays."""
    real = tuple(one for one in found if one.action is not Action.NOOP)
    return replace(part, changes=real, spelled=sum(one.spelled for one in found))


def whole_plan(plan: Plan) -> Plan:
    """The plan of all that was looked at, parted into what changes and what only has a word to
    say; what moves is told."""
    changed = [one for one in plan.components if one.changes or one.error]
    quiet = [
        one
        for one in plan.components
        if not (one.changes or one.error) and (one.was or one.spelled or one.waits_for)
    ]
    return replace(plan, components=with_moves(tuple(changed)), unchanged=tuple(quiet))


def commits_of(scene: Scene, base: str = "") -> tuple[PlannedCommit, ...]:
    """The commits after the base up to the scene's, the newest first; its own where the base is
    not among the last ones, or is no commit."""
    repository = scene.world.repository
    found: list[PlannedCommit] = []
    for one in islice(repository.history(scene.commit), COMMITS):
        if one.id == base:
            return tuple(found)
        found.append(PlannedCommit(one.id, one.author, one.subject, one.time))
    return tuple(found[:1])


def _but(findings: Sequence[Finding], message: str) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.message != message)


def _staying(parts: Sequence[ComponentPlan]) -> list[Finding]:
    """Where something goes and one cannot be rendered that may want it (`engine/doubts`)."""
    broken = {one.cluster: one.id for one in reversed(parts) if one.error or one.waits_for}
    gone = {
        one.cluster for one in parts if any(each.action is Action.DELETE for each in one.changes)
    }
    return [
        Finding(
            "kept",
            f"what goes from {cluster} stays there until {broken[cluster]} can be rendered, which "
            "may want it",
            Severity.NOTE,
            component=broken[cluster],
            cluster=cluster,
        )
        for cluster in sorted(gone & broken.keys())
    ]


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
