"""What goes wrong with a store.

The caller can always go on without a store, so every error says what was not kept and what to do.
No database library is loaded here: who only catches these need not wait for one.
"""

from __future__ import annotations

import time

from trunkline.core.trouble import Trouble


class StoreError(Trouble):
    """The store cannot be used now; the message says which, why and what to do."""


class Damaged(StoreError):
    """The file is no database, or its pages contradict each other."""


class Full(StoreError):
    """The disk, or the server's, has no room for it."""


class SealError(StoreError):
    """A sealed value that cannot be opened; the message says what to do."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)


class Leased(Exception):
    """Another process holds the lease. `since` is Unix time in seconds.

    Not a StoreError: the store works, and its answer is no.
    """

    def __init__(self, key: str, owner: str, since: float) -> None:
        self.key, self.owner, self.since = key, owner, since
        moment = time.strftime("%H:%M:%S", time.localtime(since))
        super().__init__(
            f"{key} is being synced by {owner} since {moment}; wait until it has ended"
        )


class LeaseLost(Leased):
    """This process held the lease, did not renew it in time, and another took it over."""


def lost_key(what: str, key_id: str, place: str) -> SealError:
    return SealError(
        f"{what}: sealed with the key {key_id or 'of no known form'}, which {place} does not hold",
        f"bring that key back into {place} (or TRUNKLINE_KEY), from the machine that has it or from"
        " a backup; without it what is sealed is lost",
    )
