"""A queue of keys, never of events: what is to be looked at, however often that was asked for.

A key that is added while somebody works on it comes again when that work is done, so that no
change is missed and no two work on the same key. As client-go's workqueue does it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict


class KeyQueue:
    """Keys in the order in which they were first added."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, None] = OrderedDict()
        self._working: set[str] = set()
        self._again: set[str] = set()
        self._later: dict[str, asyncio.TimerHandle] = {}
        self._some = asyncio.Event()

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nobody works; what comes later does not count."""
        return not (self._waiting or self._working)

    def others(self, key: str) -> bool:
        """Whether any other key waits or is worked on."""
        return bool(self._waiting.keys() - {key} or self._working - {key})

    def add(self, key: str) -> None:
        self.forget(key)
        if key in self._working:
            self._again.add(key)
        else:
            self._waiting[key] = None
            self._some.set()

    def add_after(self, key: str, seconds: float) -> None:
        """Add the key later; the earliest of several times counts."""
        loop = asyncio.get_running_loop()
        at = loop.time() + seconds
        known = self._later.get(key)
        if known is None or known.when() > at:
            self.forget(key)
            self._later[key] = loop.call_at(at, self.add, key)

    def forget(self, key: str) -> None:
        """Take back what was to be added later."""
        if timer := self._later.pop(key, None):
            timer.cancel()

    async def get(self) -> str:
        """The next key, which is then worked on until `done`."""
        while not self._waiting:
            self._some.clear()
            await self._some.wait()
        key, _ = self._waiting.popitem(last=False)
        self._working.add(key)
        return key

    def done(self, key: str) -> None:
        self._working.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def close(self) -> None:
        for key in list(self._later):
            self.forget(key)
