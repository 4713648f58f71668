"""The loop that all controllers share: changes wake keys, a key is reconciled once at a time.

A controller never waits inside: everything that it reads and writes is in this process. What it
wants to look at again later it says by answering a number of seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterator, Sequence
from typing import Protocol

from trunkline.sandbox.errors import ApiStatus
from trunkline.sandbox.store import Change, Store

log = logging.getLogger(__name__)

Key = tuple[str, str]
"""(namespace, name) or whatever a controller calls its work."""

# After so many keys others get a turn.
TURN = 20
RETRY = 0.2


class Controller(Protocol):
    def keys(self, change: Change) -> Iterator[Key]:
        """The keys to look at after a change."""

    def reconcile(self, key: Key) -> float | None:
        """Bring one key to its wanted state; seconds until it wants to look again, or None."""


class Loop:
    def __init__(self, store: Store, controllers: Sequence[Controller]) -> None:
        self._controllers = controllers
        self._waiting: dict[tuple[int, Key], None] = {}
        self._timers: dict[tuple[int, Key], asyncio.TimerHandle] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        store.listen_everywhere(self._heard)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="sandbox controllers")

    async def stop(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def _heard(self, change: Change) -> None:
        for number, controller in enumerate(self._controllers):
            for key in controller.keys(change):
                self._add(number, key)

    def _add(self, number: int, key: Key) -> None:
        self._waiting[number, key] = None
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            count = 0
            while self._waiting:
                number, key = next(iter(self._waiting))
                del self._waiting[number, key]
                self._reconcile(number, key)
                count += 1
                if count % TURN == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)

    def _reconcile(self, number: int, key: Key) -> None:
        controller = self._controllers[number]
        try:
            later = controller.reconcile(key)
        except ApiStatus as error:
            log.debug("%s %s: %s", type(controller).__name__, key, error)
            later = RETRY
        except Exception:
            log.exception("%s could not reconcile %s", type(controller).__name__, key)
            later = RETRY
        if later is not None:
            self._later(number, key, later)

    def _later(self, number: int, key: Key, seconds: float) -> None:
        timer = self._timers.pop((number, key), None)
        if timer:
            timer.cancel()
        loop = asyncio.get_running_loop()
        self._timers[number, key] = loop.call_later(seconds, self._due, number, key)

    def _due(self, number: int, key: Key) -> None:
        self._timers.pop((number, key), None)
        self._add(number, key)
