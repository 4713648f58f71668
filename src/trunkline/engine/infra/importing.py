"""The program's own word on a resource that is to be imported: a plan with an import block beside
the unit's code, and the configuration that it generates.
"""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.importing import import_block
from trunkline.core.infra.plan.values import UnitPlan
from trunkline.engine.infra.directory import beside
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.unit_plan import plan_unit

# Beside the code for as long as the plan takes; a checkout that is moved on loses it too.
BESIDE = "trunkline_import.tf"


class Imported(Struct, frozen=True):
    """`generated` is "" where the program made none: the code has the resource, or it failed."""

    plan: UnitPlan
    generated: str = ""


async def plan_import(program: UnitProgram, address: str, id: str, *, known: bool) -> Imported:
    """Plan the import. `known` says that the code has the resource."""
    block = program.shop.directory(program.unit) / BESIDE
    code = program.shop.clear(program.unit) / "generated.tf"
    code.unlink(missing_ok=True)
    options = () if known else (f"-generate-config-out={code}",)
    try:
        with beside(block, import_block(address, id)):
            changed = ChangedUnit(program.unit, How.CHANGED)
            found = await plan_unit(changed, program, options=options)
            return Imported(found.plan, code.read_text() if code.is_file() else "")
    finally:
        code.unlink(missing_ok=True)
