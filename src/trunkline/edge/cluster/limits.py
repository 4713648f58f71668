"""What one cluster may cost: connections, requests a second, time."""

from __future__ import annotations

import asyncio
import time

from msgspec import Struct


class ClientLimits(Struct, frozen=True):
    """Times in seconds.

    `timeout` is for one request with all its repetitions, `contact` for the first word with a
    cluster: what it serves. `burst` requests may go at once before the rate counts.
    `retries` counts the tries after the first.
    """

    connections: int = 24
    requests_per_second: float = 1000.0
    burst: int = 1000
    timeout: float = 30.0
    connect_timeout: float = 5.0
    contact: float = 9.0
    retries: int = 4


class Rate:
    """A budget of requests as a virtual schedule (GCRA): each takes the next slot, and slots may
    be up to `burst` behind the clock."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._interval = 1.0 / max(per_second, 0.1)
        self._slack = self._interval * (max(burst, 1) - 1)
        self._slot = 0.0

    async def turn(self) -> None:
        """Wait until the next request fits into the budget."""
        now = time.monotonic()
        self._slot = max(self._slot + self._interval, now - self._slack)
        if self._slot > now:
            await asyncio.sleep(self._slot - now)
