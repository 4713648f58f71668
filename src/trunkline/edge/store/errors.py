"""What can go wrong with the store, said once and for all of it."""

from __future__ import annotations


class StoreError(Exception):
    """The store cannot be used; `remedy` says what to do. The clusters are not affected."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class Leased(Exception):
    """Somebody else holds the lease: who, and since when (Unix time)."""

    def __init__(self, key: str, owner: str, since: float) -> None:
        super().__init__(f"{key} is held by {owner}")
        self.owner = owner
        self.since = since
