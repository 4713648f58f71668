"""One unit's plan: the program's own, read and masked; or why there is none."""

from __future__ import annotations

import asyncio
import posixpath
import time
from dataclasses import dataclass, field
from pathlib import Path

from msgspec.structs import replace

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.plan.copies import Copies
from trunkline.core.infra.plan.read import (
    UnreadablePlan,
    drift_changes,
    output_changes,
    resource_changes,
)
from trunkline.core.infra.plan.secrets import secrets_in
from trunkline.core.infra.plan.values import Status, UnitPlan
from trunkline.core.infra.planfile.archive import is_elsewhere, state_of
from trunkline.core.infra.said import (
    REMOTE,
    ignored,
    lock_of,
    locked_words,
    mocked,
    runs_elsewhere,
    without_outputs,
)
from trunkline.core.infra.warned import warnings_of
from trunkline.core.trouble import Trouble
from trunkline.edge.programs.run import Done
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.freed import freed
from trunkline.engine.infra.plan_told import plan_told
from trunkline.engine.infra.presence import Presence
from trunkline.engine.infra.program import UnitProgram

UNREADABLE = (
    UnreadablePlan,
    ValueError,
    KeyError,
    AttributeError,
    TypeError,
    RecursionError,
)
# A plan with this looks at what is there, and changes the state alone.
REFRESH = "-refresh-only"


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan as a value, and the program's file of it, None where there is nothing to apply.

    `secrets` are what the plan knows to be sensitive: whoever applies it masks them.
    """

    plan: UnitPlan
    file: bytes | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def told(self, plan: UnitPlan) -> Planned:
        """The same file, of which more is said."""
        return Planned(plan, self.file, self.secrets)


async def plan_unit(
    changed: ChangedUnit,
    program: UnitProgram,
    *,
    mocks: bool = False,
    options: tuple[str, ...] = (),
) -> Planned:
    """Plan a unit now. What fails is told in the plan; nothing is raised for it.

    `mocks` allows that Terragrunt puts mock outputs in the place of outputs that are not there.
    """
    started = time.monotonic()
    plan = begun(changed, program)
    try:
        found = await _unlocked(plan, program, mocks, (*_destroying(changed), *options))
    except Trouble as error:
        found = Planned(replace(plan, status=Status.FAILED, error=_said(changed.id, error)))
    plan = replace(found.plan, seconds=time.monotonic() - started)
    return Planned(plan, found.file, found.secrets)


def _said(unit: str, error: Trouble) -> str:
    """Its words; of what stands in the way, first what to do about it."""
    words = str(error)
    if not isinstance(error, CommandFailed):
        return words
    if elsewhere := runs_elsewhere(words):
        return f"{elsewhere}\n\n{words}"
    lock = lock_of(words)
    return f"{locked_words(unit, lock)}\n\n{words}" if lock else words


def begun(changed: ChangedUnit, program: UnitProgram | None = None) -> UnitPlan:
    """The plan of a unit before anything is known of it."""
    return UnitPlan(
        changed.id,
        changed.how.value,
        changed.because,
        applications=applications_of(changed),
        moved_from=changed.moved_from.id if changed.moved_from else "",
        program=program.version if program else "",
    )


def applications_of(changed: ChangedUnit) -> tuple[str, ...]:
    """The Applications that must be there before it is applied; what goes waits for none."""
    return () if changed.how is How.REMOVED else changed.unit.applications


def deferred(plan: UnitPlan, waits_for: tuple[str, ...]) -> UnitPlan:
    return replace(plan, status=Status.DEFERRED, waits_for=tuple(sorted(set(waits_for))))


def left_alone(changed: ChangedUnit, why: Finding) -> UnitPlan:
    """The plan of what is no unit any more and is not destroyed: nothing, or that it is broken."""
    if why.severity is not Severity.ERROR:
        return begun(changed)
    return replace(begun(changed), status=Status.FAILED, error=f"{why.place}: {why.message}")


def _destroying(changed: ChangedUnit) -> tuple[str, ...]:
    return ("-destroy",) if changed.how is How.REMOVED else ()


async def _unlocked(
    plan: UnitPlan, program: UnitProgram, mocks: bool, options: tuple[str, ...]
) -> Planned:
    """Plan, once more where the state lock of a plan that was killed was in the way."""
    presence = Presence(program)
    killed = presence.killed()
    try:
        found = await _planned(plan, program, mocks, options)
    except CommandFailed as error:
        lock = await freed(f"{error.done.stderr}\n{error.done.stdout}", program, killed)
        if not lock:
            raise
        found = await _planned(plan, program, mocks, options)
        told = replace(found.plan, warnings=(_freed(plan.unit, lock), *found.plan.warnings))
        found = found.told(told)
    presence.forget()
    return found


def _freed(unit: str, lock: str) -> Finding:
    said = f"its state was locked by a plan that was killed: that lock ({lock}) is freed"
    return Finding("infra-freed", said, Severity.NOTE, component=unit)


async def _planned(
    plan: UnitPlan, program: UnitProgram, mocks: bool, options: tuple[str, ...]
) -> Planned:
    out = program.shop.clear(program.unit) / "plan"
    try:
        with Presence(program).noted():
            done = await program.plan(out, *options)
        if out.is_file():
            return await _read(plan, program, out, done, mocks, REFRESH in options)
        # A failure that Terragrunt ignores.
        raise CommandFailed(done, program.sources())
    except CommandFailed as error:
        said = f"{error.done.stderr}\n{error.done.stdout}"
        if program.is_grunt and (why := ignored(said)):
            return Planned(replace(plan, ignored=why, error=_said(plan.unit, error)))
        if files := without_outputs(said):
            return Planned(deferred(plan, _units(files, program)))
        raise
    finally:
        # It holds the state and every variable in clear.
        out.unlink(missing_ok=True)


async def _read(
    plan: UnitPlan, program: UnitProgram, out: Path, done: Done, mocks: bool, drifted: bool
) -> Planned:
    """`drifted` keeps the file too where it only takes drift into the state."""
    said = _units(mocked(f"{done.stderr}\n{done.stdout}"), program)
    # Where the unit says that it never asks for outputs, its mocks are what it is given for good.
    put_in = tuple(one for one in said if one not in program.unit.unread)
    if put_in and not mocks:
        return Planned(deferred(plan, put_in))
    file = await asyncio.to_thread(out.read_bytes)
    if is_elsewhere(file):
        raise Trouble(REMOTE)
    try:
        whole = await plan_told(program, out, file, done)
        secrets = secrets_in(whole)
        copies = Copies(secrets)
        changes, outputs = resource_changes(whole, copies), output_changes(whole, copies)
        drift = drift_changes(whole, copies)
    except UNREADABLE as error:
        raise Trouble(f"the plan of {plan.unit} cannot be read: {error}") from error
    serial, lineage = state_of(file)
    keeps, written = await asyncio.to_thread(_state_kept, program)
    found = replace(
        plan,
        changes=changes,
        outputs=outputs,
        drift=drift,
        serial=serial,
        lineage=lineage,
        mocked=put_in,
        keeps_state=keeps,
        written=written,
        warnings=warnings_of(done.stdout, plan.unit, program.place),
    )
    kept = found.changed or (drifted and bool(found.drift))
    return Planned(found, file if kept else None, secrets)


def _state_kept(program: UnitProgram) -> tuple[bool, str]:
    """Whether a backend keeps the state, and the version that wrote it, where that is known."""
    backend = program.backend()
    return backend.keeps_state, "" if program.unit.selected else backend.writer()


def _units(files: tuple[str, ...], program: UnitProgram) -> tuple[str, ...]:
    """The units whose files Terragrunt names."""
    tree = str(program.shop.checkout.tree.resolve())
    found = (one.removeprefix(f"{tree}/") for one in files)
    return tuple(posixpath.dirname(one) for one in found)
