"""Which objects are surely not there, without asking for each.

A first sync asks for hundreds of objects of which none is there yet. From the third question about
a kind in a namespace on, the names that it holds are asked for, once. That a name is missing
answers; one that is there says only that reading it is worth the while.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import Forbidden, NotFound

SINGLE = 2
"""So many objects of a kind in a namespace are read without asking for all names."""

Place = tuple[str, str, str]
"""Group, kind and namespace."""


class Names:
    """The names of one moment: whoever looks again begins with `forget`."""

    def __init__(self, client: ClusterClient) -> None:
        self._client = client
        self._asked: Counter[Place] = Counter()
        self._found: dict[Place, asyncio.Task[frozenset[str] | None]] = {}

    async def lack(self, resource: Resource, ref: Ref) -> bool:
        """Whether the object is known not to be there. Raises ApiError."""
        place = _place(ref)
        self._asked[place] += 1
        if self._asked[place] <= SINGLE or (resource.namespaced and not ref.namespace):
            return False
        names = self._found.get(place)
        if names is None:
            said = f"names of {ref.kind} in {ref.namespace or self._client.name}"
            names = asyncio.create_task(self._names(resource, ref.namespace), name=said)
            self._found[place] = names
        found = await asyncio.shield(names)
        return found is not None and ref.name not in found

    def forget(self, ref: Ref) -> None:
        self._asked.pop(_place(ref), None)
        self._found.pop(_place(ref), None)

    async def _names(self, resource: Resource, namespace: str) -> frozenset[str] | None:
        """None where they cannot be had, or are too many for one answer."""
        try:
            return await self._client.names(resource, namespace=namespace)
        except (Forbidden, NotFound):
            return None


def _place(ref: Ref) -> Place:
    return ref.group, ref.kind, ref.namespace
