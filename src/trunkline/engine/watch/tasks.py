"""Long-lived tasks: started in this one place, which names them, keeps them and ends them.

A task that fails by a mistake of ours is told of and started again after a pause: one loop that
stumbles must not end the watch, nor die unseen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any

from trunkline.core.event import Listener, Troubled

FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0
# What a task that was ended has under way is waited for so long; in seconds.
LONGEST = 20.0

Work = Callable[[], Coroutine[Any, Any, None]]


class Tasks:
    """Kept by name. Close it at the end."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._kept: dict[str, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Work) -> None:
        """Start the work, in place of what runs under this name; it ends when it returns."""
        self.end(name)
        task = asyncio.create_task(self._watched(name, work), name=name)
        self._kept[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))

    def end(self, name: str) -> None:
        if task := self._kept.pop(name, None):
            self._ending.add(task)
            task.cancel()

    def end_all(self, prefix: str) -> frozenset[asyncio.Task[None]]:
        """End those whose names begin so; what they have under way is for `over` to wait for."""
        found = {name: task for name, task in self._kept.items() if name.startswith(prefix)}
        for name in found:
            self.end(name)
        return frozenset(found.values())

    async def over(self, tasks: Collection[asyncio.Task[None]], seconds: float = LONGEST) -> None:
        """Wait for what ended tasks have under way; after so long they are asked again."""
        left = set(tasks)
        if left:
            _, left = await asyncio.wait(left, timeout=seconds)
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=seconds)

    async def close(self, seconds: float = LONGEST) -> None:
        """End all, and wait for them and for those that were ended before."""
        self.end_all("")
        await self.over(self._ending, seconds)

    def _ended(self, name: str, done: asyncio.Task[None]) -> None:
        self._ending.discard(done)
        if self._kept.get(name) is done:
            del self._kept[name]

    async def _watched(self, name: str, work: Work) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await work()
            except Exception as error:
                self._listener(Troubled(name, f"{type(error).__name__}: {error}"))
            else:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, LAST_PAUSE)
