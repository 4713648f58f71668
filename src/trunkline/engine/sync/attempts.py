"""One component until it is synced, or until its retries are used up."""

from __future__ import annotations

import asyncio

from trunkline.core.component import Cluster, Component, Retry
from trunkline.core.diff import Masker
from trunkline.core.event import Listener, Waiting
from trunkline.core.finding import Finding
from trunkline.core.run import ComponentResult, Outcome
from trunkline.edge.cluster import ApiError
from trunkline.engine.assess import Assessment
from trunkline.engine.live_plan import assessment_findings
from trunkline.engine.records import Leased, Records
from trunkline.engine.survey import Seen, Survey
from trunkline.engine.sync.component import ComponentSync, How
from trunkline.engine.sync.others import Others
from trunkline.engine.sync.writes import Writer


class Attempts:
    """Syncs components under a lease each, with the retries that their policies ask for."""

    def __init__(
        self, survey: Survey, records: Records, how: How, others: Others, listener: Listener
    ) -> None:
        self._survey = survey
        self._records = records
        self._how = how
        self._others = others
        self._listener = listener
        self._missed = False

    async def sync(
        self, component: Component, cluster: Cluster
    ) -> tuple[ComponentResult, list[Finding]]:
        """The result of the last attempt; nothing that a cluster does is raised."""
        try:
            async with self._records.lease(component.id, cluster.name):
                return await self._attempts(component, cluster)
        except Leased as held:
            message = f"is being synced by {held.owner} right now"
        except ApiError as error:
            message = str(error)
        return ComponentResult(component.id, cluster.name, Outcome.FAILED, message=message), []

    async def _attempts(
        self, component: Component, cluster: Cluster
    ) -> tuple[ComponentResult, list[Finding]]:
        retry = component.policy.retry
        attempt = 0
        while True:
            before = self._others.ended
            seen = await self._survey.look(component, cluster)
            result = await self._attempt(seen)
            if result.outcome is not Outcome.FAILED or self._how.dry_run:
                break
            if not (self._missed and await self._others.one_ended(before)):
                if 0 <= retry.limit <= attempt or _hopeless(seen.assessment):
                    break
                async with self._others.aside():
                    await self._pause(result, retry, attempt)
                attempt += 1
            seen.connection.live.forget(seen.assessment.desired.refs)
        findings = [*seen.findings, *assessment_findings(seen.assessment, cluster.name)]
        return result, findings

    async def _attempt(self, seen: Seen) -> ComponentResult:
        assessment, connection = seen.assessment, seen.connection
        desired, live = assessment.desired, connection.live
        component, cluster = desired.component, desired.cluster
        again = self._how.only is None and await self._records.unfinished(component.id, cluster)
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
            assessment, connection.client, live, writer, self._how, self._listener, again=again
        )
        if not sync.idle and not self._how.dry_run:
            await self._records.started(component.id, cluster, desired.refs)
        result = await sync.run()
        self._missed = writer.missed
        if result.outcome is Outcome.SUCCEEDED and not self._how.dry_run and not self._how.only:
            commit = self._survey.scene.commit
            manifests = desired.manifests
            await self._records.finished(component.id, cluster, commit, manifests, live)
        return result

    async def _pause(self, result: ComponentResult, retry: Retry, attempt: int) -> None:
        seconds = min(retry.duration * retry.factor**attempt, retry.max_duration)
        told = f"{result.message}; again in {seconds:g} s"
        self._listener(Waiting(result.id, result.cluster, None, told))
        await asyncio.sleep(seconds)


def _hopeless(assessment: Assessment) -> bool:
    """Whether the next attempt must fail like this one: time does not mend the files."""
    return bool(assessment.desired.error) or any(one.hopeless for one in assessment.refused)
