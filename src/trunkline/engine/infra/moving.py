"""The state of a unit that moved to another directory moves with it.

Where the state's place follows the directory, the new place is empty: the old state is put there,
once, before the unit is applied. Otherwise nothing has to be done.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from trunkline.engine.infra.program import UnitProgram


async def has_state(program: UnitProgram) -> bool:
    """Whether there is a state at the place of a unit. Raises CommandFailed, ProgramError."""
    return holds_state(await program.pull_state())


async def move_state(old: UnitProgram, new: UnitProgram) -> bool:
    """Whether the state was moved now. Raises CommandFailed, ProgramError.

    The old one stays where it is: nothing reads it, and it is the way back.
    """
    if await has_state(new):
        return False
    state = await old.pull_state()
    if not holds_state(state):
        return False
    file = new.shop.clear(new.unit) / "moved.tfstate"
    try:
        await asyncio.to_thread(_write, file, state)
        await new.push_state(file)
    finally:
        file.unlink(missing_ok=True)
    return True


def holds_state(text: str) -> bool:
    """A state that holds something; an empty one may be written by looking for it."""
    try:
        said = json.loads(text) if text.strip() else {}
    except ValueError:
        return False
    return bool(said.get("resources") or said.get("outputs"))


def _write(file: Path, text: str) -> None:
    file.touch(0o600)
    file.write_text(text)
