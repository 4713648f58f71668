"""The plan of a unit that moved, before its state did: made from a copy of that.

A plan writes to no state, so the new place stays empty until the apply. What the unit will do there
is asked in a checkout of its own, where an override file gives it a state file as its backend. That
plan is shown, judged and approved; the apply makes it anew once the state has moved, and goes on if
that does no more.
"""

from __future__ import annotations

import contextlib
import json
import posixpath
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from trunkline.core.infra.changed import ChangedUnit
from trunkline.core.infra.unit import Unit
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.directory import beside
from trunkline.engine.infra.moving import holds_state, move_state
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.site import MOVED, Site
from trunkline.engine.infra.unit_plan import Planned, begun, deferred, plan_unit

# Source: OpenTofu's and Terraform's "Override Files"; the last by name counts.
OVERRIDE = "zzz_trunkline_override.tf"


async def plan_moved(
    changed: ChangedUnit, old: Unit, site: Site, span: tuple[str, str], *, mocks: bool
) -> Planned:
    """What the unit `old` does once it is at its new place; deferred until the apply where that
    cannot be asked before.
    """
    program = await site.program(changed.unit, span[1])
    before = await site.program(old, span[0], "base")
    try:
        if not holds_state(await before.pull_state()):
            return await plan_unit(changed, program, mocks=mocks)
        async with _beside(changed.unit, site, span[1]) as copy:
            await move_state(before, copy)
            found = await plan_unit(changed, copy, mocks=mocks)
    except Trouble:
        return Planned(deferred(begun(changed, program), ()))
    return found.told(replace(found.plan, keeps_state=True))


@contextlib.asynccontextmanager
async def _beside(unit: Unit, site: Site, commit: str) -> AsyncIterator[UnitProgram]:
    """The unit's program where its state is a file that goes with this process. Workspaces of one
    directory have it one after the other.
    """
    program = await site.program(_without_backend(unit), commit, MOVED)
    async with program.shop.seat(unit):
        state = program.shop.clear(unit) / "moved"
        with beside(program.shop.directory(unit) / OVERRIDE, _local(state)):
            yield program


def _without_backend(unit: Unit) -> Unit:
    """The same workspace, by no backend of its own."""
    return replace(unit, backend_files=(), workspace=unit.selected)


def _local(state: Path) -> str:
    paths = {"path": posixpath.join(state, "state"), "workspace_dir": str(state)}
    said = "".join(f"    {name} = {json.dumps(path)}\n" for name, path in paths.items())
    return f'terraform {{\n  backend "local" {{\n{said}  }}\n}}\n'
