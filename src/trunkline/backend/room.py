"""How much may be in memory at a time: what many bring at once waits for its turn."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Room:
    """So many bytes for all. Whoever needs more than is free waits, first come first served."""

    def __init__(self, size: int) -> None:
        self._free = self._size = size
        self._turn = asyncio.Lock()
        self._freed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def taken(self, size: int) -> AsyncIterator[None]:
        need = min(size, self._size)
        if self._turn.locked() or self._free < need:
            async with self._turn, self._freed:
                await self._freed.wait_for(lambda: self._free >= need)
                self._free -= need
        else:
            self._free -= need
        try:
            yield
        finally:
            self._free += need
            if self._turn.locked():
                async with self._freed:
                    self._freed.notify_all()


class Shares:
    """The room for all, of which one name has at most a share: who brings something slowly, again
    and again, keeps others of his name waiting and nobody else.
    """

    def __init__(self, size: int, share: int) -> None:
        self._all = Room(size)
        self._share = share
        self._own: dict[str, Room] = {}

    @contextlib.asynccontextmanager
    async def taken(self, name: str, size: int) -> AsyncIterator[None]:
        own = self._own.setdefault(name, Room(self._share))
        async with own.taken(size), self._all.taken(min(size, self._share)):
            yield
