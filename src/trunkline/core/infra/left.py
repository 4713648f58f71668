"""Units that are none any more, though what they are made from is still there.

A unit goes, and is destroyed, with its files. One that excludes itself by now, that another calls
as a module, or whose file or stack cannot be read is only seen no more: what it made stays.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.hcl import HclError
from trunkline.core.infra.modules import code_of
from trunkline.core.infra.reading import Files
from trunkline.core.infra.terragrunt import UNIT_FILE
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.infra.units import Units

STAYS = "what it made stays"
_REMEDY = "take its files out of the repository to have it destroyed"
# What discovery says of a stack in which it cannot see every unit.
_UNREAD = ("infra-hcl", "infra-unclear", "infra-missing")


def left_behind(unit: Unit, head: Units, files: Files) -> Finding | None:
    """Why a unit that the head does not have any more is not destroyed; None where it is."""
    if unit.generated_by:
        return _by_stack(unit, head)
    if unit.kind is UnitKind.TERRAGRUNT:
        own = posixpath.join(unit.path, UNIT_FILE)
        kept = [one for one in (own, f"{own}.json") if files.is_known(one)]
        return _stays(unit, kept[0], "it is excluded, or runs nothing by itself") if kept else None
    told = (*unit.var_files, *unit.backend_files)
    if unit.workspace and not any(map(files.is_known, told)):
        return None
    code = code_of(files, unit.path)
    broken = next(_broken(files, code), None)
    if broken or not code:
        return broken and _told(unit, *broken)
    return _stays(unit, code[0], "no backend or provider, called as a module, or by workspaces")


def _by_stack(unit: Unit, head: Units) -> Finding | None:
    stacks = (unit.generated_by, unit.origin.file)
    for one in head.findings:
        if one.file in stacks and one.rule in _UNREAD:
            return _told(unit, one.file, one.line, one.message)
    return None


def _broken(files: Files, code: list[str]) -> Iterator[tuple[str, int, str]]:
    for path in code:
        try:
            files.body(path)
        except HclError as error:
            yield path, error.line, f"cannot be parsed: {error}"


def _told(unit: Unit, file: str, line: int, said: str) -> Finding:
    message = f"{said}; so it is not known whether this is still a unit, and {STAYS}"
    return Finding("infra-left", message, file=file, line=line, component=unit.id)


def _stays(unit: Unit, file: str, why: str) -> Finding:
    message = f"this is no unit any more ({why}), and its files are still there: {STAYS}"
    return Finding(
        "infra-left",
        message,
        severity=Severity.WARNING,
        file=file,
        component=unit.id,
        remedy=_REMEDY,
    )
