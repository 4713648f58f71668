"""The journal of applies: written before and after each unit, so that a process that was killed
leaves the truth behind: what it had done, and at what it was.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Collection

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.infra.applying import ApplyRun, Ended, UnitResult
from trunkline.core.infra.orphaned import Killed
from trunkline.engine.infra.shelf import Vault

ROOM = "infra-applies"
KEPT = 200
KILLED = "the process was killed meanwhile"
UNTRIED = (Ended.PENDING, Ended.SKIPPED, Ended.LEFT, Ended.REFUSED, Ended.INTERRUPTED)
"""Of a unit that ended so, no program may have seen the state."""


class Journal(Struct):
    """Every method raises StoreError."""

    vault: Vault
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def write(self, run: ApplyRun) -> None:
        async with self._turn:
            await self.vault.keep(ROOM, run.id, json.dumps(run.as_json()).encode())

    async def trim(self) -> None:
        names = await self.vault.names(ROOM)
        await self.vault.drop(ROOM, *names[: max(0, len(names) - KEPT)])

    async def runs(self, but: Collection[str] = ()) -> list[ApplyRun]:
        """All that are kept, but for these, the oldest first."""
        found = [
            data
            for name in await self.vault.names(ROOM)
            if name not in but and (data := await self.vault.kept(ROOM, name))
        ]
        return sorted((ApplyRun.of_json(json.loads(one)) for one in found), key=_started)

    async def cut_off(self, is_dead: Callable[[str], bool]) -> list[ApplyRun]:
        """The runs whose process died under them; they count as ended from now on, each unit that
        was being applied as interrupted.
        """
        found = [one for one in await self.runs() if not one.ended and is_dead(one.process)]
        return [await self._ended(one) for one in found]

    async def orphans(self) -> dict[str, Killed]:
        """The units at which a killed run was, and at which none has been since: one that is only
        refused there, because a program is left at it, leaves that to the next.
        """
        found: dict[str, Killed] = {}
        for one in [one for run in await self.runs() for one in run.units]:
            if one.message == KILLED:
                found[one.unit] = Killed(one.started, one.started + one.seconds)
            elif one.ended not in UNTRIED:
                found.pop(one.unit, None)
        return found

    async def _ended(self, run: ApplyRun) -> ApplyRun:
        last = max((one.started for one in run.units), default=run.started)
        units = tuple(_cut(one, time.time()) for one in run.units)
        told = replace(run, ended=last or run.started, units=units)
        await self.write(told)
        return told


def _cut(one: UnitResult, now: float) -> UnitResult:
    """When the process died nobody knows: its time ends where that is noticed."""
    if one.ended is Ended.APPLYING:
        seconds = max(0.0, now - one.started)
        return replace(one, ended=Ended.INTERRUPTED, message=KILLED, seconds=seconds)
    if one.ended is Ended.PENDING:
        return replace(one, ended=Ended.SKIPPED, message="the process was killed before")
    return one


def _started(run: ApplyRun) -> float:
    return run.started
