"""One component until it is synced, or until its retries are used up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from trunkline.core.component import Cluster, Component, Retry
from trunkline.core.desired import Desired
from trunkline.core.diff import Masker
from trunkline.core.event import Listener, Waiting
from trunkline.core.finding import Finding
from trunkline.core.inventory import Inventory
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Outcome
from trunkline.edge.cluster.errors import ApiError
from trunkline.engine.assess import Assessment
from trunkline.engine.live import Live
from trunkline.engine.live_plan import assessment_findings
from trunkline.engine.records import UNFINISHED, Leased, Records, verdicts_of, whose
from trunkline.engine.survey import Seen, Survey
from trunkline.engine.sync.component import ComponentSync, How
from trunkline.engine.sync.others import Others
from trunkline.engine.sync.trace import Trace
from trunkline.engine.sync.writes import Writer


class Attempt:
    """Looks at a component and syncs it, once. The caller holds the component's lease.

    `missed` afterwards: a namespace or a kind was not there. `begun` is awaited before the first
    write; `newer` is set when a newer commit is to replace this sync.
    """

    def __init__(
        self,
        survey: Survey,
        records: Records,
        how: How,
        listener: Listener,
        *,
        begun: Callable[[], Awaitable[None]] | None = None,
        newer: asyncio.Event | None = None,
    ) -> None:
        self._survey = survey
        self._records = records
        self._how = how
        self._listener = listener
        self._begun = begun
        self._newer = newer
        self.missed = False

    async def run(self, seen: Seen) -> ComponentResult:
        """Sync what was seen. Raises ApiError where the cluster cannot be asked."""
        assessment, connection = seen.assessment, seen.connection
        desired, live = assessment.desired, connection.live
        component, cluster = desired.component, desired.cluster
        whole = self._how.only is None and not self._how.dry_run
        had = await self._records.inventory(component.id, cluster)
        again = self._how.only is None and had is not None and had.commit == UNFINISHED
        masker = Masker.of(desired.manifests)
        writer = Writer(
            connection.client,
            live,
            component.id,
            dry_run=self._how.dry_run,
            listener=self._listener,
            scrub=masker.text,
        )
        sync = ComponentSync(
            assessment,
            connection.client,
            live,
            writer,
            self._how,
            self._listener,
            again=again,
            newer=self._newer,
            jq=self._survey.desires.renderer.jq,
        )
        if not sync.idle:
            if self._begun:
                await self._begun()
            if whole:
                had = await self._records.started(component.id, cluster, desired.refs, had)
        result = await sync.run()
        self.missed = writer.missed or any(one.unserved for one in assessment.refused)
        if result.outcome is Outcome.SUCCEEDED and not self._how.dry_run:
            await self._remember(desired, live, had, whole)
        return result

    async def _remember(
        self, desired: Desired, live: Live, had: Inventory | None, whole: bool
    ) -> None:
        if whole:
            memory = await self._survey.eyes.memory(desired.cluster)
            commit = self._survey.scene.commit
            await self._records.finished(desired, commit, live, had, memory)
            return
        written = [one for one in desired.manifests if Ref.of(one) in (self._how.only or ())]
        verdicts = verdicts_of(desired.component, written, live)
        await self._records.remember(desired.cluster, verdicts)


class Attempts:
    """Syncs one component under its lease, with the retries that its policy asks for."""

    def __init__(
        self, survey: Survey, records: Records, how: How, others: Others, listener: Listener
    ) -> None:
        self._survey = survey
        self._records = records
        self._how = how
        self._others = others
        self._trace = Trace(listener)
        self._listener = self._trace.heard

    async def sync(
        self, component: Component, cluster: Cluster
    ) -> tuple[ComponentResult, list[Finding]]:
        """How the last attempt ended, and what all of them did, or what was done until the cluster
        answered no more; nothing that a cluster does is raised.
        """
        try:
            async with self._records.lease(component.id, cluster.name):
                return await self._attempts(component, cluster)
        except Leased as held:
            message = whose(held)
        except ApiError as error:
            message = str(error)
        failed, steps = Outcome.FAILED, self._trace.steps
        return ComponentResult(component.id, cluster.name, failed, message=message, steps=steps), []

    async def _attempts(
        self, component: Component, cluster: Cluster
    ) -> tuple[ComponentResult, list[Finding]]:
        retry = component.policy.retry
        attempt, earlier = 0, list[ComponentResult]()
        while True:
            before = self._others.moment
            trusting = not attempt and not self._how.dry_run
            seen = await self._survey.look(component, cluster, trusting=trusting)
            once = Attempt(self._survey, self._records, self._how, self._listener)
            result = await once.run(seen)
            if result.outcome is not Outcome.FAILED or self._how.dry_run:
                break
            if not (once.missed and await self._others.may_have_brought_it(before)):
                if 0 <= retry.limit <= attempt:
                    break
                seen = await self._asked(seen, cluster) if trusting else seen
                if hopeless(seen.assessment):
                    break
                async with self._others.aside():
                    await self._pause(result, retry, attempt)
                attempt += 1
            earlier.append(result)
            if once.missed:
                await seen.connection.client.rediscover()
            seen.connection.live.forget(seen.assessment.desired.refs)
        findings = [*seen.findings, *assessment_findings(seen.assessment, cluster.name)]
        return result.after(earlier), findings

    async def _asked(self, seen: Seen, cluster: Cluster) -> Seen:
        """What is refused of a first installation, which was not asked for beforehand."""
        desired = seen.assessment.desired
        seen.connection.live.forget(desired.refs)
        return await self._survey.look(desired.component, cluster)

    async def _pause(self, result: ComponentResult, retry: Retry, attempt: int) -> None:
        seconds = pause_of(retry, attempt)
        told = f"{result.message}; again in {seconds:g} s"
        self._listener(Waiting(result.id, result.cluster, None, told))
        await asyncio.sleep(seconds)


def hopeless(assessment: Assessment) -> bool:
    """Whether the next attempt must fail like this one: time does not mend the files."""
    return bool(assessment.desired.error) or any(one.hopeless for one in assessment.refused)


def pause_of(retry: Retry, attempt: int) -> float:
    """How long to wait after this attempt, the first being 0; in seconds."""
    # A factor to a power of some hundreds is no number any more.
    return min(retry.duration * retry.factor ** min(attempt, 60), retry.max_duration)
