"""Checks of units for drift: refresh-only plans, side by side, each remembered as soon as it is
done. A unit that fails is told of alone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.event import Listener, Progress, unheard
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.drift import Record, UnitDrift, followed, unit_drift
from trunkline.core.infra.plan.values import Status, UnitPlan
from trunkline.core.infra.unit import Unit
from trunkline.core.infra.units import Units
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.seen import SeenStates
from trunkline.engine.infra.shelf import Vault
from trunkline.engine.infra.site import Site
from trunkline.engine.infra.unit_plan import REFRESH, begun, plan_unit

ROOM = "infra-drift"
# Checks have checkouts of their own, so that plans and applies find theirs as they left them.
PURPOSE = "drift"


class Records(Struct, frozen=True):
    """What is remembered of units, sealed. Every method raises StoreError, KeysError."""

    vault: Vault

    async def of(self, unit: str) -> Record:
        data = await self.vault.kept(ROOM, unit)
        return Record.of_json(json.loads(data)) if data else Record()

    async def keep(self, unit: str, record: Record) -> None:
        await self.vault.keep(ROOM, unit, json.dumps(record.as_json()).encode())

    async def of_all(self, units: Sequence[str]) -> dict[str, Record]:
        known = set(await self.vault.names(ROOM))
        return {one: await self.of(one) for one in units if one in known}


class DriftCheck(Struct):
    """Checks units of one commit."""

    site: Site
    units: Units
    commit: str
    records: Records
    listener: Listener = unheard
    _done: int = 0

    async def check(self, ids: Sequence[str]) -> list[UnitDrift]:
        """What was found, in the order of the ids."""
        self.listener(Progress("checking", 0, len(ids)))
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._one(self.units[one], len(ids)), name=f"check of {one}")
                for one in ids
            ]
        return [task.result() for task in tasks]

    async def _one(self, unit: Unit, total: int) -> UnitDrift:
        seen = SeenStates(self.records.vault)
        plan = await seen.judged(await self._plan(unit))
        if plan.doubt:
            # Against such a state everything, or nothing, would seem to have drifted.
            plan = replace(plan, status=Status.FAILED, error=plan.doubt, drift=())
        now = time.time()
        applied = await seen.applied_at(plan)
        record = followed(await self.records.of(unit.id), plan, now, applied)
        await self.records.keep(unit.id, record)
        self._done += 1
        self.listener(Progress("checking", self._done, total))
        return unit_drift(plan, record, now)

    async def _plan(self, unit: Unit) -> UnitPlan:
        as_it_is = ChangedUnit(unit, How.CHANGED)
        failed = replace(begun(as_it_is), status=Status.FAILED)
        if said := self.units.wrong_with(unit.id):
            return replace(failed, error=said)
        try:
            program = await self.site.program(unit, self.commit, PURPOSE)
        except Trouble as error:
            return replace(failed, error=str(error))
        return (await plan_unit(as_it_is, program, options=(REFRESH,))).plan
