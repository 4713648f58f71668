"""The app with its store, as clusters and infrastructure both need it."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from trunkline.engine.infra.shelf import Shelf
from trunkline.offline import OfflineApp

if TYPE_CHECKING:
    from trunkline.edge.store import Store


class StoredApp(OfflineApp):
    """One repository with a store, opened when it is first needed."""

    _store: Store | None = None

    async def store(self) -> Store:
        """The store. Raises StoreError."""
        if self._store is None:
            # A database library takes as long to load as a plan takes: that runs meanwhile.
            library = await asyncio.to_thread(import_module, "trunkline.edge.store.store")
            place = self._places.store_of(self.repository.root)
            self._store = await library.Store.open(place, keys=self._places.keys)
            self._exits.push_async_callback(self._store.close)
        return self._store

    async def shelf(self) -> Shelf:
        return Shelf((await self.store()).vault)
