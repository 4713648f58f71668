"""What became of a request to write a state."""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.infra.state.lock import LockInfo
from trunkline.edge.store.states.rows import Version


class Kept(Struct, frozen=True):
    """What was written; `again` where the same had been written before."""

    version: Version
    again: bool = False


class Refused(Struct, frozen=True):
    """Why nothing was written. `holder` is the lock that is in the way; `unlocked` says that the
    writer asked for no lock at all.
    """

    message: str
    remedy: str = ""
    holder: LockInfo | None = None
    unlocked: bool = False
