"""The store: SQLite in a file, or PostgreSQL; runs, verdicts, inventory, leases and a vault.

`Store` and its database library are loaded by whoever asks for them first: that takes as long as
many a plan.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from trunkline.edge.store.errors import Leased, LeaseLost, SealError, StoreError

if TYPE_CHECKING:
    from trunkline.edge.store.store import Store

__all__ = ["LeaseLost", "Leased", "SealError", "Store", "StoreError"]


def __getattr__(name: str) -> Any:
    if name != "Store":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.store").Store
