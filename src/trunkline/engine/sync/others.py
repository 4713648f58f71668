"""Taking turns in a cluster, and waiting for what another component may bring.

A namespace or a kind may come from another component of the same run. Rather than fail, or wait
for a fixed time, whoever misses something tries again when another component of its cluster has
brought a namespace or a kind. An operator may bring kinds by itself: so it tries once more when all
others have ended and any of them wrote something. After that it is missing indeed.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from msgspec import Struct

from trunkline.core.run import Outcome, Step

OPENERS = frozenset({"Namespace", "CustomResourceDefinition", "APIService"})
"""What other objects stand in, or are of."""


class Moment(Struct, frozen=True):
    """How many components had brought an opener until then, and how many had written at all."""

    opened: int = 0
    written: int = 0

    def after(self, steps: Iterable[Step]) -> Moment:
        done = [one.ref.kind for one in steps if one.outcome is Outcome.SUCCEEDED]
        return Moment(self.opened + (not OPENERS.isdisjoint(done)), self.written + bool(done))


class Others:
    """The components of one cluster that are being worked on, `at_once` at the same time."""

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._changed = asyncio.Condition()
        self._left = 0
        self.moment = Moment()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """One component is worked on inside of the context."""
        self._left += 1
        try:
            async with self._slots:
                yield
        finally:
            await self._change(left=-1)

    def brought(self, steps: Iterable[Step]) -> None:
        """What the component of this turn did; the others learn of it when the turn ends."""
        self.moment = self.moment.after(steps)

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Give the turn to others while one only waits."""
        self._slots.release()
        try:
            yield
        finally:
            await self._slots.acquire()

    async def may_have_brought_it(self, since: Moment) -> bool:
        """Wait for what was missed at that moment; False when nobody is left who could bring it."""
        async with self.aside():
            await self._change(left=-1)
            try:
                async with self._changed:
                    await self._changed.wait_for(
                        lambda: self.moment.opened > since.opened or self._left == 0
                    )
                    return self.moment != since
            finally:
                self._left += 1

    async def _change(self, *, left: int) -> None:
        async with self._changed:
            self._left += left
            self._changed.notify_all()
