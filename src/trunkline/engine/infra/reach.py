"""How clusters are reached that units of infrastructure made: kept sealed in the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkline.edge.store import Store


REACH = "cluster reach"
"""The room of the vault."""


async def reach(store: Store, unit: str) -> bytes | None:
    """What `output -json` of the unit said when it was applied or asked last."""
    return await store.vault.kept(REACH, unit)
