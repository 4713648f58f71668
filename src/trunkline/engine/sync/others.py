"""Taking turns in a cluster, and waiting for what another component may bring.

A namespace or a kind may come from another component of the same run. Rather than fail, or wait
for a fixed time, whoever misses something tries again when another component of its cluster has
ended; when nobody is left who could bring it, it is missing indeed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Others:
    """The components of one cluster that are being worked on, `at_once` at the same time."""

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._changed = asyncio.Condition()
        self._left = 0
        self.ended = 0
        """How many have ended so far."""

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One component is worked on inside of the context."""
        self._left += 1
        try:
            async with self._slots:
                yield
        finally:
            await self._change(left=-1, ended=1)

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Give the turn to others while one only waits."""
        self._slots.release()
        try:
            yield
        finally:
            await self._slots.acquire()

    async def one_ended(self, since: int) -> bool:
        """Wait until another has ended since then; False when all that are left wait like this."""
        async with self.aside():
            await self._change(left=-1)
            try:
                async with self._changed:
                    await self._changed.wait_for(lambda: self.ended > since or self._left == 0)
                    return self.ended > since
            finally:
                self._left += 1

    async def _change(self, *, left: int, ended: int = 0) -> None:
        async with self._changed:
            self._left += left
            self.ended += ended
            self._changed.notify_all()
