"""A dynamic client of one API server: plain manifests in, plain manifests out.

Every method is one request (a list: one per page). What it needs to know of kinds it takes from
the server's own discovery.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import MANAGER
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.discovery import Discovery, Resource, discovered
from trunkline.edge.cluster.errors import Gone, NotFound, refusal
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.transport import Transport

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """`type` is ADDED, MODIFIED, DELETED or BOOKMARK."""

    type: str
    object: Manifest


class ClusterClient:
    """One cluster. Close it at the end."""

    def __init__(self, name: str, transport: Transport) -> None:
        self.name = name
        self._transport = transport
        self._discovery: asyncio.Task[Discovery] | None = None

    async def discovery(self) -> Discovery:
        """What the cluster serves, as it was when it was asked last."""
        task = self._discovery
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = self._discovery = asyncio.create_task(discovered(self._ask))
        return await asyncio.shield(task)

    async def rediscover(self) -> Discovery:
        """Ask again: a CRD came or went."""
        self._discovery = None
        return await self.discovery()

    async def get(self, ref: Ref) -> Manifest | None:
        """The live object; None where it, its namespace or its kind does not exist."""
        resource = (await self.discovery()).find(ref.group, ref.kind)
        if resource is None:
            return None
        try:
            return await self._json("GET", resource.path(ref.namespace, ref.name))
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
        """Every object of a kind, page by page; begun anew once if a page comes too late."""
        asked = {
            "limit": str(page),
            "labelSelector": label_selector,
            "fieldSelector": field_selector,
        }
        query = {key: value for key, value in asked.items() if value}
        again = True
        while True:
            try:
                found = await self._json("GET", resource.path(namespace), query)
            except Gone:
                if not again:
                    raise
                again = False
                query.pop("continue", None)
                continue
            for item in found.get("items") or ():
                yield {
                    "apiVersion": resource.api_version,
                    "kind": resource.kind,
                    **item,
                }
            query["continue"] = (found.get("metadata") or {}).get("continue") or ""
            if not query["continue"]:
                return

    async def create(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        resource, ref = await self._resource(manifest)
        query = _query(dry_run, fieldManager=MANAGER)
        return await self._json("POST", resource.path(ref.namespace), query, manifest)

    async def replace(self, manifest: Manifest, *, dry_run: bool = False) -> Manifest:
        resource, ref = await self._resource(manifest)
        query = _query(dry_run, fieldManager=MANAGER)
        return await self._json(
            "PUT", resource.path(ref.namespace, ref.name), query, manifest
        )

    async def apply(
        self,
        manifest: Manifest,
        *,
        dry_run: bool = False,
        force: bool = True,
        validate: bool = True,
    ) -> Manifest:
        """Server-side apply by the field manager `trunkline` (KEP-555)."""
        resource, ref = await self._resource(manifest)
        query = _query(
            dry_run,
            fieldManager=MANAGER,
            force=str(force).lower(),
            fieldValidation="Strict" if validate else "Ignore",
        )
        path = resource.path(ref.namespace, ref.name)
        return await self._json("PATCH", path, query, manifest, APPLY)

    async def patch(
        self,
        ref: Ref,
        patch: Any,
        *,
        content_type: str = MERGE_PATCH,
        dry_run: bool = False,
        subresource: str = "",
    ) -> Manifest:
        resource = await self._found(ref)
        path = resource.path(ref.namespace, ref.name)
        if subresource:
            path = f"{path}/{subresource}"
        query = _query(dry_run, fieldManager=MANAGER)
        return await self._json("PATCH", path, query, patch, content_type)

    async def delete(
        self,
        ref: Ref,
        *,
        propagation: str = "Background",
        uid: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete the object; with a uid only that very one. Raises NotFound, Conflict."""
        resource = await self._found(ref)
        options: dict[str, Any] = {"propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        path = resource.path(ref.namespace, ref.name)
        await self._json("DELETE", path, _query(dry_run), options)

    async def wait_gone(self, ref: Ref, *, timeout: float = 60.0) -> None:
        """Wait until the object is gone. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            pause = 0.05
            while await self.get(ref) is not None:
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, 1.0)

    async def watch(
        self,
        resource: Resource,
        *,
        resource_version: str,
        namespace: str = "",
        label_selector: str = "",
    ) -> AsyncIterator[WatchEvent]:
        """Changes since a version, bookmarks too, until the server ends the stream.

        Raises Gone where the version is too old: list again.
        """
        asked = {
            "watch": "1",
            "allowWatchBookmarks": "true",
            "resourceVersion": resource_version,
            "labelSelector": label_selector,
        }
        query = {key: value for key, value in asked.items() if value}
        async for line in self._transport.lines(resource.path(namespace), query):
            event = orjson.loads(line)
            if event["type"] == "ERROR":
                status = int(event["object"].get("code") or 500)
                raise refusal(status, orjson.dumps(event["object"]), self.name)
            yield WatchEvent(event["type"], event["object"])

    async def logs(self, ref: Ref, container: str = "") -> str:
        """The log of a pod's container."""
        path = f"/api/v1/namespaces/{ref.namespace}/pods/{ref.name}/log"
        query = {"container": container} if container else {}
        return (await self._transport.request("GET", path, query)).decode(
            errors="replace"
        )

    async def close(self) -> None:
        if self._discovery and not self._discovery.done():
            self._discovery.cancel()
        await self._transport.close()

    async def _ask(self, path: str, accept: str) -> dict[str, Any]:
        return await self._json("GET", path, accept=accept)

    async def _resource(self, manifest: Manifest) -> tuple[Resource, Ref]:
        ref = Ref.of(manifest)
        version = str(manifest.get("apiVersion", "")).rpartition("/")[2]
        return await self._found(ref, version), ref

    async def _found(self, ref: Ref, version: str = "") -> Resource:
        resource = (await self.discovery()).find(ref.group, ref.kind, version)
        if resource is None:
            raise NotFound(
                f"{self.name} serves no kind {ref.kind} of group {ref.group or 'core'}: "
                "is its CustomResourceDefinition applied?",
                status=404,
                reason="NotFound",
                cluster=self.name,
            )
        return resource

    async def _json(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> dict[str, Any]:
        data = (
            None if body is None else orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
        )
        answer = await self._transport.request(
            method, path, query or {}, data, content_type, accept
        )
        found: dict[str, Any] = orjson.loads(answer)
        return found


def connect(
    name: str, access: Access, *, limits: ClientLimits | None = None
) -> ClusterClient:
    """A client; nothing is asked of the server yet."""
    return ClusterClient(name, Transport(name, access, limits or ClientLimits()))


def _query(dry_run: bool, **parameters: str) -> dict[str, str]:
    return {**parameters, **({"dryRun": "All"} if dry_run else {})}
