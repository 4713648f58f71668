"""The app with its store, as clusters and infrastructure both need it."""

from __future__ import annotations

import asyncio
import contextlib
from importlib import import_module
from typing import TYPE_CHECKING

from trunkline.app.offline import OfflineApp
from trunkline.edge.store.errors import StoreError
from trunkline.engine.infra.shelf import Shelf

if TYPE_CHECKING:
    from trunkline.edge.store import Store


class StoredApp(OfflineApp):
    """One repository with a store, opened when it is first needed."""

    _opening: asyncio.Task[Store] | None = None

    async def store(self) -> Store:
        """The store. Whoever asks at the same moment waits for the same one. Raises StoreError."""
        task = self._opening
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            self._opening = task = asyncio.create_task(self._open_store(), name="opening the store")
            self._exits.push_async_callback(_close, task)
        return await asyncio.shield(task)

    async def shelf(self) -> Shelf:
        return Shelf((await self.store()).vault)

    async def _open_store(self) -> Store:
        # A database library takes as long to load as a plan takes: clusters are asked meanwhile.
        library = await asyncio.to_thread(import_module, "trunkline.edge.store.store")
        place = self._places.store_of(self.repository.root)
        opened: Store = await library.Store.open(place, keys=self._places.keys)
        return opened


async def _close(opening: asyncio.Task[Store]) -> None:
    """What could not be opened was told to whoever asked for it."""
    with contextlib.suppress(StoreError):
        await (await opening).close()
