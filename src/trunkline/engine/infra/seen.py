"""What states of units were seen, kept sealed beside the plans."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.infra.changed import How
from trunkline.core.infra.plan.values import UnitPlan
from trunkline.core.infra.saved import SavedPlan
from trunkline.core.infra.seen_state import (
    SeenState,
    doubt,
    lost_on_the_way,
    seen_by_apply,
    seen_by_plan,
    shared,
)
from trunkline.edge.programs.errors import ProgramError
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.shelf import Vault

ROOM = "infra-seen-states"


class SeenStates(Struct, frozen=True):
    """Every method raises StoreError, KeysError."""

    vault: Vault

    async def judged(self, plan: UnitPlan, others: Collection[str] = ()) -> UnitPlan:
        """The plan with what is doubtful about its state and who wrote it, and its state
        remembered. `others` are the units that there are besides.
        """
        known = await self._of(plan.unit)
        written = plan.written or (known.written if known and known.is_of(plan) else "")
        said = doubt(known, plan) or lost_on_the_way(plan)
        plan = replace(plan, doubt=said or await self.shared(plan, others), written=written)
        await self._keep(plan.unit, known, seen_by_plan(known, plan, time.time()))
        return plan

    async def shared(self, plan: UnitPlan | SavedPlan, others: Collection[str]) -> str:
        """What is doubtful where one of the others was seen with the state of a unit that comes or
        goes; "" for nothing.
        """
        if not plan.lineage or plan.how not in (How.ADDED, How.REMOVED):
            return ""
        for one in await self.vault.names(ROOM):
            seen = await self._of(one) if one in others and one != plan.unit else None
            if seen and seen.lineage == plan.lineage:
                return shared(one)
        return ""

    async def applied_at(self, plan: UnitPlan) -> float:
        """When an apply of ours left the state that a plan was made from; 0 if none did."""
        known = await self._of(plan.unit)
        return known.when if known and known.applied and known.is_of(plan) else 0.0

    async def applied(self, program: UnitProgram) -> None:
        """Remember the state that an apply left. One that cannot be read now is left for the next
        plan: the apply is done all the same.
        """
        with contextlib.suppress(CommandFailed, ProgramError):
            new = seen_by_apply(await program.pull_state(), time.time())
            await self._keep(program.unit.id, await self._of(program.unit.id), new)

    async def forget(self, unit: str) -> None:
        """Of a unit that is gone: one that comes later under its name is another."""
        await self.vault.drop(ROOM, unit)

    async def _of(self, unit: str) -> SeenState | None:
        data = await self.vault.kept(ROOM, unit)
        return SeenState.of_json(json.loads(data)) if data else None

    async def _keep(self, unit: str, known: SeenState | None, new: SeenState | None) -> None:
        same = known and new and (known.serial, known.lineage) == (new.serial, new.lineage)
        if new is not None and not same:
            await self.vault.keep(ROOM, unit, json.dumps(new.as_json()).encode())
