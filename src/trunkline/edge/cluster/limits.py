"""What one cluster may cost: connections, requests a second, time."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Times in seconds. `retries` counts the tries after the first of a request."""

    connections: int = 24
    requests_per_second: float = 200.0
    timeout: float = 30.0
    connect_timeout: float = 5.0
    retries: int = 4


class Rate:
    """A budget of requests: `per_second` on average, one second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second = max(per_second, 0.1)
        self._free_at = 0.0

    async def turn(self) -> None:
        """Wait until the next request fits into the budget."""
        now = time.monotonic()
        self._free_at = max(self._free_at, now - 1.0) + 1.0 / self._per_second
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)
