"""A list of a kind, in pages: an API server hands out a large one in pieces that belong together.

https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.manifest import Manifest
from trunkline.edge.cluster.answers import items_of
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Gone

Ask = Callable[[Mapping[str, str]], Awaitable[dict[str, Any]]]
"""Asks for one page by its query. Raises ApiError."""


class Page(Struct, frozen=True):
    """A part of a list. `first`: the list begins here, perhaps anew, so that what came before is
    void. A watch may go on from the `version` of the last page.
    """

    items: tuple[Manifest, ...]
    version: str
    first: bool


async def paged(
    ask: Ask, resource: Resource, query: Mapping[str, str], cluster: str
) -> AsyncIterator[Page]:
    """All pages, begun anew once if one comes too late (410). Raises ApiError."""
    token, again, first = "", True, True
    while True:
        try:
            found = await ask({**query, "continue": token} if token else query)
        except Gone:
            if not again:
                raise
            token, again, first = "", False, True
            continue
        kind = {"apiVersion": resource.api_version, "kind": resource.kind}
        items = tuple({**kind, **item} for item in items_of(found, cluster))
        meta = found.get("metadata") or {}
        yield Page(items, str(meta.get("resourceVersion") or ""), first)
        first = False
        token, before = str(meta.get("continue") or ""), token
        if not token:
            return
        if token == before:
            # Another page has another token: this list would never end.
            raise ApiError(
                f"{cluster} gives the same page of {resource.plural} again and again",
                cluster=cluster,
            )
