"""What one component has in one cluster, as the store remembers it between two syncs."""

from __future__ import annotations

from msgspec import Struct

from trunkline.core.manifest import Ref


class Inventory(Struct, frozen=True):
    """`commit` is what it was synced to, `applied` when: Unix time in seconds."""

    commit: str
    refs: frozenset[Ref]
    applied: float = 0.0
