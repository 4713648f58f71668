"""A unit's outputs, asked of its program, for any backend."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

import orjson
from msgspec import Struct

from trunkline.core.component import Component
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.outputs import OutputsError, UnitOutputs, parse_outputs, wishes_of
from trunkline.core.infra.secret_outputs import Allowed, sensitive_of
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.masked import Mask, secrets_of
from trunkline.engine.infra.apply_unit import Keeping
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.kept_outputs import SECRETS
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.reach import REACH

if TYPE_CHECKING:
    from trunkline.edge.store import Store


def read_units(components: Iterable[Component]) -> frozenset[str]:
    """The units whose outputs these components ask for; what cannot be read is told elsewhere."""
    found: set[str] = set()
    for one in components:
        with contextlib.suppress(OutputsError):
            found.update(wish.unit for wish in wishes_of(one.annotations))
    return frozenset(found)


class Asked(Struct, frozen=True):
    """Units by what is asked of them: values by Applications, what is sensitive for their Secrets,
    and how clusters are reached.
    """

    values: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    reach: frozenset[str] = frozenset()

    @property
    def any(self) -> frozenset[str]:
        return self.values | self.secrets | self.reach


def secret_units(components: Iterable[Component], allowed: Allowed) -> frozenset[str]:
    """The units whose sensitive outputs these components ask for, and may have."""
    found: set[str] = set()
    for one in components:
        with contextlib.suppress(OutputsError):
            named = (wish.unit for wish in wishes_of(one.annotations) if wish.secret)
            found.update(unit for unit in named if allowed.allows(unit, one.id))
    return frozenset(found)


def keeping(store: Store, asked: Asked, commit: str) -> Keeping:
    """Keeps the outputs that somebody asks for.

    What is applied and cannot be asked is known no more: an Application that cannot be rendered is
    better than one with values of the past.
    """

    async def keep(program: UnitProgram, changed: ChangedUnit) -> None:
        unit = changed.id
        if changed.how is How.REMOVED:
            await forget(store, unit)
        elif unit in asked.any:
            try:
                await read_outputs(store, program, asked, commit)
            except (CommandFailed, ProgramError, OutputsError):
                await forget(store, unit)

    return keep


async def read_outputs(
    store: Store, program: UnitProgram, asked: Asked, commit: str
) -> UnitOutputs:
    """What the unit gives now, kept; what is sensitive only where somebody asks for it, sealed.

    Raises CommandFailed, ProgramError, OutputsError.
    """
    unit, said = program.unit.id, await program.outputs()
    # What is not sensitive is kept in clear, so no credential of the environment may be among it.
    clear = Mask(secrets_of(program.shop.environment))(said)
    found = parse_outputs(unit, clear, commit, time.time())
    # Before what tells that they are there.
    if unit in asked.secrets:
        await store.vault.keep(SECRETS, unit, orjson.dumps(sensitive_of(said)))
    else:
        await store.vault.drop(SECRETS, unit)
    await store.remember_outputs(found)
    if unit in asked.reach:
        await store.vault.keep(REACH, unit, said.encode())
    return found


async def forget(store: Store, unit: str) -> None:
    await store.forget_outputs(unit)
    await store.vault.drop(REACH, unit)
    await store.vault.drop(SECRETS, unit)
