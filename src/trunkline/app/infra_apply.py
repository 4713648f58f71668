"""The app that applies infrastructure: what was planned, approved and not superseded since."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Mapping, Sequence

from trunkline.app.infra_unlock import UnlockApp
from trunkline.core.depends import left_by
from trunkline.core.infra.applying import ApplyRun, UnitResult
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.policy import Contains, Mode, Policy
from trunkline.core.infra.saved import Approval, Span
from trunkline.edge.store.process import Process, person, this_process
from trunkline.engine.infra.applied import cut_off, stored
from trunkline.engine.infra.apply import ApplyRange, Standing
from trunkline.engine.infra.apply_unit import Rules, UnitApplier
from trunkline.engine.infra.journal import Journal
from trunkline.engine.infra.later import NothingPlanned, applied_since, is_after, to_resume
from trunkline.engine.infra.locks import locked
from trunkline.engine.infra.outputs import keeping
from trunkline.engine.run_id import new_run_id
from trunkline.settings.values import InfraSettings


class ApplyApp(UnlockApp):
    """Applies saved plans. Every method raises StoreError, GitError, ProgramError.

    `ask` is how clusters are asked about Applications that units wait for.
    """

    ask: Standing | None = None

    async def apply(
        self, revision: str = "HEAD", ids: Sequence[str] = (), earlier: ApplyRun | None = None
    ) -> ApplyRun:
        """Apply what was planned up to a commit. Raises NothingPlanned.

        What an `earlier` round of the same run could not apply is not tried again, unless it only
        waited.
        """
        shelf, commit = await self.shelf(), self.repository.resolve(revision)
        span, store = await self._span(commit), await self.store()
        journal = Journal(shelf.vault)
        cut = await journal.cut_off(lambda process: Process.parsed(process).is_dead)
        orphans, runs = await journal.orphans(), await journal.runs()
        changed = await self._changed(span)
        _check(span, ids)
        run = self._begun(span, commit, cut, ids)
        ended = {run.id, *(one.id for one in runs if one.ended)}
        async with await self.site() as site:
            whole = ApplyRange(
                span,
                changed,
                await self.own_units(span.base),
                journal,
                shelf,
                run,
                lambda applications: self.standing(applications, commit),
                only=frozenset(ids),
                refused=await self._not_applied(span, changed, commit, runs),
                left=_kept_from(changed),
                earlier={one.unit: one for one in earlier.stuck} if earlier else {},
                left_by=await self._left_by(span),
                listener=self.listener,
            )
            applier = UnitApplier(
                site,
                shelf,
                rules_of(self.settings.infra),
                (span.base, span.head),
                lambda unit: locked(store, unit, _holder(span)),
                whole.note,
                orphans=orphans,
                outputs=keeping(store, await self.asked(span.head), span.head),
                others=(await self.units().at(span.head)).ids,
                outrun=lambda unit: self._outrun(unit, commit, journal, ended),
            )
            try:
                return await whole.apply(applier)
            finally:
                await store.save_run(stored(whole.run))

    async def _not_applied(
        self,
        span: Span,
        changed: Mapping[str, ChangedUnit],
        commit: str,
        runs: Sequence[ApplyRun],
    ) -> Mapping[str, str]:
        """Units that are refused as things stand, each with the reason."""
        return {
            **await self._wrong(span),
            **await self._superseded(span, commit),
            **applied_since(changed, commit, runs, self.repository),
        }

    async def _outrun(
        self, unit: str, commit: str, journal: Journal, ended: Collection[str]
    ) -> str:
        """Why a unit is not applied any more, after which somebody else came since this began:
        `ended` are the runs that had ended then.
        """
        runs = await journal.runs(but=ended)
        return applied_since((unit,), commit, runs, self.repository).get(unit, "")

    async def standing(self, ids: Sequence[str], commit: str) -> Mapping[str, str]:
        """Of these Applications those that are not well at the commit, each with how it stands.

        Where no cluster can be asked none is known to be.
        """
        if self.ask:
            return await self.ask(ids, commit)
        return dict.fromkeys(ids, "nobody has looked")

    async def to_resume(self, run_id: str = "") -> str:
        """The commit with whose apply to go on, by its own settings: that of the run that is named,
        else of the newest that is in this history. Raises NothingPlanned.
        """
        runs = [*reversed(await Journal((await self.shelf()).vault).runs())]
        return to_resume(runs, run_id, self.repository).commit

    async def approve(self, plan: str) -> Approval:
        """Approve exactly this plan. Raises UnknownPlan."""
        shelf = await self.shelf()
        return await shelf.approve(await shelf.named(plan), person())

    async def _span(self, head: str) -> Span:
        """What was planned up to this commit, or up to one with the very same files."""
        shelf = await self.shelf()
        tree = self.repository.snapshot(head).object_id("")
        for one in (head, *reversed(await shelf.heads())):
            same = one == head or (
                self.repository.has(one) and self.repository.snapshot(one).object_id("") == tree
            )
            if same and (span := await shelf.span(one)):
                return span
        raise NothingPlanned(
            f"nothing was planned up to {head[:8]}",
            remedy=f"trunkline infra plan BASE..{head[:8]} plans it and keeps the plans",
        )

    async def _changed(self, span: Span) -> Mapping[str, ChangedUnit]:
        """Each entry's unit as it was planned; one that only waits counts as changed."""
        known = {one.id: one for one in await self.units().between(span.base, span.head)}
        units = await self.units().at(span.head)
        for entry in span.entries:
            if entry.unit not in known:
                known[entry.unit] = ChangedUnit(units[entry.unit], How.CHANGED)
        return known

    async def _wrong(self, span: Span) -> Mapping[str, str]:
        """What discovery found wrong with units: they were not planned, and are not planned now."""
        units = await self.infrastructure(span.head)
        known = (one.unit for one in span.entries if one.unit in units and one.how != How.REMOVED)
        wrong = {one: units.wrong_with(one) for one in known}
        return {one: said.replace("\n", "; ") for one, said in wrong.items() if said}

    async def _left_by(self, span: Span) -> Mapping[str, Sequence[str]]:
        """For each unit that goes the Applications that needed it: they go first, or do without."""
        going = [one.unit for one in span.entries if one.how == How.REMOVED and not one.done]
        if not going:
            return {}
        before, after = await self.scene(span.base), await self.scene(span.head)
        return left_by(going, before.discovered.components, after.discovered.components)

    async def _superseded(self, span: Span, commit: str) -> Mapping[str, str]:
        """Units that a later commit of the branch changes again, each with why it is refused."""
        tip = self.repository.resolve(self.settings.repository.branch or "HEAD")
        if not is_after(tip, commit, self.repository):
            return {}
        later = await self.units().between(commit, tip)
        return {
            one.id: f"{tip[:8]} changed it since: trunkline infra plan {span.base[:8]}..{tip[:8]}"
            for one in later
        }

    def _begun(
        self, span: Span, commit: str, cut: Sequence[ApplyRun], ids: Sequence[str]
    ) -> ApplyRun:
        units = tuple(
            UnitResult(one.unit, one.how, plan=one.plan)
            for one in span.entries
            if not one.done and (not ids or one.unit in ids)
        )
        return ApplyRun(
            new_run_id(),
            span.base,
            span.head,
            person(),
            str(this_process()),
            time.time(),
            units=units,
            findings=tuple(cut_off(one) for one in cut if one.head == span.head),
            commit=commit,
        )


def _holder(span: Span) -> str:
    return f"{person()} (pid {os.getpid()}), applying {span.head[:8]}"


def _kept_from(changed: Mapping[str, ChangedUnit]) -> Mapping[str, str]:
    """Units that their own files take out of applies, or out of being destroyed."""
    found: dict[str, str] = {}
    for unit, one in changed.items():
        action = "destroy" if one.how is How.REMOVED else "apply"
        if action in one.unit.kept_from:
            found[unit] = f"its own exclude block takes it out of {action}"
    return found


def _check(span: Span, ids: Sequence[str]) -> None:
    known = {one.unit for one in span.entries}
    for one in ids:
        if one not in known:
            raise NothingPlanned(f"{one} is not among the planned: {', '.join(sorted(known))}")


def rules_of(settings: InfraSettings) -> Rules:
    policies = tuple(
        Policy(
            one.units,
            Mode(one.apply),
            tuple(map(Contains, one.approve_if)),
            tuple(map(Contains, one.never_if)),
        )
        for one in settings.policy
    )
    return Rules(policies, settings.mock_outputs, settings.data)
