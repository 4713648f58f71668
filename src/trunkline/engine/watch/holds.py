"""Applications that wait for infrastructure, at one commit: asked anew while there are any.

An apply is another process, often on another machine: what it recorded in the store is seen here at
the next look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping

from trunkline.core.event import HeldBack, LetGo, Listener

Ask = Callable[[], Awaitable[Mapping[str, str]]]


async def nobody() -> Mapping[str, str]:
    return {}


class Holds:
    """`ask` says who waits, each with the reason; `before` are the holds of the commit before."""

    def __init__(self, ask: Ask = nobody, before: Holds | None = None) -> None:
        self._ask = ask
        self._reasons: Mapping[str, str] = before._reasons if before else {}

    def reason(self, component_id: str) -> str:
        """What the component waits for, in words; "" for nothing."""
        return self._reasons.get(component_id, "")

    async def look(self, listener: Listener) -> frozenset[str]:
        """Ask, and tell what is new; the ids of those that wait for something else now, or for
        nothing any more.
        """
        before, self._reasons = self._reasons, await self._ask()
        told: dict[str, list[str]] = defaultdict(list)
        for one, reason in sorted(self._reasons.items()):
            if before.get(one) != reason:
                told[reason].append(one)
        for reason, ids in told.items():
            listener(HeldBack(tuple(ids), reason))
        gone = sorted(before.keys() - self._reasons.keys())
        if gone:
            listener(LetGo(tuple(gone)))
        return frozenset([*gone, *(one for ids in told.values() for one in ids)])

    async def again(self, listener: Listener) -> frozenset[str]:
        """As `look`, where anybody waits at all."""
        return await self.look(listener) if self._reasons else frozenset()
