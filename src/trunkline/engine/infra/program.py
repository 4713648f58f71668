"""The commands of one unit: as OpenTofu or Terraform takes them, or through Terragrunt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from trunkline.core.infra.planfile.unsure import Unsure
from trunkline.edge.git.checkout import is_ours
from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.left import left_in, living_since
from trunkline.edge.programs.masked import MASK
from trunkline.edge.programs.run import Done
from trunkline.edge.programs.turn import LOCK_FILE
from trunkline.engine.infra import errored
from trunkline.engine.infra.backend import Backend
from trunkline.engine.infra.directory import CommandFailed, Directory, text_in
from trunkline.engine.infra.workshop import Told

# What `plan -detailed-exitcode` gives where there are changes.
CHANGES = 2
VALUE = Told(plain=True)
# What programs that lock a state are called.
NAMES = ("tofu", "terraform")


def at_unit(place: Path, unit: str) -> bool:
    """Whether a place may be a unit's directory, or lie in it, in some clone of the repository."""
    return not unit or f"/{unit}/" in f"{place}/"


class UnitProgram(Directory, frozen=True):
    """Runs the program for one unit. Every method raises CommandFailed, ProgramError."""

    async def plan(self, out: Path, *options: str) -> Done:
        """A saved plan in the file `out`."""
        if self.moves:
            await asyncio.to_thread(self.forget_modules)
        words = ("plan", "-input=false", "-no-color", "-detailed-exitcode", f"-out={out}")
        done = await self.prepared((*words, self._waiting, *self.variables(), *options))
        if done.code not in (0, CHANGES):
            raise CommandFailed(done, self.sources())
        return done

    async def show(self, plan: Path) -> str:
        """The JSON of a saved plan. It is secret. It needs the providers only, and no hook."""
        words = ("show", "-json", "-no-color", str(plan))
        return self._whole(await self.terraform(words, self.worked_in(), told=VALUE))

    async def schemas(self) -> str:
        """The JSON of its providers' schemas, whole and as it is. Raises Unsure too."""
        done = await self.terraform(("providers", "schema", "-json", "-no-color"), self.worked_in())
        if self.well(done).cut or MASK in done.stdout:
            raise Unsure("the schemas were not printed whole")
        return done.stdout

    def locks(self) -> str:
        """The lock file of the providers that it has now, "" for none."""
        return text_in(self.worked_in() / LOCK_FILE)

    async def apply(self, plan: Path, secrets: Sequence[str] = ()) -> Done:
        """Exactly this plan; `secrets` are masked in what is said."""
        words = ("apply", "-input=false", "-no-color", self._waiting, str(plan))
        async with errored.seat(self.unit, self.shop):
            done = await self.prepared(words, lasting=True, secrets=secrets)
        return self.well(done)

    async def pull_state(self) -> str:
        """The state as the backend has it, "" for none yet. It is secret."""
        return self._whole(await self.prepared(("state", "pull", "-no-color"), plain=True))

    async def outputs(self) -> str:
        """The outputs of the state as JSON, sensitive ones in clear. It is secret."""
        return self._whole(await self.prepared(("output", "-json", "-no-color"), plain=True))

    async def push_state(self, state: Path) -> None:
        words = ("state", "push", "-no-color", self._waiting, str(state))
        self.well(await self.prepared(words, lasting=True))

    async def unlock_state(self, lock: str) -> None:
        """Take away the state lock of this id."""
        words = ("force-unlock", "-no-color", "-force", lock)
        self.well(await self.prepared(words, lasting=True))

    def errored_state(self) -> Path | None:
        """The state that the program could not hand to its backend, if it left one."""
        scratch = self.shop.scratch(self.unit)
        found = errored.place_of(self.unit, scratch, self.worked_in())
        return found if found.is_file() else None

    def errored_states(self) -> list[Path]:
        """Those that earlier programs left, the newest last."""
        return errored.left_of(self.unit, self.shop)

    def backend(self) -> Backend:
        """What keeps its state, once the directory is initialised."""
        if self.is_grunt:
            return Backend.told(self.worked_in() / ".terraform")
        return Backend.told(self.shop.scratch(self.unit) / "data")

    def left(self) -> tuple[int, ...]:
        """Processes that an earlier run left working on this unit, in whichever checkout."""
        return left_in(*self.shop.every_folder(self.unit), *self.shop.every_scratch(self.unit))

    def others_since(self, when: float) -> tuple[Path, ...]:
        """Where programs that nobody but a person may have started are at this unit, in a clone of
        theirs, and were at a time in Unix seconds. In checkouts of ours leases keep them apart.
        """
        names = {*NAMES, self.shop.programs.terraform.path.name}
        found = living_since(names, when)
        return tuple(one for one in found if at_unit(one, self.unit.path) and not is_ours(one))

    @property
    def _waiting(self) -> str:
        return f"-lock-timeout={self.shop.limits.lock_seconds}s"

    def _whole(self, done: Done) -> str:
        """A value that was printed: of a part of it nothing can be made."""
        if self.well(done).cut:
            raise ProgramError(
                f"{self.name} printed more of {self.unit.id} than is read (64 MiB)",
                remedy="make several units of it",
            )
        return done.stdout

    def place(self, name: str) -> str:
        """The path in the repository of a file that the program names."""
        return self.sources().place(name)
