"""Checks for drift again and again, spread over a period.

Which units are next follows from what is remembered of them, not from a list made at the start: a
unit that comes is checked soon, and a restart goes on where the last run was.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct, field

from trunkline.core.infra.pace import due, pause
from trunkline.engine.watch.bell import Bell

Round = Callable[[int], Awaitable[int]]
"""Checks so many units, those that were checked the longest ago; gives how many there are."""


class DriftWatch(Struct):
    """Runs until it is stopped. What a round raises is for the round to tell; it must not raise."""

    period: float
    round: Round
    luck: Callable[[], float] = random.random
    clock: Callable[[], float] = time.monotonic
    bell: Bell = field(default_factory=Bell)
    _running: asyncio.Task[None] | None = None
    _stopping: bool = False

    @property
    def stopping(self) -> bool:
        return self._stopping

    def stop(self) -> None:
        """End, and the programs of the round that is under way with it: they only read, or write
        their state and give back its lock first."""
        self._stopping = True
        if self._running:
            self._running.cancel()

    async def run(self) -> None:
        if self._stopping:
            return
        self._running = asyncio.create_task(self._rounds(), name="checks for drift")
        try:
            await self._running
        except asyncio.CancelledError:
            if not self._stopping:
                self._running.cancel()
                raise
        finally:
            self._running = None

    async def _rounds(self) -> None:
        units, since = 1, self.clock()
        while True:
            count = due(units, self.period, self.clock() - since)
            since = self.clock()
            units = await self.round(count)
            await self.bell.wait(pause(units, self.period, self.luck()))
