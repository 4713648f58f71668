"""The directory of a unit, and what runs in it once it is initialised: by us for OpenTofu and
Terraform; Terragrunt, which copies a source to a place of its own, inits by itself.

Workspaces of one directory share it, and with it the lock file of their providers: they are
initialised one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from msgspec import Struct

from trunkline.core.infra.said import (
    error_of,
    is_locked,
    is_race,
    newer_state,
    refuses_pin,
    refuses_reconfigure,
    wants_init,
)
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.trouble import Trouble
from trunkline.edge.programs.environment import plugins_in
from trunkline.edge.programs.run import Done
from trunkline.edge.programs.turn import LOCK_FILE, alone, init_turn, is_used, trust_in_cache
from trunkline.engine.infra import errored
from trunkline.engine.infra.sources import Sources
from trunkline.engine.infra.workshop import NOTHING_TOLD, Told, Workshop

RACES = 3
LOCK_POLL = 0.2
INIT = ("init", "-input=false", "-no-color")


class CommandFailed(Trouble):
    """A program that ended badly; the message is its own, without frames and prefixes.

    `sources` know which files of the repository it means.
    """

    def __init__(self, done: Done, sources: Sources) -> None:
        said = error_of(done.stderr if "rror" in done.stderr else done.said)
        super().__init__(newer_state(said) or sources.named(said))
        self.done = done


class Directory(Struct, frozen=True):
    """Every method that runs something raises CommandFailed, ProgramError."""

    unit: Unit
    shop: Workshop
    init_key: str = ""
    pinned: bool = False
    """Whether the commit itself holds the unit's lock file."""
    moves: bool = False
    """Whether a module of it may be another than when it was fetched."""

    @property
    def name(self) -> str:
        """What plans, applies and shows: OpenTofu or Terraform, with its version."""
        return str(self.shop.programs.terraform)

    @property
    def version(self) -> str:
        """Whose plan it is: a plan is applied by the same program only."""
        programs = self.shop.programs
        grunt = f" by {programs.for_terragrunt}" if self.is_grunt else ""
        return f"{self.name}{grunt}"

    @property
    def is_grunt(self) -> bool:
        return self.unit.kind is UnitKind.TERRAGRUNT

    @property
    def _trust(self) -> dict[str, str]:
        pinned = self.pinned and not self.is_grunt
        return trust_in_cache(self.shop.programs.terraform, pinned=pinned)

    def _completing(self) -> tuple[str, ...]:
        tree = self.shop.checkout.tree
        return tuple(f"-backend-config={tree / one}" for one in self.unit.backend_files)

    def variables(self) -> tuple[str, ...]:
        return tuple(f"-var-file={self.shop.checkout.tree / one}" for one in self.unit.var_files)

    async def prepared(
        self,
        words: tuple[str, ...],
        *,
        lasting: bool = False,
        secrets: Sequence[str] = (),
        plain: bool = False,
    ) -> Done:
        """The command in a directory that is initialised: by us, or by Terragrunt itself.

        `lasting` is for one that must end well though we are killed meanwhile, `plain` for one
        whose output is a value.
        """
        log = self.shop.clear(self.unit) / "log" if lasting else None
        told = Told(log, tuple(secrets), plain)
        if self.is_grunt:
            return await self._below(words, told)
        await self._init(again=False)
        done = await self.terraform(words, self.shop.directory(self.unit), told=told)
        if done.code == 1 and wants_init(done.said):
            await self._init(again=True)
            done = await self.terraform(words, self.shop.directory(self.unit), told=told)
        return done

    async def _init(self, *, again: bool) -> None:
        mark = self.shop.scratch(self.unit) / "initialised"
        if not again and self.init_key and text_in(mark) == self.init_key:
            return
        mark.unlink(missing_ok=True)
        async with self.shop.door(self.unit):
            self.well(await self._initialised())
        if self.unit.selected:
            self.well(await self._select(self.unit.selected))
        mark.write_text(self.init_key)

    async def _initialised(self) -> Done:
        directory = self.shop.directory(self.unit)
        words = (*INIT, "-reconfigure", *self._completing())
        async with self._init_turn():
            done = await self.terraform(words, directory, workspace=False)
            if done.code and not self.pinned and (directory / LOCK_FILE).exists():
                # The lock file that another commit's code left may pin what this one refuses.
                (directory / LOCK_FILE).unlink()
                done = await self.terraform(words, directory, workspace=False)
        if done.code and refuses_reconfigure(done.said):
            # Such a block has one workspace of one host: nothing is kept of another.
            words = (*INIT, *self._completing())
            async with self._init_turn():
                done = await self.terraform(words, directory, workspace=False)
        if _met_another(done):
            async with alone(self._plugins):
                done = await self.terraform(words, directory, workspace=False)
        return done

    async def _select(self, workspace: str) -> Done:
        """The workspace, made where it is not there. To make one, a backend takes a lock for which
        no option waits, and PostgreSQL's is one for all workspaces."""
        words = ("workspace", "select", "-no-color", "-or-create=true", workspace)
        until = time.monotonic() + self.shop.limits.lock_seconds
        while True:
            done = await self.terraform(words, self.shop.directory(self.unit), workspace=False)
            if not (done.code and is_locked(done.said) and time.monotonic() < until):
                return done
            await asyncio.sleep(LOCK_POLL)

    async def _below(self, words: tuple[str, ...], told: Told) -> Done:
        """By Terragrunt, which inits by itself."""
        done = await self._grunted(words, told)
        if done.code and not self.pinned and refuses_pin(done.said):
            # Terragrunt puts a lock file beside the unit, which pins what another commit asked for.
            (self.shop.directory(self.unit) / LOCK_FILE).unlink(missing_ok=True)
            await asyncio.to_thread(self.forget_modules)
            done = await self._grunted(words, told)
        return done

    async def _grunted(self, words: tuple[str, ...], told: Told) -> Done:
        if failed := await self._fetching():
            return failed
        done = await self._terragrunt(words, told)
        for _ in range(RACES):
            if not _met_another(done):
                break
            async with alone(self._plugins):
                await self._terragrunt(INIT)
            done = await self._terragrunt(words, told)
        return done

    async def _fetching(self) -> Done | None:
        """Once for a commit, what its init may fetch is fetched before, alone; how that failed."""
        mark = self.shop.scratch(self.unit) / "fetched"
        key = f"{self.shop.checkout.commit} {self.version}"
        if text_in(mark) == key and is_used(self._plugins):
            return None
        async with self._init_turn() as fetches:
            done = await self._terragrunt(INIT) if fetches else None
        if done is not None and done.code:
            return None if _met_another(done) else done
        mark.write_text(key)
        return None

    def forget_modules(self) -> None:
        """Have the next init fetch them anew; a state that was left beside them stays."""
        scratch = self.shop.scratch(self.unit)
        (scratch / "initialised").unlink(missing_ok=True)
        (scratch / "fetched").unlink(missing_ok=True)
        shutil.rmtree(scratch / "data" / "modules", ignore_errors=True)
        if not any((scratch / "copies").rglob(errored.NAME)):
            shutil.rmtree(scratch / "copies", ignore_errors=True)

    def _init_turn(self) -> AbstractAsyncContextManager[bool]:
        program = self.shop.programs.terraform
        return init_turn(program, self.shop.directory(self.unit), self._plugins)

    @property
    def _plugins(self) -> Path:
        return plugins_in(self.shop.cache)

    async def terraform(
        self,
        words: tuple[str, ...],
        cwd: Path,
        *,
        workspace: bool = True,
        told: Told = NOTHING_TOLD,
    ) -> Done:
        env = self._trust
        if not self.is_grunt:
            env["TF_DATA_DIR"] = str(self.shop.scratch(self.unit) / "data")
            if workspace and self.unit.selected:
                env["TF_WORKSPACE"] = self.unit.selected
        words = self._with_variables(words)
        command: list[str | Path] = [self.shop.programs.terraform.path, *words]
        return await self.shop.run(command, cwd, env, told)

    def _with_variables(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The command with the variables that say where OpenTofu finds modules and the state. A
        plan has them anyway, and a saved plan holds them.
        """
        name, *_ = words
        is_tofu = self.shop.programs.terraform.kind == "tofu"
        if not (self.unit.early and is_tofu) or name in ("plan", "apply"):
            return words
        at = 2 if name in ("state", "workspace", "providers") else 1
        return (*words[:at], *self.variables(), *words[at:])

    async def _terragrunt(self, words: tuple[str, ...], told: Told = NOTHING_TOLD) -> Done:
        grunt = self.shop.programs.for_terragrunt.path
        command: list[str | Path] = [grunt, "run", "--", *words]
        return await self.shop.run(command, self.shop.directory(self.unit), self._grunt(), told)

    def _grunt(self) -> Mapping[str, str]:
        return {
            **self._trust,
            "TG_DOWNLOAD_DIR": str(self.shop.scratch(self.unit) / "copies"),
            "TG_TF_FORWARD_STDOUT": "true",
            "TG_LOG_LEVEL": "warn",
        }

    def well(self, done: Done) -> Done:
        if done.code:
            raise CommandFailed(done, self.sources())
        return done

    def sources(self) -> Sources:
        modules = [one.rstrip("/") for one in self.unit.reads if one.endswith("/")]
        folders = (self.unit.path, *modules)
        return Sources(self.shop.checkout.tree, self.worked_in(), folders)

    def worked_in(self) -> Path:
        """Where the program itself ran: Terragrunt copies a source and works in the copy."""
        if not self.is_grunt:
            return self.shop.directory(self.unit)
        copies = self.shop.scratch(self.unit) / "copies"
        found = sorted(errored.initialised(copies), key=lambda one: one.stat().st_mtime)
        return found[-1] if found else self.shop.directory(self.unit)


def _met_another(done: Done) -> bool:
    """Whether another init was in the way of this one."""
    return done.code != 0 and is_race(done.said)


def text_in(path: Path) -> str:
    """What a file holds, "" where it cannot be read."""
    try:
        return path.read_text()
    except OSError:
        return ""


@contextlib.contextmanager
def beside(file: Path, text: str) -> Iterator[None]:
    """A file of ours among those of a commit, for as long as the block runs. The commit may have a
    link at its place, which leads anywhere: nothing is written through it.
    """
    file.unlink(missing_ok=True)
    try:
        with file.open("x") as opened:
            opened.write(text)
        yield
    finally:
        file.unlink(missing_ok=True)
