"""Making one component in one cluster equal to its render: phases, waves, hooks, prunes.

Only what differs is written, and where nothing differs nothing runs, hooks included. A wave starts
when the one before is healthy. The first failure ends the sync: its SyncFail hooks run, and what
is left is left for the next attempt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from msgspec import Struct

from trunkline.core.diff import BadExpression, with_ignored_as_live
from trunkline.core.event import ComponentStarted, Listener
from trunkline.core.health import Health, HealthStatus, uncounted, worst
from trunkline.core.hooks import Phase
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import is_on, object_options
from trunkline.core.order import AWAITED, Order, Task, Wave, ordered, tasks_of
from trunkline.core.run import ComponentResult, Outcome, Step
from trunkline.core.scope import is_crd
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.render.jq import JqPaths
from trunkline.engine.assess import Assessment
from trunkline.engine.compare import State
from trunkline.engine.ignored import places_in
from trunkline.engine.live import Live
from trunkline.engine.namespace import in_time
from trunkline.engine.sync.hooks import HookRunner
from trunkline.engine.sync.kept import kept_by_now
from trunkline.engine.sync.waits import Replaced, Stopped, Waits
from trunkline.engine.sync.writes import Place, Writer, all_ended


class How(Struct, frozen=True):
    """What the whole run asks of every component; times in seconds.

    `only` restricts the sync to these objects: no hooks, and nothing else is touched.
    """

    prune: bool = False
    dry_run: bool = False
    wait: bool = False
    wave_timeout: float = 300.0
    only: frozenset[Ref] | None = None


class ComponentSync:
    """One attempt at one component."""

    def __init__(
        self,
        assessment: Assessment,
        client: ClusterClient,
        live: Live,
        writer: Writer,
        how: How,
        listener: Listener,
        *,
        again: bool = False,
        newer: asyncio.Event | None = None,
        jq: JqPaths | None = None,
    ) -> None:
        """`again`: an earlier sync did not end well, so that hooks run though nothing differs.

        `newer`, once set, ends the sync where it would only wait: a newer commit takes over.
        """
        self._again = again
        self._jq = jq
        self._assessment = assessment
        # Asked for each object: made once, not anew for each of thousands.
        self._changed = assessment.changed
        self._component = assessment.desired.component
        self._client = client
        self._live = live
        self._writer = writer
        self._how = how
        self._listener = listener
        self._steps: list[Step] = []
        name, timeout, newer = self._component.id, how.wave_timeout, newer or asyncio.Event()
        self._waits = Waits(name, client, live, writer, timeout, listener, newer)
        self._hooks = HookRunner(client, live, writer, timeout, self._waits.told)

    @property
    def idle(self) -> bool:
        """Whether there is nothing to do."""
        one = self._assessment
        work = one.changed if self._how.only is None else one.changed & self._how.only
        return not (work or self._prunes or one.home or self._again)

    async def run(self) -> ComponentResult:
        """Do what there is to do. Raises Unreachable; every other failure is in the result."""
        if reason := self._refusal():
            return await self._result(Outcome.FAILED, reason)
        if self.idle:
            return await self._ended()
        tasks = self._tasks()
        self._tell_start(tasks)
        order = ordered(tasks, *self._split_prunes())
        try:
            await self._namespaces(tasks)
            for phase in (Phase.PRE_SYNC, Phase.SYNC, Phase.POST_SYNC):
                await self._phase(order, phase)
        except Replaced as replaced:
            return await self._result(Outcome.CANCELLED, str(replaced))
        except Stopped as stopped:
            await self._failed(order)
            return await self._result(Outcome.FAILED, str(stopped))
        return await self._ended()

    def _refusal(self) -> str:
        """Why nothing of the component is written at all, "" if it may be."""
        desired = self._assessment.desired
        if desired.error:
            return desired.error
        refused = [
            one
            for one in self._assessment.refused
            if self._how.only is None or one.ref in self._how.only
        ]
        if refused:
            more = f" (and {len(refused) - 1} more)" if len(refused) > 1 else ""
            return f"{refused[0].ref}: {self._writer.scrubbed(refused[0].message)}{more}"
        shared = self._assessment.shared
        if shared and is_on(self._component.policy.options, "FailOnSharedResource"):
            ref, owner = shared[0]
            return f"{ref} belongs to {owner} (FailOnSharedResource=true)"
        return ""

    @property
    def _prunes(self) -> tuple[Manifest, ...]:
        if not (self._how.prune or self._component.policy.prune):
            return ()
        found = self._assessment.prunes
        if self._how.only is None:
            return found
        return tuple(one for one in found if Ref.of(one) in self._how.only)

    def _tasks(self) -> tuple[Task, ...]:
        tasks = tasks_of(self._assessment.desired.manifests, first=self._assessment.first)
        if self._how.only is None:
            return tuple(task for task in tasks if task.phase is not Phase.SKIP)
        return tuple(task for task in tasks if not task.hook and task.ref in self._how.only)

    def _tell_start(self, tasks: Sequence[Task]) -> None:
        self._listener(ComponentStarted(self._component.id, self._client.name, len(tasks)))

    def _split_prunes(self) -> tuple[list[Manifest], list[Manifest]]:
        """What goes in its wave, and what waits until all the rest is healthy."""
        early: list[Manifest] = []
        late: list[Manifest] = []
        for one in self._prunes:
            options = object_options(one, self._component.policy.options)
            (late if options.prune_last else early).append(one)
        return early, late

    async def _namespaces(self, tasks: Sequence[Task]) -> None:
        """Create what the first objects and hooks need to stand in."""
        place = Place(Phase.PRE_SYNC, 0)
        homes = [self._assessment.home] if self._assessment.home else []
        coming = {
            one.ref.name
            for one in self._assessment.verdicts
            if one.ref.kind == "Namespace" and one.state is State.MISSING
        }
        coming -= {home.manifest["metadata"]["name"] for home in homes}
        early = {task.ref.namespace for task in tasks if task.phase is Phase.PRE_SYNC}
        homes += [in_time(self._component, name) for name in sorted(early & coming)]
        for home in homes:
            self._noted(await self._writer.namespace(home.manifest, home.manager, place))

    async def _phase(self, order: Order, phase: Phase) -> None:
        waves = order.of(phase)
        for wave in waves:
            self._waits.check_newer()
            await self._wave(phase, wave)
            if self._must_wait(order, phase, wave is waves[-1]):
                await self._waits.until_healthy(one.ref for one in wave.tasks if not one.hook)
            await self._prune(wave.prunes, Place(phase, wave.number))
        if phase is Phase.SYNC:
            await self._prune(order.last, Place(phase, waves[-1].number if waves else 0))

    async def _wave(self, phase: Phase, wave: Wave) -> None:
        place = Place(phase, wave.number)
        for tier in wave.tiers:
            ended = await all_ended(self._task(task, place) for task in tier)
            steps = [step for step in ended if isinstance(step, Step)]
            self._steps += steps
            for error in ended:
                if isinstance(error, BaseException):
                    raise error
            if failed := [step for step in steps if step.outcome is Outcome.FAILED]:
                raise Stopped(_said(failed))
            await self._usable(tier)
        hooks = [task.manifest for task in wave.tasks if task.hook]
        if hooks and not self._how.dry_run:
            finished = await self._hooks.finish(hooks, place)
            self._steps += finished
            if failed := [step for step in finished if step.outcome is Outcome.FAILED]:
                raise Stopped(_said(failed))

    async def _task(self, task: Task, place: Place) -> Step | None:
        if task.hook:
            return await self._hooks.start(task.manifest, place)
        if task.ref not in self._changed:
            return None
        options = object_options(task.manifest, self._component.policy.options)
        return await self._writer.apply(await self._respecting(task), options, place)

    async def _respecting(self, task: Task) -> Manifest:
        """The manifest; under RespectIgnoreDifferences, what is ignored stays as it is live.
        Raises Stopped.
        """
        rules = [rule for rule in self._component.ignore if rule.applies_to(task.ref)]
        live = self._live.get(task.ref)
        if live is None or not rules:
            return task.manifest
        if not is_on(self._component.policy.options, "RespectIgnoreDifferences"):
            return task.manifest
        try:
            places = await places_in(self._jq, [(live, task.manifest, "")], rules)
        except BadExpression as error:
            raise Stopped(str(error)) from None
        return with_ignored_as_live(task.manifest, live, rules, places)

    async def _usable(self, tier: Sequence[Task]) -> None:
        """Namespaces and CRDs take a moment from being accepted to being usable."""
        fresh = [task for task in tier if task.ref in self._changed]
        if self._how.dry_run or not fresh or fresh[0].ref.kind not in AWAITED:
            return
        await self._waits.until_healthy(task.ref for task in fresh)
        if crds := [task.manifest for task in fresh if is_crd(task.manifest)]:
            await self._waits.until_served(crds)

    def _must_wait(self, order: Order, phase: Phase, last: bool) -> bool:
        if self._how.dry_run or phase is not Phase.SYNC:
            return False
        return not last or bool(order.of(Phase.POST_SYNC)) or bool(order.last)

    async def _prune(self, prunes: Sequence[Manifest], place: Place) -> None:
        options, deleted = self._component.policy.options, []
        for one in prunes:
            if reason := await kept_by_now(self._client, one, self._component.id, options):
                self._steps.append(self._writer.left(one, place, reason))
                continue
            how = object_options(one, options).propagation
            self._noted(await self._writer.delete(one, place, propagation=how))
            deleted.append(one)
        if deleted and not self._how.dry_run:
            await self._waits.until_gone(deleted)

    async def _failed(self, order: Order) -> None:
        """Run the SyncFail hooks; whatever they do, the sync has failed already."""
        try:
            await self._phase(order, Phase.SYNC_FAIL)
        except (Stopped, Replaced):
            pass

    async def _ended(self) -> ComponentResult:
        if self._how.wait and not self._how.dry_run:
            try:
                await self._waits.until_healthy(self._counted)
            except Replaced as replaced:
                return await self._result(Outcome.CANCELLED, str(replaced))
            except Stopped as stopped:
                return await self._result(Outcome.FAILED, str(stopped))
        return await self._result(Outcome.SUCCEEDED, "")

    async def _result(self, outcome: Outcome, message: str) -> ComponentResult:
        refs = self._refs
        healths = await self._live.healths(refs)
        touched = {step.ref for step in self._steps}
        return ComponentResult(
            self._component.id,
            self._client.name,
            outcome,
            self._health(healths).value,
            message,
            sum(ref not in touched for ref in refs),
            tuple(self._steps),
        )

    def _health(self, healths: Mapping[Ref, Health]) -> HealthStatus:
        """Of what cannot be rendered nobody knows whether it is all there."""
        if self._assessment.desired.error:
            return HealthStatus.UNKNOWN
        return worst(healths[one].status for one in self._counted)

    @property
    def _refs(self) -> list[Ref]:
        return [one.ref for one in self._assessment.verdicts]

    @property
    def _counted(self) -> list[Ref]:
        """Those whose health is the component's."""
        aside = uncounted(self._assessment.desired.manifests)
        return [ref for ref in self._refs if ref not in aside]

    def _noted(self, step: Step) -> None:
        self._steps.append(step)
        if step.outcome is Outcome.FAILED:
            raise Stopped(_said([step]))


def _said(failed: Sequence[Step]) -> str:
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{failed[0].ref}: {failed[0].message}{more}"
