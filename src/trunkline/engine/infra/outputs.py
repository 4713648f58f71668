"""A unit's outputs, asked of its program, for any backend."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Container, Iterable

from trunkline.core.component import Component
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.outputs import OutputsError, UnitOutputs, parse_outputs, wishes_of
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.store import Store
from trunkline.engine.infra.apply_unit import Keeping
from trunkline.engine.infra.program import CommandFailed, UnitProgram
from trunkline.engine.infra.reach import REACH


def read_units(components: Iterable[Component]) -> frozenset[str]:
    """The units whose outputs these components ask for; what cannot be read is told elsewhere."""
    found: set[str] = set()
    for one in components:
        with contextlib.suppress(OutputsError):
            found.update(wish.unit for wish in wishes_of(one.annotations))
    return frozenset(found)


def keeping(store: Store, readers: Container[str], makers: Container[str], commit: str) -> Keeping:
    """Keeps the outputs that somebody reads, `makers` being units that clusters are reached by.

    What is applied and cannot be asked is known no more: an Application that cannot be rendered is
    better than one with values of the past.
    """

    async def keep(program: UnitProgram, changed: ChangedUnit) -> None:
        unit = changed.id
        if changed.how is How.REMOVED:
            await forget(store, unit)
        elif unit in readers or unit in makers:
            try:
                await read_outputs(store, program, makers, commit)
            except (CommandFailed, ProgramError, OutputsError):
                await forget(store, unit)

    return keep


async def read_outputs(
    store: Store, program: UnitProgram, makers: Container[str], commit: str
) -> UnitOutputs:
    """What the unit gives now, kept; of one that makes a cluster whole, sealed.

    Raises CommandFailed, ProgramError, OutputsError.
    """
    unit, said = program.unit.id, await program.outputs()
    found = parse_outputs(unit, said, commit, time.time())
    await store.remember_outputs(found)
    if unit in makers:
        await store.vault.keep(REACH, unit, said.encode())
    return found


async def forget(store: Store, unit: str) -> None:
    await store.forget_outputs(unit)
    await store.vault.drop(REACH, unit)
