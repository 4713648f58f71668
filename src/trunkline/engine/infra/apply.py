"""The apply of a planned range: in graph order, side by side, and on past what fails."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.event import Listener, Progress, unheard
from trunkline.core.infra.applying import DONE, ApplyRun, Ended, UnitResult
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.graph import CycleError, Graph
from trunkline.core.infra.plan.values import Status
from trunkline.core.infra.saved import Entry, Span
from trunkline.core.infra.unit import as_application
from trunkline.core.infra.units import Units
from trunkline.core.keys import KeysError
from trunkline.edge.store.errors import StoreError
from trunkline.engine.infra.apply_unit import UnitApplier
from trunkline.engine.infra.journal import Journal
from trunkline.engine.infra.shelf import Shelf
from trunkline.engine.infra.unit_plan import applications_of

Standing = Callable[[Sequence[str], str], Awaitable[Mapping[str, str]]]
"""Of Applications those that are not as the commit says, or not healthy, each with how it is."""


class ApplyRange(Struct):
    """`changed` holds each entry's unit as it was planned, `before` the units of the base; `only`
    these are applied, all where it is empty. `refused` says of units why they are not, `left` of
    those that are never to be. `earlier` is
    how units ended in the round before, which are not tried again; `left_by` says of a unit that
    goes which Applications needed it.
    """

    span: Span
    changed: Mapping[str, ChangedUnit]
    before: Units
    journal: Journal
    shelf: Shelf
    run: ApplyRun
    standing: Callable[[Sequence[str]], Awaitable[Mapping[str, str]]]
    only: frozenset[str] = frozenset()
    refused: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    earlier: Mapping[str, UnitResult] = field(default_factory=dict)
    left_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
    listener: Listener = unheard
    _tasks: dict[str, asyncio.Task[UnitResult]] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def apply(self, applier: UnitApplier) -> ApplyRun:
        """The whole run, stored as well as given."""
        todo = self.todo()
        needs = {one.unit: self._needs(one, {entry.unit for entry in todo}) for one in todo}
        circles = {one: str(CycleError(path)) for path in Graph.of(needs).cycles() for one in path}
        needs = {one: frozenset() if one in circles else them for one, them in needs.items()}
        self.refused = {**self.refused, **circles}
        await self.journal.write(self.run)
        self.listener(Progress("applying", 0, len(todo)))
        try:
            async with asyncio.TaskGroup() as group:
                for one in todo:
                    work = self._unit(one, needs, applier)
                    self._tasks[one.unit] = group.create_task(work, name=f"apply of {one.unit}")
        finally:
            # Also where the run is cut off: what was done is what the next one begins with.
            self.run = replace(
                self.run, ended=time.time(), units=tuple(map(_ended, self.run.units))
            )
            await asyncio.shield(self.journal.write(self.run))
        await self.journal.trim()
        return self.run

    def todo(self) -> list[Entry]:
        """What is not done yet, of those that were asked for."""
        every = (one for one in self.span.entries if not one.done)
        return [one for one in every if not self.only or one.unit in self.only]

    async def note(self, result: UnitResult) -> None:
        self.run = self.run.with_unit(result)
        await self.journal.write(self.run)

    async def _unit(
        self, entry: Entry, needs: Mapping[str, frozenset[str]], applier: UnitApplier
    ) -> UnitResult:
        others = [await asyncio.shield(self._tasks[one]) for one in sorted(needs[entry.unit])]
        result, after = await self._outcome(entry, others, applier)
        result = await self._written(result, after)
        done = sum(one.ended is not Ended.PENDING for one in self.run.units)
        self.listener(Progress("applying", done, len(self._tasks)))
        return result

    async def _written(self, result: UnitResult, after: Entry) -> UnitResult:
        """The result, once it is written down. Where it cannot be, others are not ended for that:
        the whole run is written once more when all are done.
        """
        try:
            async with self._turn:
                self.span = await self.shelf.noted(self.span, after)
            await self.note(result)
        except (StoreError, KeysError) as error:
            words = (result.message, f"it is not written down: {error}")
            result = replace(result, message="; ".join(filter(None, words)))
            self.run = self.run.with_unit(result)
        return result

    async def _outcome(
        self, entry: Entry, others: list[UnitResult], applier: UnitApplier
    ) -> tuple[UnitResult, Entry]:
        if known := self.earlier.get(entry.unit):
            return known, entry
        begun = UnitResult(entry.unit, entry.how, plan=entry.plan)
        if said := self.refused.get(entry.unit):
            return replace(begun, ended=Ended.REFUSED, message=said), entry
        if said := self.left.get(entry.unit):
            return replace(begun, ended=Ended.LEFT, message=said), entry
        held = [one for one in others if one.ended not in DONE]
        if held:
            said = ", ".join(f"{one.unit} ({one.ended.value})" for one in held)
            return replace(begun, ended=Ended.SKIPPED, message=f"it waits for {said}"), entry
        changed = self.changed[entry.unit]
        if changed.how is How.REMOVED and (new := self._unknown()):
            said = f"it waits for {', '.join(sorted(new))}: its state may be theirs by now"
            return replace(begun, ended=Ended.SKIPPED, message=said), entry
        # A heal brings nothing new: what it was applied after was there then.
        wanted: Sequence[str] = () if entry.heals else applications_of(changed)
        wanted = wanted or self.left_by.get(entry.unit, ())
        if wanted and (unwell := await self.standing(wanted)):
            return _after(unwell, begun), entry
        return await applier.apply(entry, changed)

    def _needs(self, entry: Entry, todo: set[str]) -> frozenset[str]:
        """Who must be done before: what it depends on; for what goes, who depended on it."""
        changed = self.changed[entry.unit]
        if changed.how is not How.REMOVED:
            return frozenset(changed.unit.dependencies) & todo - {entry.unit}
        readers = {one.id for one in self.before.units if entry.unit in one.dependencies}
        return frozenset(readers | self._unknown()) & todo - {entry.unit}

    def _unknown(self) -> set[str]:
        """New units of which no plan says yet which state is theirs: it may be one of what goes."""
        entries = self.span.entries
        told = {one.unit for one in entries if one.done or one.status == Status.PLANNED}
        return {one for one, said in self.changed.items() if said.how is How.ADDED} - told


def _after(unwell: Mapping[str, str], begun: UnitResult) -> UnitResult:
    said = ", ".join(f"{as_application(one)} ({how})" for one, how in unwell.items())
    message = f"it waits for {said}"
    return replace(begun, ended=Ended.SKIPPED, message=message, applications=tuple(unwell))


def _ended(one: UnitResult) -> UnitResult:
    if one.ended in (Ended.APPLYING, Ended.PENDING):
        was = "it was interrupted" if one.ended is Ended.APPLYING else "the run ended before"
        return replace(one, ended=Ended.INTERRUPTED, message=was)
    return one
