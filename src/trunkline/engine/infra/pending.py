"""Units whose plan waits to be applied, as far as a commit has them."""

from __future__ import annotations

from trunkline.edge.git import Repository
from trunkline.engine.infra.shelf import Shelf


async def pending_units(shelf: Shelf, repository: Repository, commit: str) -> frozenset[str]:
    """Those of the newest planned range that this commit contains. Raises StoreError, KeysError.

    A range of a branch that is not merged holds nobody back.
    """
    for head in reversed(await shelf.heads()):
        if not repository.has(head) or repository.merge_base(head, commit) != head:
            continue
        if span := await shelf.span(head):
            return frozenset(one.unit for one in span.entries if not one.done)
    return frozenset()
