"""Long-lived tasks: started in this one place, which names them, keeps them and ends them.

A task that fails by a mistake of ours is told of and started again after a pause: one loop that
stumbles must not end the watch, nor die unseen.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from trunkline.core.event import Listener, Troubled

FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0

Work = Callable[[], Coroutine[Any, Any, None]]


class Tasks:
    """Kept by name. Close it at the end."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._kept: dict[str, asyncio.Task[None]] = {}

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._kept))

    def keep(self, name: str, work: Work) -> None:
        """Start the work, in place of what runs under this name; it ends when it returns."""
        self.end(name)
        task = asyncio.create_task(self._watched(name, work), name=name)
        self._kept[name] = task
        task.add_done_callback(lambda done: self._ended(name, done))

    def end(self, name: str) -> None:
        if task := self._kept.pop(name, None):
            task.cancel()

    async def close(self, seconds: float = 20.0) -> None:
        """End all, and wait for what they have under way; after so long they are asked again."""
        tasks = set(self._kept.values())
        for _ in range(2):
            for task in tasks:
                task.cancel()
            if tasks:
                _, tasks = await asyncio.wait(tasks, timeout=seconds)

    def _ended(self, name: str, done: asyncio.Task[None]) -> None:
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
