"""What a sync would do now: the commit against the live clusters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from trunkline.core.change import Change, ComponentPlan, Plan
from trunkline.core.component import Cluster, Component
from trunkline.core.desired import Desired
from trunkline.core.diff import BadExpression, Differ, Masker, Pair, difference, paired
from trunkline.core.event import Listener
from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.errors import ApiError
from trunkline.edge.render.jq import JqPaths
from trunkline.engine.assess import Assessment
from trunkline.engine.causes import Explainer
from trunkline.engine.compare import State
from trunkline.engine.counted import counted
from trunkline.engine.ignored import places_in
from trunkline.engine.orphans import orphan_findings
from trunkline.engine.plan import commits_of, whole_plan
from trunkline.engine.survey import Survey, unreachable_finding
from trunkline.engine.sync.removal import Removal, Removals
from trunkline.engine.together import SHARED, UNSERVED, together

LIVE = "live"
Answer = tuple[ComponentPlan | None, list[Finding]]


class LivePlan:
    """The plan of one scene against its clusters. A cluster that is down is a finding."""

    def __init__(self, survey: Survey, removals: Removals, listener: Listener) -> None:
        self._survey = survey
        self._removals = removals
        self._listener = listener
        self._explainer = Explainer(survey.lineage)
        self._rendered: dict[str, list[Desired]] = defaultdict(list)

    async def plan(self, placed: Sequence[tuple[Component, Cluster]], *, removed: bool) -> Plan:
        """`removed` asks for components too that Git holds no more."""
        work = (self._component(component, cluster) for component, cluster in placed)
        answers: list[Answer] = [*await counted("comparing", work, self._listener)]
        gone = [self._gone(one) for one in self._removals.clusters()] if removed else []
        answers += [
            part for parts in await counted("looking", gone, self._listener) for part in parts
        ]
        scene = self._survey.scene
        findings = list(scene.discovered.findings)
        findings += await orphan_findings(self._survey, placed) if removed else []
        findings += together([one for _, found in answers for one in found], self._rendered)
        parts = tuple(part for part, _ in answers if part)
        told = tuple(dict.fromkeys(findings))
        commits = commits_of(scene)
        return whole_plan(Plan(LIVE, scene.commit, parts, told, len(placed), commits=commits))

    async def _component(
        self, component: Component, cluster: Cluster
    ) -> tuple[ComponentPlan, list[Finding]]:
        part = ComponentPlan(component.id, cluster.name)
        try:
            seen = await self._survey.look(component, cluster)
        except ApiError as error:
            failed = ComponentPlan(component.id, cluster.name, error=str(error))
            return failed, [unreachable_finding(cluster.name, error)]
        self._rendered[cluster.name].append(seen.assessment.desired)
        try:
            changed = await live_changes(seen.assessment, self._survey.desires.renderer.jq)
        except BadExpression as error:
            return replace(part, error=str(error)), list(seen.findings)
        findings = list(seen.findings)
        found = await self._explainer.explained(seen, cluster, changed)
        findings += assessment_findings(seen.assessment, cluster.name)
        broken = seen.assessment.desired.error
        spelled = sum(one.spelled for one in found)
        return replace(part, changes=found, error=broken, spelled=spelled), findings

    async def _gone(self, cluster: Cluster) -> Sequence[Answer]:
        try:
            connection = await self._survey.connection(cluster)
            removals = await self._removals.of(cluster, connection)
        except ApiError as error:
            # What is gone from Git may be there still.
            return [(None, [unreachable_finding(cluster.name, error)])]
        return [removal_plan(one, connection.live.of_component(one.id)) for one in removals]


async def live_changes(assessment: Assessment, jq: JqPaths) -> tuple[Change, ...]:
    """The masked changes of one component, in the order of refs. Raises BadExpression."""
    desired = assessment.desired
    lives = [one.live for one in assessment.verdicts if one.live]
    masker = Masker.of([*desired.manifests, *lives, *assessment.prunes])
    pairs, ignore = list(_pairs(assessment)), desired.component.ignore
    places = await places_in(jq, pairs, ignore)
    found = Differ(masker, desired.component.policy.options, ignore, places).told(pairs)
    return tuple(sorted(found, key=lambda change: change.ref))


def _pairs(assessment: Assessment) -> Iterable[Pair]:
    """What is live and what a sync would make of it."""
    written = [one for one in assessment.verdicts if one.state is not State.SAME]
    sides = [(one.live, one.answer) for one in written]
    sides += [(live, None) for live in assessment.prunes]
    if assessment.home and not any(one.ref.kind == "Namespace" for one in written):
        sides.append((assessment.home.live, assessment.home.answer))
    return paired([one for one, _ in sides if one], [one for _, one in sides if one])


def assessment_findings(assessment: Assessment, cluster: str) -> list[Finding]:
    """What is to be said of a component's objects beyond their changes."""
    component = assessment.desired.component
    masker = Masker.of(assessment.desired.manifests)

    def finding(rule: str, message: str, ref: Ref, severity: Severity) -> Finding:
        return Finding(
            rule,
            masker.text(message),
            severity,
            file=component.origin.file,
            line=component.origin.line,
            component=component.id,
            cluster=cluster,
            ref=ref,
        )

    found = [
        finding(
            UNSERVED if one.unserved else "refused",
            f"{one.ref}: {one.message}",
            one.ref,
            Severity.ERROR,
        )
        for one in assessment.refused
    ]
    for kept in assessment.kept:
        ref = Ref.of(kept.live)
        if not kept.foreign:
            found.append(finding("kept", f"{ref} stays: {kept.reason}", ref, Severity.NOTE))
    if foreign := [Ref.of(one.live) for one in assessment.kept if one.foreign]:
        said = f"{len(foreign)} objects carry its mark, but no commit here ever held them: "
        found.append(finding("foreign", f"{said}{foreign[0]} …", foreign[0], Severity.NOTE))
    for ref, owner in assessment.shared:
        said = f"{ref} is also applied by {owner}"
        found.append(finding(SHARED, said, ref, Severity.WARNING))
    return found


def removal_plan(removal: Removal, live: Sequence[Manifest]) -> tuple[ComponentPlan, list[Finding]]:
    """The deletes of a removed component, or the finding that says why it stays."""
    if removal.reason:
        return ComponentPlan(removal.id, removal.cluster), [removal.finding(len(live))]
    masker = Masker.of(removal.objects)
    found = tuple(difference(one, None, masker=masker) for one in removal.objects)
    return ComponentPlan(removal.id, removal.cluster, found), removal.kept_findings
