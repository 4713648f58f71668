"""The store: SQLite in a file, or PostgreSQL; runs, verdicts, inventory, leases and a vault."""

from trunkline.edge.store.errors import Leased, LeaseLost, SealError, StoreError
from trunkline.edge.store.inventory import Inventory
from trunkline.edge.store.store import Store

__all__ = ["Inventory", "LeaseLost", "Leased", "SealError", "Store", "StoreError"]
