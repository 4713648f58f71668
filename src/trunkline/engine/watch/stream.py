"""One kind in one cluster: listed once in pages, then followed from the version of the list.

A watch that ends is begun again from the last version seen, in an event or a bookmark. Where that
version is gone, the kind is listed anew. So a cut costs nothing, and a lost bookmark costs a list.
"""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import SELECTOR
from trunkline.edge.cluster.answers import WatchEvent
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Forbidden, Gone, NotFound
from trunkline.engine.judge import Judge
from trunkline.engine.watch.digests import Digest, Digests, Kind
from trunkline.engine.watch.pace import spread

# A watch that ends is resumed at once; one that ends again and again waits longer each time.
FIRST_PAUSE, LAST_PAUSE = 0.02, 30.0
# One that lived so long is no sign of trouble.
LIVED = 5.0
# How long the server may keep a watch open.
LONGEST = 300.0
# A kind that may not be listed, or is not served any more, is tried again after this.
REFUSED = 300.0


class Place(Protocol):
    """The cluster that a stream belongs to."""

    digests: Digests
    judge: Judge

    @property
    def client(self) -> ClusterClient: ...

    def doubt(self, error: ApiError) -> None:
        """Something did not answer."""
        ...


class Stream:
    """Keeps the digests of one kind. `whole` follows all objects, not only those with our mark."""

    def __init__(self, place: Place, resource: Resource, *, whole: bool = False) -> None:
        self.resource = resource
        self.kind: Kind = (resource.group, resource.kind)
        self.listed = asyncio.Event()
        self.whole = whole
        self._place = place
        self._digests = place.digests
        self._selector = "" if whole else SELECTOR
        self._version = ""
        self._pause = FIRST_PAUSE

    def anew(self) -> None:
        """List before the next watch; for whoever then runs it again."""
        self._version = ""

    async def run(self) -> None:
        """List and follow until cancelled."""
        while True:
            began = time.monotonic()
            try:
                if not self._version:
                    await self._list()
                await self._follow()
            except Gone:
                self._version = ""
            except (Forbidden, NotFound):
                # Whoever may not list a kind may still be allowed to read single objects of it.
                self.listed.set()
                self._version = ""
                await asyncio.sleep(spread(REFUSED))
            except ApiError as error:
                self._place.doubt(error)
            if time.monotonic() - began > LIVED:
                self._pause = FIRST_PAUSE
            await asyncio.sleep(spread(self._pause))
            self._pause = min(self._pause * 2, LAST_PAUSE)

    async def _list(self) -> None:
        found: dict[Ref, Digest] = {}
        version = ""
        async for page in self._place.client.pages(self.resource, label_selector=self._selector):
            if page.first:
                found.clear()
            for one in page.items:
                found[Ref.of(one)] = await self._digest(one)
            version = page.version
        self._digests.replace(self.kind, found)
        self._version = version
        self.listed.set()

    async def _follow(self) -> None:
        events = self._place.client.watch(
            self.resource,
            resource_version=self._version,
            label_selector=self._selector,
            seconds=int(spread(LONGEST)),
        )
        async for event in events:
            await self._take(event)

    async def _take(self, event: WatchEvent) -> None:
        if event.type == "DELETED":
            self._digests.saw_gone(Ref.of(event.object), event.object)
        elif event.type != "BOOKMARK":
            self._digests.saw(Ref.of(event.object), await self._digest(event.object))
        version = (event.object.get("metadata") or {}).get("resourceVersion")
        self._version = str(version or self._version)

    async def _digest(self, live: Manifest) -> Digest:
        """The digest, with the health that the user's own rule says where there is one."""
        judge = self._place.judge
        health = await judge.health(live) if judge.asks(Ref.of(live)) else None
        return self._digests.of(live, health)
