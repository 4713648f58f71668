"""Which objects are surely not there, without asking for each.

A first sync asks for hundreds of objects of which none is there yet. After a few questions about a
kind its names in the whole cluster are asked for, once; where those are too many, or not for us to
see, the names in a namespace from the third question there on. That a name is missing answers; one
that is there says only that reading it is worth the while.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError
from trunkline.edge.cluster.reads import Name

FEW = 4
"""So many objects of a kind are looked for without asking for its names in the whole cluster."""

SINGLE = 2
"""So many objects of a kind in a namespace are read without asking for all names there."""

Place = tuple[str, str, str]
"""Group, kind and namespace; "" for the whole cluster."""

WHOLE = ""


class Names:
    """The names of one moment: whoever looks again begins with `forget`."""

    def __init__(self, client: ClusterClient) -> None:
        self._client = client
        self._asked: Counter[Place] = Counter()
        self._found: dict[Place, asyncio.Task[frozenset[Name] | None]] = {}

    async def lack(self, resource: Resource, ref: Ref) -> bool:
        """Whether the object is known not to be there."""
        if resource.namespaced and not ref.namespace:
            return False
        # What has no namespace stands in the whole cluster only.
        for namespace, alone in {WHOLE: FEW, ref.namespace: SINGLE}.items():
            names = await self._of(resource, namespace, alone)
            if names is not None:
                return (ref.namespace, ref.name) not in names
        return False

    def forget(self, ref: Ref) -> None:
        for place in ((ref.group, ref.kind, WHOLE), (ref.group, ref.kind, ref.namespace)):
            self._asked.pop(place, None)
            self._found.pop(place, None)

    async def _of(self, resource: Resource, namespace: str, alone: int) -> frozenset[Name] | None:
        """The names in a place after more than `alone` questions about it; None: not known."""
        place = (resource.group, resource.kind, namespace)
        self._asked[place] += 1
        if self._asked[place] <= alone:
            return None
        if place not in self._found:
            said = f"names of {resource.kind} in {namespace or self._client.name}"
            self._found[place] = asyncio.create_task(self._names(resource, namespace), name=said)
        return await asyncio.shield(self._found[place])

    async def _names(self, resource: Resource, namespace: str) -> frozenset[Name] | None:
        """None where they are too many for one answer, or cannot be had: each object is asked for
        then, and tells by itself what is wrong."""
        try:
            return await self._client.names(resource, namespace=namespace)
        except ApiError:
            return None
