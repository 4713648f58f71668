"""One unit of an apply: its saved plan, or one made now; and whether it may be applied.

What is applied is exactly the file that was planned. A plan that the program refuses because the
state moved is made anew, and applied if it does no more than what was shown or approved.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.infra.applying import Ended, UnitResult
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.orphaned import Killed
from trunkline.core.infra.plan.dangerous import data_findings
from trunkline.core.infra.plan.values import Status, UnitPlan
from trunkline.core.infra.policy import Decision, Policy, decide, policy_of
from trunkline.core.infra.said import ignored, is_stale
from trunkline.core.infra.saved import Entry, SavedPlan
from trunkline.core.infra.written import version_findings
from trunkline.core.keys import KeysError
from trunkline.core.trouble import Trouble
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.run import Done
from trunkline.edge.store.errors import StoreError
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.freed import freed, nothing_left
from trunkline.engine.infra.lost import LostState
from trunkline.engine.infra.moving import move_state
from trunkline.engine.infra.presence import Presence
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.refused import Refused
from trunkline.engine.infra.seen import SeenStates
from trunkline.engine.infra.shelf import Shelf
from trunkline.engine.infra.site import Site
from trunkline.engine.infra.unit_failed import applied_in_part, gone_wrong
from trunkline.engine.infra.unit_plan import plan_unit
from trunkline.engine.infra.unit_result import (
    after,
    as_seen,
    failed,
    stopped,
    unplanned,
    with_plan,
)

NO_BACKEND = (
    "its state would lie in a working folder of this machine only: name a backend in its code, "
    "or have it served by trunkline infra backend"
)

Locked = Callable[[str], AbstractAsyncContextManager[None]]
Noted = Callable[[UnitResult], Awaitable[None]]
Keeping = Callable[[UnitProgram, ChangedUnit], Awaitable[None]]
Outrun = Callable[[str], Awaitable[str]]
"""Why a unit is not planned anew by now, "" where nothing stands against it."""


async def no_keeping(_program: UnitProgram, _changed: ChangedUnit) -> None:
    """Nobody reads outputs."""


async def not_outrun(_unit: str) -> str:
    """Nobody else applies."""
    return ""


class Rules(Struct, frozen=True):
    """What the settings say of applying."""

    policies: Sequence[Policy] = ()
    mocks: bool = False
    data: Sequence[str] = ()


class UnitApplier(Struct, frozen=True):
    """`locked` holds the lock of a unit and raises Trouble where another has it; `orphans` are the
    units at which a dead process of this person was, and when: its state locks are nobody's.
    `outputs` keeps what an applied unit gives to Applications. `outrun` is asked whenever a plan is
    made: its state may have moved because somebody applied a later commit meanwhile.
    """

    site: Site
    shelf: Shelf
    rules: Rules
    span: tuple[str, str]
    locked: Locked
    noted: Noted
    orphans: Mapping[str, Killed] = field(default_factory=dict)
    outputs: Keeping = no_keeping
    others: Collection[str] = ()
    """The units of the head: who stays."""
    outrun: Outrun = not_outrun

    async def apply(self, entry: Entry, changed: ChangedUnit) -> tuple[UnitResult, Entry]:
        """How it ended, and the entry as it is from now on. Nothing is raised for a failure."""
        started = time.time()
        begun = UnitResult(entry.unit, changed.how.value, plan=entry.plan, started=started)
        try:
            async with self.locked(entry.unit):
                result, entry = await self._applied(begun, entry, changed)
        except CommandFailed as error:
            result = failed(begun, error)
        except Trouble as error:
            result = stopped(begun, error)
        except OSError as error:
            # A full disk, say: programs of other units are not ended for it.
            result = stopped(begun, Trouble(f"{error.filename or 'a file'}: {error.strerror}"))
        return replace(result, started=started, seconds=time.time() - started), entry

    async def _applied(
        self, result: UnitResult, entry: Entry, changed: ChangedUnit
    ) -> tuple[UnitResult, Entry]:
        program = await self._ready(changed)
        saved = await self._saved(entry, program)
        async for attempt in self._attempts(saved, changed, program):
            if isinstance(attempt, UnitPlan):
                if attempt.status is Status.PLANNED and not attempt.ignored:
                    # Applied before, by a run that may have been killed before it said so.
                    await self._give(program, changed)
                return unplanned(result, attempt), after(entry, attempt)
            if not attempt.keeps_state:
                raise Refused(NO_BACKEND)
            decision = await self._decided(attempt, entry)
            if attempt.id != entry.plan:
                entry = with_plan(entry, attempt)
            result = replace(result, plan=attempt.id, counts=attempt.counts, serial=attempt.serial)
            if not decision.go:
                ended = _not_applied(decision)
                return replace(result, ended=ended, message=decision.reason), entry
            tried, done = await self._tried(result, attempt, changed, program)
            if tried is not None:
                return tried, replace(entry, done=done)
        return replace(result, ended=Ended.FAILED, message="its state moves all the time"), entry

    async def _ready(self, changed: ChangedUnit) -> UnitProgram:
        """The program of the unit, alone at it, with the state where it belongs."""
        program = await self._program(changed)
        await self._alone(program)
        await LostState(program, self.shelf).bring_back()
        if changed.moved_from and changed.how is How.MOVED:
            old = await self.site.program(changed.moved_from, self.span[0], "base")
            await move_state(old, program)
        return program

    async def _tried(
        self, result: UnitResult, plan: SavedPlan, changed: ChangedUnit, program: UnitProgram
    ) -> tuple[UnitResult | None, bool]:
        """How the apply of this plan ended, None where it is stale; and whether all is done."""
        await self.noted(replace(result, ended=Ended.APPLYING))
        since = time.time()
        try:
            done = await self._run(plan, program)
            if done is None:
                return None, False
        except (CommandFailed, ProgramError) as error:
            return await gone_wrong(result, error, program, self.shelf, since), False
        except asyncio.CancelledError:
            # It was ended in good order, and may have left its state too.
            await asyncio.shield(LostState(program, self.shelf).keep(since))
            raise
        left = await self._left(plan, changed, program)
        if program.is_grunt and (why := ignored(f"{done.stderr}\n{done.stdout}")):
            return await applied_in_part(result, why, done, program, self.shelf, since), False
        written = version_findings(result.unit, plan.written, plan.program)
        said = "; ".join(filter(None, ("".join(one.message for one in written), left)))
        return replace(result, ended=Ended.APPLIED, message=said), not left

    async def _left(self, plan: SavedPlan, changed: ChangedUnit, program: UnitProgram) -> str:
        """Write down what an apply left. Why that cannot be, "" where it can: then the next apply
        does it, which finds nothing else to do.
        """
        try:
            await self.shelf.drop(plan)
            await self._remember(program, changed)
        except (StoreError, KeysError) as error:
            return f"what it left is not written down: {error}"
        return ""

    async def _attempts(
        self, saved: SavedPlan | None, changed: ChangedUnit, program: UnitProgram
    ) -> AsyncIterator[SavedPlan | UnitPlan]:
        """The saved plan, then, where it is refused as stale, plans made anew."""
        if saved is not None:
            yield saved
        for _ in range(2):
            if said := await self.outrun(changed.id):
                raise Refused(said)
            yield await self._planned(changed, program)

    async def _remember(self, program: UnitProgram, changed: ChangedUnit) -> None:
        """What the applied unit gives to others, and which state it has by now."""
        if changed.how is not How.REMOVED:
            await self._seen.applied(program)
        await self._give(program, changed)

    async def _give(self, program: UnitProgram, changed: ChangedUnit) -> None:
        if changed.how is How.REMOVED:
            await self._seen.forget(changed.id)
        await self.outputs(program, changed)

    @property
    def _seen(self) -> SeenStates:
        return SeenStates(self.shelf.vault)

    async def _program(self, changed: ChangedUnit) -> UnitProgram:
        if changed.how is How.REMOVED:
            return await self.site.program(changed.unit, self.span[0], "base")
        return await self.site.program(changed.unit, self.span[1], "head")

    async def _saved(self, entry: Entry, program: UnitProgram) -> SavedPlan | None:
        """The plan that is kept for the unit, None where this program may not apply it."""
        if not entry.plan or entry.how == How.MOVED:
            return None
        saved = await self.shelf.plan(entry.plan, self.span[1], entry.unit)
        return saved if saved and saved.program == program.version else None

    async def _planned(self, changed: ChangedUnit, program: UnitProgram) -> SavedPlan | UnitPlan:
        """A plan made now and kept; the plan as a value where there is nothing to apply."""
        found = await plan_unit(changed, program, mocks=self.rules.mocks)
        if found.plan.status is Status.FAILED and await self._freed(found.plan.error, program):
            found = await plan_unit(changed, program, mocks=self.rules.mocks)
        found = found.told(await self._seen.judged(found.plan, self.others))
        if found.file is None:
            return found.plan
        commit = self.span[0] if changed.how is How.REMOVED else self.span[1]
        loses = len(list(data_findings(found.plan, self.rules.data)))
        saved = await self.shelf.keep(found, self.span, commit, loses)
        await self.shelf.trim(self.span[1])
        return saved

    async def _decided(self, saved: SavedPlan, entry: Entry) -> Decision:
        """A plan that does no more than one that was seen, or approved, is as good as that one."""
        no_more = saved.id == entry.plan or as_seen(entry, saved)
        # Who has the state besides may be known only since another unit was applied.
        doubt = saved.doubt or await self._seen.shared(saved, self.others)
        approved = await self.shelf.approval(saved.id)
        if approved is None and entry.plan and no_more and not doubt:
            approved = await self.shelf.approval(entry.plan)
        policy = policy_of(entry.unit, self.rules.policies)
        seen = entry.seen and no_more
        return decide(policy, saved.facts, seen=seen, approved=approved is not None, doubt=doubt)

    async def _run(self, saved: SavedPlan, program: UnitProgram) -> Done | None:
        """Apply exactly this file. None: it is stale, and nothing was done."""
        file = program.shop.clear(program.unit) / "apply"
        try:
            file.touch(0o600)
            file.write_bytes(saved.file)
            return await program.apply(file, saved.secrets)
        except CommandFailed as error:
            said = f"{error.done.stderr}\n{error.done.stdout}"
            if is_stale(said) or await self._freed(said, program):
                return None
            raise
        finally:
            file.unlink(missing_ok=True)

    async def _freed(self, said: str, program: UnitProgram) -> bool:
        """Whether a state lock was in the way that a dead process of ours left, and is gone now."""
        killed = [one for one in (self.orphans.get(program.unit.id),) if one]
        return bool(await freed(said, program, [*killed, *Presence(program).killed()]))

    async def _alone(self, program: UnitProgram) -> None:
        """Raises Refused where a program that a killed run left is still at this unit."""
        path = program.unit.path
        # Workspaces of one directory run at the same place.
        if any(one == path or one.startswith(f"{path}@") for one in self.orphans):
            await nothing_left(program)


def _not_applied(decision: Decision) -> Ended:
    if decision.never:
        return Ended.LEFT
    return Ended.WAITING if decision.waits else Ended.REFUSED
