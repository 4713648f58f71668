"""Everything that a run of infrastructure needs of one repository on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import posixpath
from collections.abc import Awaitable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import Struct, field

from trunkline.core.infra.initkey import LOCK_FILE, init_key
from trunkline.core.infra.modules import Modules
from trunkline.core.infra.moving_source import has_moving_modules, has_moving_source
from trunkline.core.infra.reading import Files
from trunkline.core.infra.terragrunt import UNIT_FILE
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.trouble import Trouble
from trunkline.edge.git import Repository
from trunkline.edge.git.checkout import Checkout, Checkouts
from trunkline.edge.programs.found import Programs
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.schemas import Schemas
from trunkline.engine.infra.workshop import Limits, Workshop

# The checkout in which a unit that moves is planned beside its backend (`moved_plan.py`).
MOVED = "moved"


class Site(Struct):
    """A context: checkouts that were taken are given back when it is left."""

    repository: Repository
    checkouts: Checkouts
    programs: Programs
    environment: Mapping[str, str]
    cache: Path
    schemas: Schemas
    limits: Limits = field(default_factory=Limits)
    begun: Mapping[str, Awaitable[Checkout]] = field(default_factory=dict)
    """By commit the checkouts that somebody else takes, and gives back."""
    started: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether a program works on a unit: until then whatever else is done holds it up."""

    _shops: dict[tuple[str, bool], Workshop] = field(default_factory=dict)
    _files: dict[str, Files] = field(default_factory=dict)
    _stacks: set[tuple[str, Path]] = field(default_factory=set)
    _exits: contextlib.AsyncExitStack = field(default_factory=contextlib.AsyncExitStack)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()

    async def program(self, unit: Unit, commit: str, purpose: str = "head") -> UnitProgram:
        """What runs a unit as the commit has it. Raises GitError, CommandFailed, ProgramError."""
        async with self._turn:
            shop = await self._shop(commit, purpose)
            if unit.generated_by:
                await self._generate(unit.generated_by, shop)
            if unit.kind is UnitKind.TERRAGRUNT:
                moves = await asyncio.to_thread(self._moves, unit, commit)
                return UnitProgram(unit, shop, pinned=self._pinned(unit, commit), moves=moves)
            return await asyncio.to_thread(self._initialised, unit, commit, shop)

    async def _shop(self, commit: str, purpose: str) -> Workshop:
        place = (commit, purpose == MOVED)
        if place not in self._shops:
            checkout = await self._checkout(commit, purpose)
            turns = next((one.turns for one in self._shops.values()), None)
            self._shops[place] = Workshop(
                checkout,
                self.programs,
                self.environment,
                self.cache,
                self.schemas,
                self.limits,
                turns or asyncio.Semaphore(self.limits.parallelism),
                self.started,
            )
        return self._shops[place]

    async def _checkout(self, commit: str, purpose: str) -> Checkout:
        if commit in self.begun and purpose != MOVED:
            return await self.begun[commit]
        return await self._exits.enter_async_context(self.checkouts.at(commit, purpose))

    async def _generate(self, stack: str, shop: Workshop) -> None:
        """Have Terragrunt make a stack's units in the checkout, once."""
        made = (stack, shop.checkout.tree)
        if made in self._stacks:
            return
        directory = shop.checkout.tree / posixpath.dirname(stack)
        command: list[str | Path] = [self.programs.for_terragrunt.path, "stack", "generate"]
        done = await shop.run(command, directory)
        if done.code:
            raise Trouble(f"{stack}: its units cannot be made: {done.said[:500]}")
        self._stacks.add(made)

    def _initialised(self, unit: Unit, commit: str, shop: Workshop) -> UnitProgram:
        files = self._files_of(commit)
        modules = Modules(files).reading(unit.path, unit.path).modules
        program = str(self.programs.terraform)
        named = (*unit.backend_files, *(unit.var_files if unit.early else ()))
        key = init_key(files, unit.path, modules, program, named)
        moves = has_moving_modules(files, (unit.path, *modules))
        return UnitProgram(unit, shop, key, self._pinned(unit, commit), moves)

    def _pinned(self, unit: Unit, commit: str) -> bool:
        return self._files_of(commit).is_known(posixpath.join(unit.path, LOCK_FILE))

    def _moves(self, unit: Unit, commit: str) -> bool:
        """Whether a unit of Terragrunt runs a module, or one that calls a module, that moves."""
        files = self._files_of(commit)
        own = posixpath.join(unit.path, UNIT_FILE)
        named = (own, *(one for one in unit.reads if one.endswith(".hcl")))
        modules = (unit.path, *(one.rstrip("/") for one in unit.reads if one.endswith("/")))
        return has_moving_source(files, named) or has_moving_modules(files, modules)

    def _files_of(self, commit: str) -> Files:
        if commit not in self._files:
            self._files[commit] = Files(self.repository.again().snapshot(commit))
        return self._files[commit]
