"""The plan of a commit range: each changed unit along the graph, side by side within limits.

A unit whose dependency will put out something else waits: it is told with what it waits for, and
planned when that is applied. So does who reads such outputs without being changed itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.event import Listener, Progress, unheard
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.graph import Graph
from trunkline.core.infra.output_readers import OutputReaders
from trunkline.core.infra.plan.values import Status, UnitPlan
from trunkline.core.infra.unit import Unit
from trunkline.core.infra.units import Units
from trunkline.engine.infra.unit_plan import Planned, begun, deferred, left_alone

Line = Mapping[str, Iterable[str]]
PlanOne = Callable[[ChangedUnit], Awaitable[Planned]]


class RangePlanner(Struct):
    """`plan_one` plans a unit now, in the checkout that it belongs to. `refused` says of units why
    they are not planned at all. `line` is as in `apply_order`.
    """

    units: Units
    changed: Mapping[str, ChangedUnit]
    plan_one: PlanOne
    outputs: OutputReaders
    listener: Listener = unheard
    refused: Mapping[str, str] = field(default_factory=dict)
    line: Line = field(default_factory=dict)
    _tasks: dict[str, asyncio.Task[Planned]] = field(default_factory=dict)
    _done: int = 0

    async def plan(self) -> list[Planned]:
        """The plans of all changed units and of those that wait for them, in the order in which
        they are applied.
        """
        self.listener(Progress("planning", 0, len(self.changed)))
        try:
            async with asyncio.TaskGroup() as group:
                for one in self._order():
                    work = self._told(self.changed[one])
                    self._tasks[one] = group.create_task(work, name=f"plan of {one}")
        finally:
            found = {one: task.result() for one, task in self._tasks.items() if _is_well(task)}
        found |= {one.plan.unit: one for one in self._waiting(found)}
        return [found[one] for one in self._order(found) if one in found]

    def _order(self, more: Iterable[str] = ()) -> list[str]:
        waiting = {
            one: ChangedUnit(self.units[one], How.CHANGED) for one in more if one in self.units
        }
        return apply_order({**waiting, **self.changed}, self.line)

    async def _told(self, changed: ChangedUnit) -> Planned:
        found = await self._planned(changed)
        self._done += 1
        self.listener(Progress("planning", self._done, len(self.changed)))
        return found

    async def _planned(self, changed: ChangedUnit) -> Planned:
        if changed.left:
            return Planned(left_alone(changed, changed.left))
        if said := self.refused.get(changed.id):
            return Planned(replace(begun(changed), status=Status.FAILED, error=said))
        if changed.how is How.REMOVED:
            return await self.plan_one(changed)
        if said := self.units.wrong_with(changed.id):
            return Planned(replace(begun(changed), status=Status.FAILED, error=said))
        inside = [one for one in changed.unit.dependencies if one in self._tasks]
        plans = [await asyncio.shield(self._tasks[one]) for one in inside]
        waits = tuple(one.plan.unit for one in plans if self._leaves_open(one.plan, changed.unit))
        if waits:
            return await self._for_now(changed, waits)
        found = await self.plan_one(changed)
        return _put_off(found) if found.plan.status is Status.FAILED else found

    async def _for_now(self, changed: ChangedUnit, waits: tuple[str, ...]) -> Planned:
        """A unit that waits, with what it would do by the outputs as they are: what a person saw of
        it. A new one is not asked, for of what it waits for there mostly is nothing yet.
        """
        found = Planned(deferred(begun(changed), waits))
        if changed.how is How.ADDED:
            return found
        now = (await self.plan_one(changed)).plan
        if now.status is not Status.PLANNED or now.mocked:
            return found
        return found.told(replace(found.plan, changes=now.changes))

    def _leaves_open(self, plan: UnitPlan, reader: Unit) -> bool:
        """Whether what a unit puts out for this reader is not known before it is applied."""
        if plan.unit in reader.unread:
            return False
        return plan.status is not Status.PLANNED or bool(self.outputs.changes(reader, plan))

    def _waiting(self, found: Mapping[str, Planned]) -> Iterable[Planned]:
        """Those that are not changed and read outputs that will be."""
        readers = self.units.graph.readers()
        waits: dict[str, list[str]] = {}
        for one, planned in found.items():
            if one in readers and planned.plan.outputs and planned.plan.status is Status.PLANNED:
                for reader in readers[one]:
                    if reader not in found and self._leaves_open(planned.plan, self.units[reader]):
                        waits.setdefault(reader, []).append(one)
        return [
            Planned(deferred(UnitPlan(one), tuple(them))) for one, them in sorted(waits.items())
        ]


def _put_off(failed: Planned) -> Planned:
    """A unit that waits for Applications may read what only they bring: it is planned after them,
    and says what stood against it now.
    """
    plan = failed.plan
    if not plan.applications:
        return failed
    return Planned(deferred(plan, ()), failed.file, failed.secrets)


def apply_order(changed: Mapping[str, ChangedUnit], line: Line | None = None) -> list[str]:
    """The order to apply in: what comes by its dependencies, and after it what goes, readers first.

    `line` says of units which come before them, where that is more than their dependencies: through
    Applications that both are delivered with. In a circle there is no order; discovery told of it,
    and any serves to say so.
    """
    before = {one: tuple((line or {}).get(one, c.unit.dependencies)) for one, c in changed.items()}
    kept = {one: them for one, them in before.items() if changed[one].how is not How.REMOVED}
    gone = {one: them for one, them in before.items() if changed[one].how is How.REMOVED}
    return [*_ordered(kept), *reversed(_ordered(gone))]


def _ordered(needs: Mapping[str, tuple[str, ...]]) -> list[str]:
    graph = Graph.of(needs)
    for path in graph.cycles():
        needs = {one: () if one in path else them for one, them in needs.items()}
    return [*Graph.of(needs).order()]


def _is_well(task: asyncio.Task[Planned]) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None
