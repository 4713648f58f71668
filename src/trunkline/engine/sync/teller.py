"""Saying what a wait waits for: once, and after a while with the reason that lies below it.

What an object owns is looked at ever more seldom, so that a fleet that waits asks little.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from msgspec import Struct, field

from trunkline.core.health import Health
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.engine.live import Live
from trunkline.engine.owned import Owned

Told = Callable[[Ref, str], None]

# Seconds until the first look below, and how much longer until each next one.
FIRST_LOOK, SLOWER = 5.0, 3.0


class Teller(Struct):
    """Tells of one wait."""

    client: ClusterClient
    live: Live
    told: Told
    _waits_for: tuple[Ref, str] | None = None
    _last: str = ""
    _pause: float = field(default_factory=lambda: FIRST_LOOK)
    _look_at: float = field(default_factory=lambda: time.monotonic() + FIRST_LOOK)

    async def tell(self, ref: Ref, health: Health) -> None:
        """That the wait is for this object, unless that was the last word."""
        if (ref, health.message) != self._waits_for:
            self._waits_for = ref, health.message
            self._last = ""
            self._say(ref, health.message)
        elif time.monotonic() >= self._look_at:
            self._pause *= SLOWER
            self._look_at = time.monotonic() + self._pause
            why = await Owned(self.client).health(self.live.get(ref), health)
            self._say(ref, why.message)

    def _say(self, ref: Ref, message: str) -> None:
        if message != self._last:
            self._last = message
            self.told(ref, message)
