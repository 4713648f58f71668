"""A state that the backend of a unit did not take: kept until it does.

The program leaves it in a file. It is sealed in the store; where the store cannot keep it either,
as on a disk that is full, the file stays where it is. Whoever applies the unit next brings it back
first: to plan without it would make things a second time.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from msgspec import Struct

from trunkline.core.infra.kept_state import KeptState
from trunkline.core.shell import word
from trunkline.core.trouble import Trouble
from trunkline.engine.infra.directory import CommandFailed
from trunkline.engine.infra.program import UnitProgram
from trunkline.engine.infra.shelf import Shelf

NAMED = 5
COARSE = 2.0
"""Seconds by which a file system's clock may be behind."""


class Outdated(Trouble):
    """The backend has another state by now, which does not know all that the kept one does."""


class NotTaken(Trouble):
    """The backend does not take it yet; what its program said."""


class LostState(Struct, frozen=True):
    """Of one unit. Every method raises StoreError, CommandFailed, ProgramError."""

    program: UnitProgram
    shelf: Shelf

    async def keep(self, since: float) -> str:
        """Keep what the program left since then. What is to be said of it, "" where it left
        nothing."""
        left = await asyncio.to_thread(self.program.errored_state)
        if left is None or left.stat().st_mtime < since - COARSE:
            return ""
        try:
            await self._seal(left)
        except Trouble as error:
            return f"its state lies in {left}, for {error}; infra resume writes it"
        return "its state is kept here, sealed: infra resume writes it"

    async def bring_back(self) -> None:
        """Give the backend what it did not take. Raises Outdated and NotTaken too."""
        # A run that was killed could seal nothing, and its program may have ended after it.
        for left in await asyncio.to_thread(self.program.errored_states):
            await self._push(left.read_bytes())
            left.unlink()
        state = await self.shelf.lost(self._unit)
        if state is not None:
            await self._push(state)
            await self.shelf.drop_lost(self._unit)

    async def _seal(self, left: Path) -> None:
        await self.shelf.keep_lost(self._unit, left.read_bytes())
        left.unlink()

    async def _push(self, state: bytes) -> None:
        file = self.program.shop.clear(self.program.unit) / "lost.tfstate"
        try:
            file.touch(0o600)
            file.write_bytes(state)
            await self.program.push_state(file)
        except CommandFailed as error:
            await self._look(state, error)
        finally:
            file.unlink(missing_ok=True)

    async def _look(self, state: bytes, refused: CommandFailed) -> None:
        """The backend refused it: nothing is lost where it knows all of it. Raises otherwise, with
        what it said where the reason is not the state that it has."""
        kept, now = KeptState.of(state), KeptState.of(await self.program.pull_state())
        if kept.is_outdone_by(now):
            return
        if kept.follows(now):
            raise NotTaken(f"the state that is kept is not written yet: {refused}") from refused
        alone = kept.alone(now)
        more = f" and {len(alone) - NAMED} more" if len(alone) > NAMED else ""
        knows = f", which does not know {', '.join(alone[:NAMED])}{more}" if alone else ""
        raise Outdated(
            f"a state (serial {kept.serial}) is kept that its backend did not take, and it has "
            f"another one by now (serial {now.serial}{knows}): "
            f"trunkline infra kept {word(self._unit)}"
        )

    @property
    def _unit(self) -> str:
        return self.program.unit.id
