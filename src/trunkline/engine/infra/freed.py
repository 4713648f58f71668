"""A state lock that a killed run of ours left is taken away; nobody else's is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from trunkline.core.infra.orphaned import Killed, made_by_killed
from trunkline.core.infra.said import lock_of
from trunkline.edge.store.process import person
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.refused import Refused


async def freed(said: str, program: UnitProgram, killed: Iterable[Killed]) -> str:
    """The id of the lock that was in the way by a program's own words, and is gone now; "" where
    none was, or it is not provably of a dead process of this person. Raises Refused, CommandFailed,
    ProgramError.
    """
    lock, whose = lock_of(said), person()
    times = [made for one in killed if (made := made_by_killed(lock, whose, one)) is not None]
    if not times:
        return ""
    await nothing_left(program)
    # Somebody's program that was there by then, and still is, may have it.
    if await asyncio.to_thread(program.others_since, min(times)):
        return ""
    await program.unlock_state(lock["ID"])
    return lock["ID"]


async def nothing_left(program: UnitProgram) -> None:
    """Raises Refused where a program that a killed run left is still at the unit."""
    if left := await asyncio.to_thread(program.left):
        raise Refused(
            f"the run that was killed left a program behind that is still at it (process "
            f"{left[0]}): wait until it has ended, or end it"
        )
