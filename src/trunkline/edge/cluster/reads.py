"""What is asked of one API server and changes nothing: objects, lists, watches, logs.

Every method is one request (a list: one per page). What it needs to know of kinds it takes from
the server's own discovery.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.answers import WatchEvent, event_of, items_of, parsed
from trunkline.edge.cluster.catalogue import Catalogue
from trunkline.edge.cluster.discovery import Discovery, Resource, segment
from trunkline.edge.cluster.errors import ApiError, Forbidden, Gone, NotFound
from trunkline.edge.cluster.paging import Page, paged
from trunkline.edge.cluster.transport import Request, Transport

METADATA = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"

# A watch is begun anew this often, so that a connection that died silently is noticed; in seconds.
WATCH_SECONDS = 300
LOG_LINES = 2000

# What a server says of a version that it has not reached: it was restored from a backup.
FUTURE = "Too large resource version"


Name = tuple[str, str]
"""Namespace, "" for what has none, and name."""


class Reads:
    """Reads one cluster, as whoever its access says. Close it at the end."""

    def __init__(self, name: str, transport: Transport, catalogue: Catalogue | None = None) -> None:
        self.name = name
        self._transport = transport
        self._catalogue = catalogue or Catalogue(name, self._ask, transport.limits)

    @property
    def address(self) -> str:
        """Where the API server is."""
        return self._transport.address

    async def discovery(self) -> Discovery:
        """What the cluster serves, as it was when it was asked last."""
        return await self._catalogue.current()

    async def rediscover(self) -> Discovery:
        """Ask again: a CRD came or went."""
        return await self._catalogue.renewed()

    async def get(self, ref: Ref, version: str = "") -> Manifest | None:
        """The live object, in this version of its kind or else in the preferred one; None where it,
        its namespace or its kind does not exist."""
        resource = await self._catalogue.known(ref, version)
        if resource is None:
            return None
        try:
            return await self._get(resource.path_of(ref))
        except NotFound:
            return None

    async def list(
        self,
        resource: Resource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        page: int = 500,
    ) -> AsyncIterator[Manifest]:
        """Every object of a kind.

        Begun anew once if a page comes too late (410): what came before then comes again.
        """
        pages = self.pages(
            resource,
            namespace=namespace,
            label_selector=label_selector,
            field_selector=field_selector,
            page=page,
        )
        async for one in pages:
            for item in one.items:
                yield item

    def pages(
        self,
        resource: Resource,
        *,
        namespace: str = "",
        label_selector: str = "",
        field_selector: str = "",
        page: int = 500,
    ) -> AsyncIterator[Page]:
        """Every object of a kind, page by page; begun anew once if a page comes too late (410)."""
        query = _given(limit=str(page), labelSelector=label_selector, fieldSelector=field_selector)

        async def ask(asked: Mapping[str, str]) -> dict[str, Any]:
            return await self._get(resource.path(namespace), asked)

        return paged(ask, resource, query, self.name)

    async def names(
        self, resource: Resource, *, namespace: str = "", most: int = 1000
    ) -> frozenset[Name] | None:
        """The names of a kind, in a namespace or everywhere; None where there are more."""
        query = {"limit": str(most)}
        found = await self._get(resource.path(namespace), query, accept=METADATA)
        if (found.get("metadata") or {}).get("continue"):
            return None
        metas = (one["metadata"] for one in items_of(found, self.name))
        return frozenset((str(one.get("namespace") or ""), str(one["name"])) for one in metas)

    async def pulse(self) -> int:
        """The version that the cluster is at; 0 where it does not say. Raises Unreachable.

        It goes back only when the cluster was restored from a backup.
        """
        try:
            found = await self._get("/api/v1/namespaces", {"limit": "1"})
        except (Forbidden, NotFound):
            return 0
        version = str((found.get("metadata") or {}).get("resourceVersion") or "")
        return int(version) if version.isdecimal() else 0

    async def check_served(self, manifest: Manifest) -> None:
        """Raises Unserved where the cluster has no such kind in this version; nothing is asked
        beyond what it serves."""
        version = str(manifest.get("apiVersion", "")).rpartition("/")[2]
        await self._catalogue.found(Ref.of(manifest), version)

    async def wait_gone(self, ref: Ref, *, timeout: float = 60.0, uid: str = "") -> None:
        """Wait until the object is gone; with a uid another of its name is no matter.

        Raises ApiError with the finalizers that hold it.
        """
        ends, pause = time.monotonic() + timeout, 0.05
        while live := await self.get(ref):
            meta = live.get("metadata") or {}
            if uid and meta.get("uid") != uid:
                return
            if time.monotonic() + pause > ends:
                held = ", ".join(meta.get("finalizers") or ())
                why = f"finalizers hold it: {held}" if held else "nothing says why"
                raise ApiError(
                    f"{ref} is still in {self.name} after {timeout:g} s; {why}",
                    reason="Timeout",
                    cluster=self.name,
                )
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 1.0)

    async def watch(
        self,
        resource: Resource,
        *,
        resource_version: str,
        namespace: str = "",
        label_selector: str = "",
        seconds: int = WATCH_SECONDS,
    ) -> AsyncIterator[WatchEvent]:
        """Changes since a version, bookmarks too, until the server ends the stream.

        It does so after `seconds` at the latest: then watch again from the last version. Raises
        Gone where the version is too old, or one that the server never had: list again.
        """
        query = _given(
            watch="1",
            allowWatchBookmarks="true",
            resourceVersion=resource_version,
            labelSelector=label_selector,
            timeoutSeconds=str(seconds),
        )
        request = Request("GET", resource.path(namespace), query)
        longest = seconds + self._transport.limits.timeout
        try:
            async for line in self._transport.lines(request, seconds=longest):
                yield event_of(parsed(line, self.name), self.name)
        except ApiError as error:
            if FUTURE in str(error):
                raise Gone(str(error), status=410, cluster=self.name) from error
            raise

    async def logs(self, ref: Ref, container: str = "") -> str:
        """The end of the log of a pod's container."""
        place = f"/api/v1/namespaces/{segment(ref.namespace)}/pods/{segment(ref.name)}/log"
        query = {"tailLines": str(LOG_LINES)}
        if container:
            query["container"] = container
        request = Request("GET", place, query, accept="*/*")
        return (await self._transport.request(request)).decode(errors="replace")

    async def close(self) -> None:
        self._catalogue.close()
        await self._transport.close()

    async def _ask(self, path: str, accept: str) -> dict[str, Any]:
        return await self._get(path, accept=accept)

    async def _get(
        self, path: str, query: Mapping[str, str] | None = None, accept: str = "application/json"
    ) -> dict[str, Any]:
        request = Request("GET", path, query or {}, accept=accept)
        return parsed(await self._transport.request(request), self.name)


def _given(**parameters: str) -> dict[str, str]:
    return {key: value for key, value in parameters.items() if value}
