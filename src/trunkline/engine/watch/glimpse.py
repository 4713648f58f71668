"""The live side of one look, over digests: whole objects are in memory only while it lasts."""

from __future__ import annotations

from trunkline.core.health import Health
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Resource
from trunkline.engine.judge import Judge
from trunkline.engine.live import MISSING, Live
from trunkline.engine.watch.digests import Digests


class Glimpse(Live):
    """What is asked of an object is answered from what was read in this look, else by its digest.

    What the look reads and writes goes into the digests at once, so that nobody waits for the
    watch to tell of it.
    """

    def __init__(self, client: ClusterClient, digests: Digests, judge: Judge) -> None:
        super().__init__(client, judge)
        self._digests = digests

    def has(self, ref: Ref) -> bool:
        return super().has(ref) or self._digests.get(ref) is not None

    def content(self, ref: Ref) -> str:
        """Of what this look read or wrote itself, though the watch may have shown more since."""
        found = self._digests.get(ref)
        return super().content(ref) or (found.content if found else "")

    def owner(self, ref: Ref) -> str:
        found = self._digests.get(ref)
        return super().owner(ref) or (found.owner if found else "")

    def health(self, ref: Ref) -> Health:
        if super().has(ref):
            return super().health(ref)
        found = self._digests.get(ref)
        return found.health if found else MISSING

    def refs_of(self, component_id: str) -> frozenset[Ref]:
        return self._digests.refs_of(component_id)

    def component_ids(self) -> set[str]:
        return self._digests.owners()

    def saw(self, ref: Ref, live: Manifest | None) -> None:
        super().saw(ref, live)
        self._digests.read(ref, live)

    async def sweep(self) -> None:
        """The watch has found all that carries our mark."""

    async def _load_kind(self, resource: Resource, wanted: set[Ref]) -> None:
        await self._load_missing(resource, wanted)
