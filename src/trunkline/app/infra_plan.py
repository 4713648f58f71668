"""The app that plans infrastructure: what a range of commits does to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from trunkline.app.infra import InfraApp, check_units
from trunkline.core.change import PlannedCommit
from trunkline.core.finding import Finding
from trunkline.core.infra.application_readers import application_findings, loses_outputs
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.code import new_providers, standing
from trunkline.core.infra.output_readers import OutputReaders
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.infra.units import Units
from trunkline.edge.git.checkout import Checkout, Checkouts
from trunkline.edge.programs.errors import ProgramError
from trunkline.engine.infra.commits import begins_at, parted_finding
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.heirs import handed_on
from trunkline.engine.infra.moved_plan import plan_moved
from trunkline.engine.infra.moving import has_state
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.range_plan import Line, RangePlanner
from trunkline.engine.infra.remarks import CodeOfUnits, code_of_units, refusals, remarks, unplanned
from trunkline.engine.infra.site import Site
from trunkline.engine.infra.unit_plan import Planned, plan_unit

T = TypeVar("T")
# Who is not found any more at the place where others name it.
LEAVING = (How.REMOVED.value, How.MOVED.value)


class _Work(Struct, frozen=True):
    """What a range changes, and what is known of it before a program runs."""

    units: Units
    base: str
    head: str
    chosen: Mapping[str, ChangedUnit]
    line: Line
    code: CodeOfUnits
    refused: Mapping[str, str]
    outputs: OutputReaders


class PlanApp(InfraApp):
    """Plans ranges, and puts what is to be applied on the shelf."""

    async def plan_infra(
        self,
        base: str,
        head: str,
        ids: Sequence[str] = (),
        *,
        keep: bool = True,
        needed: bool = True,
    ) -> InfraPlan:
        """What the commits after `base` up to `head` do to the infrastructure.

        `keep` puts the saved plans on the shelf, to be applied. Raises ProgramError where no
        program is there, unless the plan is not `needed`: then a finding says so. A range that is
        not trusted is planned as far as `infra.untrusted` allows, and nothing of it is kept.
        """
        keep = keep and self.trusted
        asked_for, head = self.repository.resolve(base), self.repository.resolve(head)
        base = begins_at(self.repository, asked_for, head)
        # The programs take as long to say their versions as it takes to find what changed, and to
        # write its files.
        async with _meanwhile(self.programs()) as asked:
            units = await self.infrastructure(head)
            chosen = await self._chosen(units, base, head, ids)
            if not chosen:
                return InfraPlan(base, head, considered=len(units.units))
            async with _begun(self.checkouts, head, chosen) as begun:
                work = await self._work(units, base, head, chosen)
                try:
                    site = await self.site(asked, begun)
                except ProgramError as error:
                    if needed:
                        raise
                    return unplanned(base, head, chosen, units, work.line, error)
                async with site:
                    planned = await self._planned(work, site, keep=keep)
        plans = [one.plan for one in planned]
        if keep:
            plans = await self._keep(planned, base, head, narrowed=bool(ids))
        return InfraPlan(
            base,
            head,
            tuple(plans),
            (
                *remarks(units, plans, work.outputs, work.code, self.settings.infra.data),
                *(said for one in chosen.values() for said in one.findings),
                *parted_finding(asked_for, base, head),
            ),
            len(units.units),
            self._commits(base, head),
        )

    async def told_of(self, plan: InfraPlan) -> InfraPlan:
        """The plan with what `trunkline plan` finds beside the units: settings that do not count,
        waits for what is not there any more, Applications that read an output which goes.
        """
        misplaced: Sequence[Finding] = ()
        waits = any(one.depends_on for one in self.settings.infra.units)
        if waits or any(one.how in LEAVING for one in plan.units):
            told = {(one.file, one.line) for one in plan.findings}
            found = await self.newly_misplaced(plan.base, plan.head)
            misplaced = [one for one in found if (one.file, one.line) not in told]
        lost: Iterable[Finding] = ()
        if loses_outputs(plan):
            scene = await self.scene(plan.head)
            lost = application_findings(plan, scene.discovered.components)
        said = (*self.unheeded(plan.head), *plan.findings, *misplaced, *lost)
        return replace(plan, findings=said)

    async def _chosen(
        self, units: Units, base: str, head: str, ids: Sequence[str]
    ) -> dict[str, ChangedUnit]:
        """What changed, of these units or of all. Raises UnknownComponent."""
        changed = {one.id: one for one in await self.units().between(base, head)}
        check_units(ids, units, changed)
        return {one: said for one, said in changed.items() if not ids or one in ids}

    async def _work(
        self, units: Units, base: str, head: str, chosen: Mapping[str, ChangedUnit]
    ) -> _Work:
        line = await self._line(units, base, head, chosen)
        code = code_of_units(self.units().files(base), self.units().files(head), chosen)
        refused = {} if self.trusted else self._refused(units, base, head, chosen, code)
        outputs = OutputReaders(self.units().files(head))
        return _Work(units, base, head, chosen, line, code, refused, outputs)

    async def _line(
        self, units: Units, base: str, head: str, chosen: Mapping[str, ChangedUnit]
    ) -> Line:
        """Which units come before which, where Applications stand between them too; of what goes,
        as it was at the base.
        """
        gone = {one for one, said in chosen.items() if said.how is How.REMOVED}
        line = await self._through(units, head, chosen.keys() - gone)
        before = await self._through(await self.own_units(base), base, gone) if gone else {}
        return {**line, **before}

    async def _through(self, units: Units, commit: str, wanted: Collection[str]) -> Line:
        known = [one for one in wanted if one in units]
        if not any(one.applications for one in units.units):
            return {one: units[one].dependencies for one in known}
        # Loaded here: units that wait for Applications are few.
        from trunkline.core.infra.beside import line_of
        from trunkline.engine.infra.needs import needs_of

        return line_of(known, units, needs_of(await self.scene(commit)))

    def _refused(
        self,
        units: Units,
        base: str,
        head: str,
        chosen: Mapping[str, ChangedUnit],
        code: CodeOfUnits,
    ) -> Mapping[str, str]:
        """What of a change from outside is not planned, each with the reason."""
        files, allowed = self.units().files(head), self.settings.infra.untrusted
        before, paths = self.units().files(base), self.repository.changed_paths(base, head)
        code = {
            one: [*code.get(one, ()), *new_providers(before, files, each.because)]
            for one, each in chosen.items()
        }
        return refusals(allowed, chosen, code, lambda one: standing(files, units, one.unit), paths)

    async def _planned(self, work: _Work, site: Site, *, keep: bool) -> list[Planned]:
        """What is to be kept is planned while the shelf is opened for it."""
        planner = RangePlanner(
            work.units,
            work.chosen,
            lambda one: self._plan_one(site, one, work.base, work.head),
            work.outputs,
            self.listener,
            work.refused,
            work.line,
        )
        planning = asyncio.create_task(planner.plan(), name="plans")
        if keep:
            await self._opened(planning, site.started)
        return handed_on(await planning)

    async def _opened(self, planning: asyncio.Task[list[Planned]], started: asyncio.Event) -> None:
        """Open the store while the programs run; they are ended where that fails."""
        try:
            async with _meanwhile(started.wait()) as first:
                await asyncio.wait([planning, first], return_when=asyncio.FIRST_COMPLETED)
            await self.store()
        except BaseException:
            planning.cancel()
            await asyncio.wait([planning])
            raise

    async def _plan_one(self, site: Site, one: ChangedUnit, base: str, head: str) -> Planned:
        removed, mocks = one.how is How.REMOVED, self.settings.infra.mock_outputs
        purpose = "base" if removed else "head"
        program = await site.program(one.unit, base if removed else head, purpose)
        if one.how is How.MOVED and one.moved_from and not await _has_state(program):
            # Where the state's place follows the directory, everything would seem to be new.
            return await plan_moved(one, one.moved_from, site, (base, head), mocks=mocks)
        return await plan_unit(one, program, mocks=mocks)

    def _commits(self, base: str, head: str) -> tuple[PlannedCommit, ...]:
        found: list[PlannedCommit] = []
        for one in self.repository.history(head):
            if one.id == base or len(found) == 100:
                break
            found.append(PlannedCommit(one.id, one.author, one.subject, one.time))
        return tuple(found)


@contextlib.asynccontextmanager
async def _begun(
    checkouts: Checkouts, head: str, chosen: Mapping[str, ChangedUnit]
) -> AsyncIterator[Mapping[str, Awaitable[Checkout]]]:
    """The files of what stays, which are written while more is found out of it."""
    async with contextlib.AsyncExitStack() as exits:
        if all(one.how is How.REMOVED for one in chosen.values()):
            yield {}
            return
        async with _meanwhile(exits.enter_async_context(checkouts.at(head, "head"))) as files:
            yield {head: files}


@contextlib.asynccontextmanager
async def _meanwhile(work: Coroutine[Any, Any, T]) -> AsyncIterator[asyncio.Task[T]]:
    """Work that goes on beside, and is ended where nobody waited for it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _has_state(program: UnitProgram) -> bool:
    """A program that fails here fails when it plans, and says there why."""
    try:
        return await has_state(program)
    except (CommandFailed, ProgramError):
        return True
