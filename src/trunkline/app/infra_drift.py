"""The app that looks for drift: what somebody did to the infrastructure without a commit."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from trunkline.app.infra import check_units
from trunkline.app.infra_apply import ApplyApp
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.drift import DriftReport, Healing, longest_ago
from trunkline.core.infra.output_readers import OutputReaders
from trunkline.core.infra.plan.values import InfraPlan, UnitPlan
from trunkline.core.infra.reading import Files
from trunkline.core.infra.saved import Span
from trunkline.core.infra.takeover import Editor, own_code
from trunkline.core.infra.units import Units
from trunkline.engine.infra.drift import DriftCheck, Records
from trunkline.engine.infra.heal import plan_heal, split, to_keep
from trunkline.engine.infra.later import NothingPlanned
from trunkline.engine.infra.range_plan import RangePlanner
from trunkline.engine.infra.remarks import remarks
from trunkline.engine.infra.site import Site
from trunkline.engine.infra.unit_plan import Planned


class DriftApp(ApplyApp):
    """Checks units of a commit. Every method raises StoreError, GitError, ProgramError."""

    async def drift(
        self, ids: Sequence[str] = (), revision: str = "HEAD", *, most: int = 0
    ) -> DriftReport:
        """Check these units, all where none is named, with `most` only those that were checked the
        longest ago. Raises UnknownComponent.
        """
        commit = self.repository.resolve(revision)
        units = await self.units().at(commit)
        check_units(ids, units)
        every = [one.id for one in units.units]
        chosen = [one for one in every if not ids or one in ids]
        if not chosen:
            return DriftReport(commit, (), 0)
        records = await self.records()
        if most:
            known = await records.of_all(chosen)
            due = set(longest_ago(chosen, known, most))
            chosen = [one for one in chosen if one in due]
        async with await self.site() as site:
            check = DriftCheck(site, units, commit, records, self.listener)
            found = await check.check(chosen)
        return DriftReport(commit, tuple(found), len(every))

    async def heal(self, report: DriftReport) -> DriftReport:
        """Make the drifted units as their code says, by their policy. The report with how it went.

        Their plans go on the shelf beside what is planned for the commit, and are applied from
        there; what needs an approval waits there. What an earlier heal of these units left is gone
        on with: an apply that failed took the drift into the state, where no check finds it.
        """
        drifted = [one.unit for one in report.drifted]
        span = await self._span_at(report.commit)
        parts = split(drifted, [one.unit for one in report.units], span)
        if not drifted and not parts.waiting:
            return report
        plan = await self._plan_heal(parts.fresh, span)
        named = {one.unit for one in plan.units if one.plan or one.waits_for}
        todo = sorted({*parts.waiting, *(named & await self._healing(span))})
        run = await self.apply(span.head, todo) if todo else None
        return replace(report, healing=Healing(plan, run, parts.held))

    async def take_over(self, report: DriftReport) -> DriftReport:
        """The report with a patch that has the code say what is there, where that is safe."""
        units = await self.units().at(report.commit)
        files = Files(self.repository.snapshot(report.commit))
        editor = Editor()
        for one in report.drifted:
            changes = [each.change for each in one.resources]
            if units[one.unit].workspace:
                for change in changes:
                    editor.leave(one.unit, change, "its code is shared by the unit's workspaces")
                continue
            editor.unit(one.unit, own_code(files, units[one.unit].path), changes)
        return replace(report, take_over=editor.done())

    async def records(self) -> Records:
        return Records((await self.store()).vault)

    async def _span_at(self, commit: str) -> Span:
        """What is planned for the commit's files; nothing, where nothing is."""
        try:
            return await self._span(commit)
        except NothingPlanned:
            return Span(commit, commit, ())

    async def _healing(self, span: Span) -> set[str]:
        """The units for which a heal's plan is on the shelf, and not applied."""
        known = await (await self.shelf()).span(span.head)
        entries = known.entries if known else ()
        return {one.unit for one in entries if one.heals and not one.done}

    async def _plan_heal(self, ids: Sequence[str], span: Span) -> InfraPlan:
        units = await self.units().at(span.head)
        if not ids:
            return InfraPlan(span.base, span.head, considered=len(units.units))
        chosen = {one: ChangedUnit(units[one], How.CHANGED) for one in ids}
        outputs = OutputReaders(Files(self.repository.snapshot(span.head)))
        async with await self.site() as site:
            planned = await RangePlanner(
                units, chosen, lambda one: self._heal_one(site, one, span), outputs, self.listener
            ).plan()
        kept = await self._keep(
            to_keep(planned, span), span.base, span.head, narrowed=True, heals=True
        )
        names = {one.unit: one for one in kept}
        plans = tuple(names.get(one.plan.unit, one.plan) for one in planned)
        return self._told(units, plans, outputs, span)

    async def _heal_one(self, site: Site, one: ChangedUnit, span: Span) -> Planned:
        program = await site.program(one.unit, span.head)
        return await plan_heal(one, program, mocks=self.settings.infra.mock_outputs)

    def _told(
        self, units: Units, plans: tuple[UnitPlan, ...], outputs: OutputReaders, span: Span
    ) -> InfraPlan:
        findings = remarks(units, plans, outputs, {}, self.settings.infra.data)
        return InfraPlan(span.base, span.head, plans, findings, len(units.units))
