"""Where units are run: a checkout, the programs, and what they see of this machine."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from trunkline.core.infra.unit import Unit
from trunkline.edge.git.checkout import Checkout
from trunkline.edge.programs.ending import GRACE
from trunkline.edge.programs.found import Programs
from trunkline.edge.programs.run import Done, run
from trunkline.engine.infra.schemas import Schemas

# What only reads has no state to write when it is ended.
READERS_GRACE = 5.0


class Limits(Struct, frozen=True):
    """Seconds for one program, for the lock of a state, and how many programs run at a time."""

    seconds: float = 3600.0
    lock_seconds: int = 60
    parallelism: int = 4


@dataclass(frozen=True, slots=True)
class Told:
    """Where a program's output goes, and what is masked in it. With a `log` it goes into that file
    first, so that the program ends well without us. `plain`: nothing is masked in what it prints
    where it ends well, for that is a value.
    """

    log: Path | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    plain: bool = False


NOTHING_TOLD = Told()


@dataclass(slots=True)
class Workshop:
    """One checkout in use. `cache` is what all units of this machine share."""

    checkout: Checkout
    programs: Programs
    environment: Mapping[str, str]
    cache: Path
    schemas: Schemas
    limits: Limits = field(default_factory=Limits)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))
    started: asyncio.Event = field(default_factory=asyncio.Event)
    _seats: dict[str, asyncio.Lock] = field(default_factory=dict)
    _doors: dict[str, asyncio.Lock] = field(default_factory=dict)

    def directory(self, unit: Unit) -> Path:
        return self.checkout.tree / unit.path

    def scratch(self, unit: Unit) -> Path:
        """A folder of this unit alone, at the same place at every run in this checkout."""
        name = hashlib.sha256(unit.id.encode(errors="surrogateescape")).hexdigest()[:16]
        return _made(self.checkout.beside / name)

    def clear(self, unit: Unit) -> Path:
        """Such a folder for what is secret: it goes with this process, even one that is killed."""
        return _made(self.checkout.clear / self.scratch(unit).name)

    def every_folder(self, unit: Unit) -> list[Path]:
        """Its directory in all checkouts of the repository, those of others too."""
        return [one / "tree" / unit.path for one in self._checkouts()]

    def every_scratch(self, unit: Unit) -> list[Path]:
        """Its scratch folder in each of them."""
        scratch = self.scratch(unit).relative_to(self.checkout.tree.parent)
        return [one / scratch for one in self._checkouts()]

    def _checkouts(self) -> list[Path]:
        return [one for one in self.checkout.tree.parent.parent.iterdir() if one.is_dir()]

    def seat(self, unit: Unit) -> asyncio.Lock:
        """Held by who has the directory of the unit for itself: other workspaces of it wait."""
        return self._seats.setdefault(unit.path, asyncio.Lock())

    def door(self, unit: Unit) -> asyncio.Lock:
        """Held by who initialises the directory of the unit."""
        return self._doors.setdefault(unit.path, asyncio.Lock())

    async def run(
        self,
        command: Sequence[str | Path],
        cwd: Path,
        env: Mapping[str, str] | None = None,
        told: Told = NOTHING_TOLD,
    ) -> Done:
        """A program in its turn. Raises ProgramError where it cannot be started or ended."""
        seen = {**self.environment, **(env or {})}
        seconds, log, secrets = self.limits.seconds, told.log, told.secrets
        async with self.turns:
            self.started.set()
            try:
                return await run(
                    command,
                    cwd,
                    seen,
                    timeout=seconds,
                    secrets=secrets,
                    into=log,
                    plain=told.plain,
                    grace=GRACE if log else READERS_GRACE,
                )
            finally:
                if log is not None:
                    log.unlink(missing_ok=True)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
