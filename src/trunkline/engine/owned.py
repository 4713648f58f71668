"""Looking below objects that are not well, for what they own.

Each kind of a namespace is listed once for all objects that ask; where nothing is unwell nothing is
asked. A cluster that does not answer, or does not allow it, leaves the health as it is.
"""

from __future__ import annotations

import asyncio

from msgspec import Struct, field

from trunkline.core.health import Health
from trunkline.core.health.owned import UNWELL, below, kinds_below, with_owned
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError

Place = tuple[str, str, str]
"""A namespace, a group and a kind."""


class Owned(Struct):
    """One look at what objects of one cluster own; a later look needs a new one."""

    client: ClusterClient
    _lists: dict[Place, asyncio.Task[list[Manifest]]] = field(default_factory=dict)

    async def health(self, owner: Manifest | None, health: Health) -> Health:
        """The health of an object with what it owns counted in."""
        if owner is None or health.status not in UNWELL:
            return health
        ref = Ref.of(owner)
        if not ref.namespace:
            return health
        places = [(ref.namespace, *kind) for kind in kinds_below(ref)]
        found = await asyncio.gather(*(self._listed(place) for place in places))
        return with_owned(health, below(owner, [one for some in found for one in some]))

    async def _listed(self, place: Place) -> list[Manifest]:
        if place not in self._lists:
            name = "list {} {}/{}".format(*place)
            self._lists[place] = asyncio.create_task(self._list(*place), name=name)
        return await asyncio.shield(self._lists[place])

    async def _list(self, namespace: str, group: str, kind: str) -> list[Manifest]:
        try:
            resource = (await self.client.discovery()).find(group, kind)
            if resource is None:
                return []
            return [one async for one in self.client.list(resource, namespace=namespace)]
        except ApiError:
            return []
