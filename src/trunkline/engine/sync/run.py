"""One sync run: every component in its cluster, each as soon as what it waits for is done.

Clusters work side by side and never wait for each other. What fails is recorded and stops only
what depends on it. The run is stored as it goes, so that a process that dies leaves a trace.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Cluster, Component
from trunkline.core.depends import circle_finding, circles
from trunkline.core.event import ComponentDone, Listener, RunEnded, RunStarted
from trunkline.core.finding import Finding
from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.edge.cluster.errors import ApiError
from trunkline.engine.connect import Connection
from trunkline.engine.orphans import orphan_findings
from trunkline.engine.permission import closed_window
from trunkline.engine.records import Leased, Records, whose
from trunkline.engine.run_id import new_run_id
from trunkline.engine.survey import Survey, unreachable_finding
from trunkline.engine.sync.attempts import Attempts
from trunkline.engine.sync.component import How
from trunkline.engine.sync.deletion import delete_component, left_nothing
from trunkline.engine.sync.departures import Due, depart
from trunkline.engine.sync.others import Others
from trunkline.engine.sync.removal import Removal, Removals
from trunkline.engine.sync.rollouts import Gate, Placed, Rollouts, held_finding, rollouts_of
from trunkline.engine.sync.schedule import Key, awaited, waits_for
from trunkline.engine.sync.trace import Trace, recorded

# Components of one cluster that are worked on at the same time.
AT_ONCE = 8


async def nobody() -> Mapping[str, str]:
    return {}


class Around(Struct, frozen=True):
    """What goes on beside a run. `held` are components that wait for what no sync can do, each with
    the reason; `awaited` are ids that others than components wait for, so that they are done only
    when they are healthy. `earlier` is what became of components in a round before, and stands.
    `findings` are told with the run's own. `staying` says which components that are gone from Git
    must not go from their clusters yet, each with the reason.
    """

    held: Mapping[str, str] = field(default_factory=dict)
    awaited: frozenset[str] = frozenset()
    earlier: Mapping[Key, ComponentResult] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    staying: Callable[[], Awaitable[Mapping[str, str]]] = nobody


ALONE = Around()


class SyncRun:
    """Syncs the components of one scene once."""

    def __init__(
        self,
        survey: Survey,
        removals: Removals,
        records: Records,
        how: How,
        listener: Listener,
        around: Around = ALONE,
    ) -> None:
        self._survey = survey
        self._removals = removals
        self._records = records
        self._how = how
        self._trace = Trace(listener)
        self._listener = self._trace.heard
        self._around = around
        self._others: Mapping[str, Others] = defaultdict(lambda: Others(AT_ONCE))
        self._done: dict[Key, asyncio.Future[ComponentResult]] = {}
        self._gates: Mapping[Key, Gate] = {}
        self._findings: list[Finding] = []
        self._unasked: set[str] = set()

    async def sync(self, placed: Sequence[Placed], *, removed: bool, author: str = "") -> Run:
        """Sync these; `removed` says that nothing was chosen by name: what Git holds no more is
        deleted too, and what a rollout holds back stays. The run is stored.
        """
        self._findings += self._around.findings
        self._findings += [circle_finding(one) for one in circles(one for one, _ in placed)]
        rollouts = rollouts_of(placed, self._survey.scene.discovered.sets)
        chosen = self._not_held(placed, rollouts) if removed else placed
        run = Run(
            new_run_id(),
            "sync",
            self._survey.scene.commit,
            time.time(),
            author=author,
            dry_run=self._how.dry_run,
        )
        keys = tuple((component.id, cluster.name) for component, cluster in chosen)
        self._listener(RunStarted(run, keys))
        await self._records.begin(run)
        async with recorded(self._records, run, self._trace):
            results = await self._components(chosen, rollouts)
            if removed:
                results += await self._removed({at.name for _, at in chosen})
            if removed and not self._around.earlier:
                self._findings += await orphan_findings(self._survey, placed)
        ended = self._ended(run, results)
        await self._records.end(ended)
        ended = replace(ended, findings=(*ended.findings, *self._records.warnings))
        self._listener(RunEnded(ended))
        return ended

    def _not_held(self, placed: Sequence[Placed], rollouts: Rollouts) -> Sequence[Placed]:
        self._findings += [held_finding(*one) for one in sorted(rollouts.held.items())]
        return [one for one in placed if (one[0].id, one[1].name) not in rollouts.held]

    async def _components(
        self, placed: Sequence[Placed], rollouts: Rollouts
    ) -> list[ComponentResult]:
        line = ((component, cluster.name) for component, cluster in placed)
        before = waits_for(line, rollouts.before)
        named = {(one.id, at.name) for one, at in placed if one.id in self._around.awaited}
        healthy = awaited(before) | frozenset(rollouts.gates) | named
        self._gates = rollouts.gates
        loop = asyncio.get_running_loop()
        self._done = {key: loop.create_future() for key in before}
        async with asyncio.TaskGroup() as group:
            tasks = []
            for component, cluster in placed:
                key = (component.id, cluster.name)
                work = self._in_turn(component, cluster, before[key], key in healthy)
                tasks.append(group.create_task(work, name=component.id))
        results = (task.result() for task in tasks)
        return [one for one in results if (one.id, one.cluster) not in self._around.earlier]

    async def _in_turn(
        self, component: Component, cluster: Cluster, before: frozenset[Key], healthy: bool
    ) -> ComponentResult:
        key = (component.id, cluster.name)
        if earlier := self._around.earlier.get(key):
            self._done[key].set_result(earlier)
            if earlier.outcome is Outcome.FAILED and (gate := self._gates.get(key)):
                await gate.leave(component.id, well=False)
            return earlier
        result = self._outside_window(component, cluster)
        result = result or await self._held_back(component, cluster, before)
        if result is None:
            result = await self._through_gate(component, cluster, healthy)
        self._done[key].set_result(result)
        self._listener(ComponentDone(result))
        return result

    async def _through_gate(
        self, component: Component, cluster: Cluster, healthy: bool
    ) -> ComponentResult:
        """Sync the component when its step has room for it."""
        gate = self._gates.get((component.id, cluster.name))
        if gate is None:
            return await self._component(component, cluster, healthy)
        if failed := await gate.enter():
            message = f"waits for {failed}, which failed, in the same step"
            return ComponentResult(component.id, cluster.name, Outcome.SKIPPED, message=message)
        result = await self._component(component, cluster, healthy)
        await gate.leave(component.id, well=result.outcome is Outcome.SUCCEEDED)
        return result

    def _outside_window(self, component: Component, cluster: Cluster) -> ComponentResult | None:
        """A result where a sync window is closed, or infrastructure is to come first; a dry run
        changes nothing and may pass.
        """
        projects = self._survey.scene.discovered.projects
        now = datetime.now(UTC)
        reason = self._around.held.get(component.id) or closed_window(
            component, projects, cluster, now
        )
        if not reason or self._how.dry_run:
            return None
        return ComponentResult(component.id, cluster.name, Outcome.SKIPPED, message=reason)

    async def _held_back(
        self, component: Component, cluster: Cluster, before: frozenset[Key]
    ) -> ComponentResult | None:
        """Wait for the earlier ones; a result where one of them did not end well."""
        for key in sorted(before):
            earlier = await asyncio.shield(self._done[key])
            if earlier.outcome is not Outcome.SUCCEEDED:
                message = f"waits for {earlier.id}, which {earlier.outcome.told}"
                return ComponentResult(component.id, cluster.name, Outcome.SKIPPED, message=message)
        return None

    async def _component(
        self, component: Component, cluster: Cluster, healthy: bool
    ) -> ComponentResult:
        how = replace(self._how, wait=self._how.wait or healthy)
        others = self._others[cluster.name]
        attempts = Attempts(self._survey, self._records, how, others, self._listener)
        async with others.turn():
            result, findings = await attempts.sync(component, cluster)
            others.brought(() if self._how.dry_run else result.steps)
        self._findings += findings
        return result

    async def _removed(self, asked: set[str]) -> list[ComponentResult]:
        """What Git holds no more; `asked` are the clusters whose components were synced."""
        clusters = self._removals.clusters()
        answers = await asyncio.gather(*(self._gone(one, one.name in asked) for one in clusters))
        due = [one for answer in answers for one in answer]
        staying = await self._around.staying() if due and not self._how.dry_run else {}
        return await depart(due, self._deleted, {**self._unsure(due), **staying})

    def _unsure(self, due: Sequence[Due]) -> Mapping[str, str]:
        """Those that go by the steps of an ApplicationSet, while a cluster that cannot be asked
        may hold some that have to go before them."""
        scene = self._survey.scene
        placed = {(one.id, at.name) for one, at in scene.placed()}
        left = sorted(self._survey.lineage.synced.keys() - placed)
        reasons = [
            f"{one} may have to go before it, and {at} cannot be asked"
            for one, at in left
            if at in self._unasked
        ]
        return {one.id: reasons[0] for one, _ in due if one.step and reasons}

    async def _gone(self, cluster: Cluster, asked: bool) -> list[Due]:
        """What is to be deleted in the cluster, and was not tried in the round before."""
        due: list[Due] = []
        try:
            connection = await self._survey.connection(cluster)
            for removal in await self._removals.of(cluster, connection):
                if removal.reason or not self._how.prune:
                    count = len(connection.live.of_component(removal.id))
                    self._findings.append(removal.finding(count))
                    continue
                self._findings += removal.kept_findings
                if removal.due and (removal.id, removal.cluster) not in self._around.earlier:
                    due.append((removal, connection))
        except ApiError as error:
            self._unasked.add(cluster.name)
            if not asked:  # Else the cluster's own components have told it.
                self._findings.append(unreachable_finding(cluster.name, error))
        return due

    async def _deleted(self, removal: Removal, connection: Connection) -> ComponentResult:
        trace = Trace(self._listener)
        try:
            async with (
                self._others[removal.cluster].turn(),
                self._records.lease(removal.id, removal.cluster),
            ):
                result = await delete_component(removal, connection, self._how, trace.heard)
                if left_nothing(removal, result) and not self._how.dry_run:
                    await self._records.forget(removal.id, removal.cluster)
        except ApiError as error:
            # The cluster's own components have told it.
            return _undone(removal, str(error), trace)
        except Leased as held:
            result = _undone(removal, whose(held), trace)
        self._listener(ComponentDone(result))
        return result

    def _ended(self, run: Run, results: Sequence[ComponentResult]) -> Run:
        bad = any(one.outcome in (Outcome.FAILED, Outcome.SKIPPED) for one in results)
        findings = (*self._survey.scene.discovered.findings, *self._findings)
        return replace(
            run,
            ended=time.time(),
            outcome=Outcome.FAILED if bad else Outcome.SUCCEEDED,
            components=tuple(results),
            findings=tuple(dict.fromkeys(findings)),
        )


def _undone(removal: Removal, message: str, trace: Trace) -> ComponentResult:
    """A deletion that ended in the middle, with what was deleted until then."""
    failed, steps = Outcome.FAILED, trace.steps
    return ComponentResult(removal.id, removal.cluster, failed, message=message, steps=steps)
