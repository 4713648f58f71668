"""What a saved plan says: read from its file, or printed by the program where that is unsure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.core.infra.planfile.archive import unpacked
from trunkline.core.infra.planfile.read import PlanFile
from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.core.infra.said import develops_provider
from trunkline.edge.programs.environment import has_own_providers
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.masked import masked_texts, secrets_of
from trunkline.edge.programs.run import Done
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.program import UnitProgram


async def plan_told(program: UnitProgram, out: Path, file: bytes, done: Done) -> Mapping[str, Any]:
    """The programs' JSON of a plan, or what of it is looked at.

    `file` are the bytes of the plan in `out`, `done` is how planning ended.
    Raises CommandFailed, ProgramError, ValueError.
    """
    try:
        found = await _read(program, file, done)
    except (Unsure, CommandFailed, ProgramError, RecursionError):
        found = await asyncio.to_thread(json.loads, await program.show(out))
    shown: Mapping[str, Any] = masked_texts(found, secrets_of(program.shop.environment))
    return shown


async def _read(program: UnitProgram, file: bytes, done: Done) -> Mapping[str, Any]:
    """By us. Raises Unsure, CommandFailed, ProgramError."""
    if develops_provider(f"{done.stderr}\n{done.stdout}"):
        raise Unsure("a provider that is being developed has no schema that stays")
    if has_own_providers(program.shop.environment):
        raise Unsure("a provider may be another than the one that is locked")
    writer = program.shop.programs.terraform
    plan = PlanFile.of(await asyncio.to_thread(unpacked, file), writer.kind, writer.version)
    if plan.is_quiet:
        return plan.quiet
    shapes = await program.shop.schemas.of(program, plan.archive.locks, plan.kinds)
    return await asyncio.to_thread(plan.told, shapes)
