"""How an apply ended that failed: a state that its backend did not take is kept, sealed, until it
does; and what Terragrunt ignores is told, and is no failure.
"""

from __future__ import annotations

from msgspec.structs import replace

from trunkline.core.infra.applying import Ended, UnitResult
from trunkline.core.trouble import Trouble
from trunkline.edge.programs.run import Done
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.lost import LostState
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.shelf import Shelf
from trunkline.engine.infra.unit_result import failed, stopped


async def gone_wrong(
    result: UnitResult, error: Trouble, program: UnitProgram, shelf: Shelf, since: float
) -> UnitResult:
    """The failure, with what became of a state that was left."""
    found = failed(result, error) if isinstance(error, CommandFailed) else stopped(result, error)
    return _with(found, await LostState(program, shelf).keep(since))


async def applied_in_part(
    result: UnitResult, why: str, done: Done, program: UnitProgram, shelf: Shelf, since: float
) -> UnitResult:
    """The failure that Terragrunt ignores, which is `why`. Part of the plan may be done; the next
    apply goes on with the rest, and who depends on the unit goes on now.
    """
    kept = await LostState(program, shelf).keep(since)
    error = str(CommandFailed(done, program.sources()))
    said = f"it was applied in part, and {why}"
    found = replace(result, ended=Ended.APPLIED, message=said, error=error, counts={})
    return _with(found, kept)


def _with(result: UnitResult, kept: str) -> UnitResult:
    return replace(result, message=f"{result.message}; {kept}") if kept else result
