"""A dynamic client of one API server: plain manifests in, plain manifests out.

It reads as `reads.py` has it; here is what it writes, each method one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import MANAGER
from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.answers import parsed
from trunkline.edge.cluster.catalogue import Catalogue
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Forbidden, Invalid
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.reads import Reads
from trunkline.edge.cluster.redaction import redacted
from trunkline.edge.cluster.transport import Request, Transport

APPLY = "application/apply-patch+yaml"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"


class ClusterClient(Reads):
    """Reads and writes one cluster."""

    def __init__(
        self,
        name: str,
        transport: Transport,
        *,
        catalogue: Catalogue | None = None,
        user: str = "",
    ) -> None:
        """`user` is whom writes and dry runs are made as, "" for whom the access says."""
        super().__init__(name, transport, catalogue)
        self._user = user

    def acting_as(self, user: str) -> ClusterClient:
        """The same client, whose writes and dry runs are made as this user; it reads as before.

        It is not closed by itself. Raises Forbidden where our own access acts as somebody already:
        nobody can act as two, and to drop that one may be to act with more rights.
        """
        if self._transport.acts_as:
            raise Forbidden(
                f"{self.name}: its access acts as {self._transport.acts_as} already, so that a "
                f"sync cannot act as {user}: take `as` out of its user in the kubeconfig",
                cluster=self.name,
            )
        return ClusterClient(self.name, self._transport, catalogue=self._catalogue, user=user)

    async def create(
        self, manifest: Manifest, *, dry_run: bool = False, validate: bool = True
    ) -> Manifest:
        resource, ref = await self._placed(manifest)
        query = _query(dry_run, fieldManager=MANAGER, fieldValidation=_validation(validate))
        return await self._send("POST", resource.path(ref.namespace), query, manifest)

    async def replace(
        self, manifest: Manifest, *, dry_run: bool = False, validate: bool = True
    ) -> Manifest:
        resource, ref = await self._placed(manifest)
        query = _query(dry_run, fieldManager=MANAGER, fieldValidation=_validation(validate))
        return await self._send("PUT", resource.path_of(ref), query, manifest)

    async def apply(
        self,
        manifest: Manifest,
        *,
        dry_run: bool = False,
        force: bool = True,
        validate: bool = True,
        manager: str = MANAGER,
    ) -> Manifest:
        """Server-side apply (KEP-555)."""
        resource, ref = await self._placed(manifest)
        query = _query(
            dry_run,
            fieldManager=manager,
            force=str(force).lower(),
            fieldValidation=_validation(validate),
        )
        path = resource.path_of(ref)
        return await self._send("PATCH", path, query, manifest, APPLY)

    async def patch(
        self,
        ref: Ref,
        patch: Any,
        *,
        content_type: str = MERGE_PATCH,
        dry_run: bool = False,
        subresource: str = "",
    ) -> Manifest:
        resource = await self._catalogue.found(ref)
        path = resource.path_of(ref)
        if subresource:
            path = f"{path}/{subresource}"
        query = _query(dry_run, fieldManager=MANAGER)
        secret = (ref.group, ref.kind) == ("", "Secret")
        return await self._send("PATCH", path, query, patch, content_type, secret=secret)

    async def delete(
        self,
        ref: Ref,
        *,
        propagation: str = "Background",
        uid: str = "",
        dry_run: bool = False,
    ) -> None:
        """Delete the object; with a uid only that very one. Raises NotFound, Conflict."""
        resource = await self._catalogue.found(ref)
        options: dict[str, Any] = {"propagationPolicy": propagation}
        if uid:
            options["preconditions"] = {"uid": uid}
        if dry_run:
            # The API server reads no option from the query once a deletion has a body.
            options["dryRun"] = ["All"]
        path = resource.path_of(ref)
        await self._send("DELETE", path, _query(dry_run), options)

    async def _placed(self, manifest: Manifest) -> tuple[Resource, Ref]:
        """Where a manifest goes. Raises Invalid for one that lacks its namespace."""
        ref = Ref.of(manifest)
        version = str(manifest.get("apiVersion", "")).rpartition("/")[2]
        resource = await self._catalogue.found(ref, version)
        if resource.namespaced and not ref.namespace:
            raise Invalid(
                f"{ref} needs a namespace: set metadata.namespace, or the destination's",
                status=422,
                cluster=self.name,
            )
        return resource, ref

    async def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Any,
        content_type: str = "application/json",
        *,
        secret: bool = False,
    ) -> dict[str, Any]:
        try:
            data = orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS)
            request = Request(method, path, query, data, content_type, user=self._user)
            return parsed(await self._transport.request(request), self.name)
        except ApiError as error:
            if secret or _is_secret(body):
                raise error.saying(redacted(str(error), body)) from None
            raise


def connect(name: str, access: Access, *, limits: ClientLimits | None = None) -> ClusterClient:
    """A client; nothing is asked of the server yet."""
    return ClusterClient(name, Transport(name, access, limits or ClientLimits()))


def _is_secret(body: Any) -> bool:
    return isinstance(body, dict) and (body.get("apiVersion"), body.get("kind")) == ("v1", "Secret")


def _validation(validate: bool) -> str:
    """What the server says to a field that it does not know: refuse it, or drop it."""
    return "Strict" if validate else "Ignore"


def _query(dry_run: bool, **parameters: str) -> dict[str, str]:
    return {**parameters, **({"dryRun": "All"} if dry_run else {})}
