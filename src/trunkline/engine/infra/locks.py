"""The lock of a unit: one apply at a time, and everybody sees whose it is and since when."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from msgspec import Struct

from trunkline.core.shell import word
from trunkline.edge.store.errors import Leased, LeaseLost
from trunkline.engine.infra.refused import Refused

if TYPE_CHECKING:
    from trunkline.edge.store import Store

KEY = "unit "


class UnitLock(Struct, frozen=True):
    """`holder` is a person with a machine and a process, and what they do."""

    unit: str
    holder: str
    since: float
    dead: bool = False

    @property
    def age(self) -> float:
        """In seconds."""
        return max(0.0, time.time() - self.since)


@contextlib.asynccontextmanager
async def locked(store: Store, unit: str, holder: str) -> AsyncIterator[None]:
    """Hold a unit's lock. Raises Refused where another has it, or took it."""
    try:
        async with store.lease(f"{KEY}{unit}", holder):
            yield
    except LeaseLost as lost:
        raise Refused(f"its lock was taken away by {lost.owner}") from lost
    except Leased as error:
        minutes = (time.time() - error.since) / 60
        raise Refused(
            f"it is locked by {error.owner}, for {minutes:.0f} min; if that is dead: "
            f"trunkline infra unlock {word(unit)}"
        ) from error


async def unit_locks(store: Store) -> list[UnitLock]:
    return [
        UnitLock(one.key.removeprefix(KEY), one.owner, one.since, one.dead)
        for one in await store.holdings(KEY)
    ]


async def unlock(store: Store, lock: UnitLock) -> bool:
    """Take a unit's lock away from this holder; whether it still had it."""
    return await store.break_lease(f"{KEY}{lock.unit}", lock.holder, lock.since)
