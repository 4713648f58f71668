"""The store: runs, inventory, verdicts and leases. Losing it loses history only."""

from trunkline.edge.store.errors import Leased, StoreError
from trunkline.edge.store.store import Inventory, Store

__all__ = ["Inventory", "Leased", "Store", "StoreError"]
