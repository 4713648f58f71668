"""What time it is for all who share a store: by the server's clock where that is PostgreSQL.

Machines that share a store disagree by seconds, one whose clock was never set by hours: by its own
it would take what another holds. SQLite's file is of one machine, whose clock all read.
"""

from __future__ import annotations

import time

from sqlalchemy import Double, cast, extract, func, select

from trunkline.edge.store.connection import AsyncConnection

# Of the server: a transaction's own time, `now()`, would stand still in it.
_NOW = select(cast(extract("epoch", func.clock_timestamp()), Double))
ASKED_AGAIN = 60.0
"""Seconds after which the server is asked anew: in between its time goes on with this machine's
steady clock, which nobody sets.
"""


class Clock:
    """Unix time in seconds. Every wait for the server is one of the caller's transaction."""

    def __init__(self) -> None:
        self._asked = 0.0
        self._began: float | None = None

    async def now(self, connection: AsyncConnection) -> float:
        if connection.dialect.name == "sqlite":
            return time.time()
        if self._began is None or time.monotonic() - self._asked > ASKED_AGAIN:
            server: float = (await connection.execute(_NOW)).scalar_one()
            # As late as can be, so that it is never ahead of the server's.
            self._asked = time.monotonic()
            self._began = server - self._asked
        return self._began + time.monotonic()
