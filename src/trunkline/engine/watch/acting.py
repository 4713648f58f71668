"""Doing what was decided on a component, by the same code that plans and syncs, and learning.

What a look or a sync found out goes into the verdicts of the cluster and into the component's
notes, so that the next glance needs neither a request nor a render.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection, Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Cluster
from trunkline.core.event import Drifted, Fighting, Listener
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import object_options
from trunkline.core.run import ComponentResult, Outcome
from trunkline.engine.compare import Remembered, State, Verdict
from trunkline.engine.live_plan import assessment_findings
from trunkline.engine.records import UNFINISHED, Records, verdicts_of
from trunkline.engine.survey import Seen, Survey
from trunkline.engine.sync.attempts import Attempt, hopeless
from trunkline.engine.sync.component import How
from trunkline.engine.watch.charge import Charge
from trunkline.engine.watch.fights import Fights, first_field, other_writer
from trunkline.engine.watch.journal import Entry, Journal
from trunkline.engine.watch.wanted import Wanted, condensed

# The content of what was delivered, and was gone again before anybody saw it: equal to nothing.
GONE = "-"

# Healed more often than this, an object is fought for.
FIGHT = 2

# From so many objects on a component is large.
LARGE = 1000


class Acting(Struct):
    """Looks at and syncs the components of one cluster. `memory` are the verdicts there;
    `large_looks`, shared by all clusters, keeps the objects of few large components in memory.
    """

    cluster: Cluster
    how: How
    records: Records
    journal: Journal
    listener: Listener
    large_looks: asyncio.Semaphore
    fights: Fights = field(default_factory=lambda: Fights(time.monotonic))
    memory: dict[Ref, Remembered] = field(default_factory=dict)

    async def recall(self) -> None:
        """Remember the verdicts that the store keeps of the cluster."""
        found = await self.records.verdicts(self.cluster.name)
        self.memory.update({ref: Remembered(*verdict) for ref, verdict in found.items()})

    def forget(self, wanted: Collection[Ref]) -> None:
        """Keep the verdicts on what is wanted, and no others: if a commit brings an object back,
        that is a delivery and no drift; and nobody asks for them.
        """
        for ref in self.memory.keys() - wanted:
            del self.memory[ref]

    async def unfinished(self) -> frozenset[str]:
        """The components of which a sync began and never ended well."""
        found = await self.records.commits([self.cluster.name])
        return frozenset(one for (one, _), commit in found.items() if commit == UNFINISHED)

    async def look(self, charge: Charge, survey: Survey) -> None:
        """Find out how the component differs; nothing is written. Raises ApiError."""
        wanted = charge.wanted
        seen = await self._seen(charge, survey)
        await self._learn(charge, seen, wanted)

    async def act(
        self,
        charge: Charge,
        survey: Survey,
        author: str,
        only: frozenset[Ref] | None,
        others: Callable[[], bool],
    ) -> bool:
        """Sync the component whole, or heal `only` these objects; whether that was possible.

        `others` says whether other components are still under way, which may bring what this one
        misses. Raises ApiError where the cluster cannot be asked, Leased where somebody else syncs
        it now.
        """
        component, wanted = charge.component, charge.wanted
        charge.newer.clear()
        entry = Entry(self.journal, survey.scene.commit, author)
        with entry.of(component.id, self.cluster.name):
            async with self.records.lease(component.id, self.cluster.name):
                seen = await self._seen(charge, survey)
                attempt, result = await self._attempted(charge, seen, survey, entry, only)
            await self._learn(charge, seen, wanted)
            self._written(charge, seen, result, only)
            if result.outcome is Outcome.FAILED and attempt.missed and others():
                result = replace(result, outcome=Outcome.SKIPPED)
            findings = [*seen.findings, *assessment_findings(seen.assessment, self.cluster.name)]
            await entry.end(result, findings, again=result.message == charge.failure)
        self._judge(charge, seen, result, attempt.missed)
        if attempt.missed:
            await seen.connection.client.rediscover()
        return result.outcome is Outcome.SUCCEEDED

    async def _attempted(
        self,
        charge: Charge,
        seen: Seen,
        survey: Survey,
        entry: Entry,
        only: frozenset[Ref] | None,
    ) -> tuple[Attempt, ComponentResult]:
        """Write. One that has begun is unfinished until it ends well: its objects may be as they
        should be by then, and its hooks not have run.
        """
        if only:
            self._tell_drift(charge, seen, only)
        how = replace(self.how, only=only)
        attempt = Attempt(
            survey, self.records, how, entry.heard, begun=entry.begin, newer=charge.newer
        )
        whole = only is None
        try:
            result = await attempt.run(seen)
        except BaseException:
            charge.unfinished |= whole
            raise
        if whole:
            charge.unfinished = result.outcome is not Outcome.SUCCEEDED
        return attempt, result

    async def _seen(self, charge: Charge, survey: Survey) -> Seen:
        large = len(charge.wanted.marks) > LARGE
        async with self.large_looks if large else contextlib.nullcontext():
            return await survey.look(charge.component, self.cluster)

    async def _learn(self, charge: Charge, seen: Seen, wanted: Wanted) -> None:
        """Keep what the look found out, which it began when this was wanted."""
        assessment, live, notes = seen.assessment, seen.connection.live, charge.notes
        marks = condensed(assessment.desired, None).marks
        if assessment.desired.unstable and charge.wanted is wanted:
            # What is kept as it is live changes with it.
            charge.wanted = replace(wanted, marks=marks)
        fresh: dict[Ref, tuple[str, str]] = {}
        notes.differing.clear()
        for one in assessment.verdicts:
            if one.ref not in marks:
                continue
            known = (marks[one.ref], live.content(one.ref))
            if one.state is State.SAME:
                fresh |= {one.ref: known} if one.how != "remembered" else {}
            else:
                notes.differing[one.ref] = known
        ignored = [one for one in assessment.prunes if object_options(one, {}).ignore_extraneous]
        passing = _refs([one.live for one in assessment.kept if one.passing])
        notes.passing = {ref: live.content(ref) for ref in passing}
        prunes = _refs(assessment.prunes)
        # What hooks left stays and is told to nobody.
        unwanted = live.refs_of(charge.component.id) - assessment.desired.refs
        kept = {*_refs(ignored), *(unwanted - {*prunes, *passing})}
        notes.kept = {ref: live.content(ref) for ref in kept}
        orphans = [ref for ref in prunes if live.has(ref) and ref not in kept]
        notes.orphans = {ref: live.content(ref) for ref in orphans}
        space = charge.wanted.namespace_ref
        if space and not assessment.home:
            notes.namespace = live.content(space)
        self._remember(charge, fresh)
        await self.records.remember(self.cluster.name, fresh)

    def _written(
        self, charge: Charge, seen: Seen, result: ComponentResult, only: frozenset[Ref] | None
    ) -> None:
        """What a sync wrote is from now on what it should be, even if it does not stay so."""
        if result.outcome is not Outcome.SUCCEEDED:
            return
        desired, live = seen.assessment.desired, seen.connection.live
        named = [one for one in desired.manifests if only is None or Ref.of(one) in only]
        marks = condensed(desired, None).marks
        gone = {ref: (mark, GONE) for ref, mark in marks.items() if only is None or ref in only}
        self._remember(charge, {**gone, **verdicts_of(desired.component, named, live)})
        if space := charge.wanted.namespace_ref:
            charge.notes.namespace = live.content(space)

    def _judge(self, charge: Charge, seen: Seen, result: ComponentResult, missed: bool) -> None:
        if result.outcome is Outcome.SUCCEEDED:
            charge.succeeded()
        elif charge.newer.is_set():
            return  # What failed is not what is wanted by now.
        elif result.outcome is Outcome.SKIPPED:
            charge.misses(f"waits for what another may bring: {result.message}")
        elif result.outcome is Outcome.FAILED:
            charge.failed(result.message, hopeless=hopeless(seen.assessment), missed=missed)

    def _tell_drift(self, charge: Charge, seen: Seen, only: frozenset[Ref]) -> None:
        """Say what the cluster changed, and count how often it was put back."""
        for one in seen.assessment.verdicts:
            if one.ref in only and one.state is not State.SAME:
                self._tell_drift_of(charge.component.id, one, _writer(seen, one))
        if (space := charge.wanted.namespace_ref) in only and space:
            self.fights.healed(space)

    def _tell_drift_of(self, component: str, one: Verdict, writer: str) -> None:
        place = self.cluster.name
        where = first_field(one.live, one.answer)
        self.listener(Drifted(component, place, one.ref, one.live is None, writer, where))
        bout = self.fights.healed(one.ref)
        if bout.times > FIGHT:
            told = Fighting(component, place, one.ref, writer, where, bout.times, bout.pause)
            self.listener(told)

    def _remember(self, charge: Charge, found: dict[Ref, tuple[str, str]]) -> None:
        """What a newer commit, gone over to meanwhile, does not want is forgotten already."""
        wanted = found.keys() & charge.wanted.marks.keys()
        self.memory.update({ref: Remembered(*found[ref]) for ref in wanted})


def _writer(seen: Seen, one: Verdict) -> str:
    """Who changed an object: the component that marked it as its own, or a field manager."""
    owners = dict(seen.assessment.shared)
    return f"component {owners[one.ref]}" if one.ref in owners else other_writer(one.live)


def _refs(lives: Iterable[Manifest]) -> list[Ref]:
    return [Ref.of(one) for one in lives]
