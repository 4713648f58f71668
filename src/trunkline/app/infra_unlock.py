"""The app that frees by hand what is held, or was left behind: locks, and states that no backend
took. Each time it is recorded who did.
"""

from __future__ import annotations

import time

from msgspec import Struct

from trunkline.app.infra_plan import PlanApp
from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.edge.store.process import person
from trunkline.engine.infra.later import NothingPlanned
from trunkline.engine.infra.locks import UnitLock, unit_locks, unlock
from trunkline.engine.run_id import new_run_id


class Unlocked(Struct, frozen=True):
    """What `unlock` found and did."""

    unit: str
    lock: UnitLock | None
    state_lock: str = ""


class UnlockApp(PlanApp):
    """Every method raises StoreError, GitError, ProgramError."""

    async def kept_states(self) -> dict[str, bytes]:
        """By unit the states that their backends did not take. They are secret."""
        return await (await self.shelf()).every_lost()

    async def drop_kept(self, unit: str) -> None:
        await (await self.shelf()).drop_lost(unit)
        said = f"{person()} dropped the state that was kept"
        await (await self.store()).save_run(self._recorded("infra kept", unit, said))

    async def locks(self) -> list[UnitLock]:
        return await unit_locks(await self.store())

    async def unlock(self, unit: str, state_lock: str = "") -> Unlocked:
        """Free a unit's lock, and the lock of its state that has this id. It is recorded."""
        store = await self.store()
        lock = next((one for one in await self.locks() if one.unit == unit), None)
        if lock is not None and not await unlock(store, lock):
            lock = None
        if state_lock:
            units = await self.units().at("HEAD")
            if unit not in units:
                raise NothingPlanned(f"no unit is called {unit!r} at HEAD")
            async with await self.site() as site:
                program = await site.program(units[unit], self.repository.resolve("HEAD"))
                await program.unlock_state(state_lock)
        await store.save_run(self._unlocking(unit, lock, state_lock))
        return Unlocked(unit, lock, state_lock)

    def _unlocking(self, unit: str, lock: UnitLock | None, state_lock: str) -> Run:
        freed = [f"the lock of {lock.holder}"] if lock else []
        freed += [f"the state's lock {state_lock}"] if state_lock else []
        message = f"{person()} freed {' and '.join(freed) or 'nothing: no lock was there'}"
        return self._recorded("infra unlock", unit, message)

    def _recorded(self, verb: str, unit: str, message: str) -> Run:
        """What a person did to a unit, for trunkline runs."""
        now = time.time()
        result = ComponentResult(unit, "", Outcome.SUCCEEDED, message=message)
        return Run(
            f"{verb.rpartition(' ')[2]}-{new_run_id()}",
            verb,
            self.repository.resolve("HEAD"),
            now,
            now,
            Outcome.SUCCEEDED,
            person(),
            components=(result,),
        )
