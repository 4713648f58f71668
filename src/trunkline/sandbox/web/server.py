"""The HTTP server of one practice cluster: who may ask, what goes wrong, who answers."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from trunkline.sandbox.api import Api
from trunkline.sandbox.errors import ApiStatus, NoSuchPath, bad_request, unauthorized
from trunkline.sandbox.faults import BadFault, Faults
from trunkline.sandbox.kinds import discovery
from trunkline.sandbox.typed.schema import Struct
from trunkline.sandbox.typed.table import struct
from trunkline.sandbox.verbs.read import Snapshots
from trunkline.sandbox.web.answers import failure, json_answer
from trunkline.sandbox.web.objects import Objects
from trunkline.sandbox.web.openapi import openapi_v2, openapi_v3, openapi_v3_index
from trunkline.sandbox.web.query import TYPES
from trunkline.sandbox.web.watching import Watchers

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# No object is larger than etcd takes, which is 1.5 MiB; some room for a list of operations.
BODY_LIMIT = 8 * 1024 * 1024
_OPEN = ("/healthz", "/livez", "/readyz", "/version")
_AGGREGATED = "APIGroupDiscoveryList"
FAULTS = "/sandbox/faults"
_BODIES = {"DeleteOptions": "meta.v1.DeleteOptions", "Eviction": "api.policy.v1.Eviction"}


class Server:
    """Serves on loopback; `port` is known once it is started."""

    def __init__(self, api: Api, token: str, faults: Faults) -> None:
        self._api, self._token, self._faults = api, token, faults
        self.watchers = Watchers(faults)
        self.snapshots = Snapshots()
        self._objects = Objects(api, self.watchers, self.snapshots)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=BODY_LIMIT)
        app[TYPES] = self._type_of
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port, backlog=512)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    def _type_of(self, api_version: str, kind: str) -> Struct | None:
        """The type of a body by what its envelope says."""
        if kind in _BODIES:
            return struct(_BODIES[kind])
        found = self._api.registry.of(api_version, kind)
        return found.type if found else None

    async def stop(self) -> None:
        self.watchers.drop()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        try:
            if request.path == FAULTS:
                self._authenticate(request)
                return await self._set_faults(request)
            await self._misbehave(request)
            if request.path not in _OPEN:
                self._authenticate(request)
            return await self._answer(request)
        except ApiStatus as error:
            return failure(error)
        except RecursionError:
            return failure(bad_request("the body nests too deep"))

    def _authenticate(self, request: web.Request) -> None:
        """A wrong token is refused. None at all is taken: client-go, and so kubectl, sends a token
        over TLS only, and this server is reached from this machine alone. A page in a browser,
        which would be too, says its origin, or a host that only pretends to be this one.
        """
        sent = request.headers.get("Authorization")
        if sent is None and "Origin" not in request.headers and _is_loopback(request.host):
            return
        if not hmac.compare_digest((sent or "").encode(), f"Bearer {self._token}".encode()):
            raise unauthorized()

    async def _misbehave(self, request: web.Request) -> None:
        """The faults that are set. Raises ApiStatus, or never comes back."""
        faults = self._faults
        if faults.refuse and request.transport is not None:
            request.transport.abort()
            raise ApiStatus(503, "ServiceUnavailable", "refused")
        await faults.alive()
        if faults.latency:
            await asyncio.sleep(faults.latency)
        error = faults.next_error(request.method, request.path)
        if error:
            raise error

    async def _set_faults(self, request: web.Request) -> web.StreamResponse:
        if request.method == "PUT":
            try:
                self._faults.set(orjson.loads(await request.read()))
            except (BadFault, ValueError) as error:
                raise ApiStatus(400, "BadRequest", str(error)) from None
        return json_answer(self._faults.as_json())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path.rstrip("/")
        if path in ("/healthz", "/livez", "/readyz"):
            return web.Response(text="ok")
        if request.method == "GET":
            found = self._document(path, request.headers.get("Accept", ""))
            if found is not None:
                return found
        return await self._objects.answer(request)

    def _document(self, path: str, accept: str) -> web.Response | None:
        """Discovery and schemas; None for a path to objects."""
        registry = self._api.registry
        aggregated = _AGGREGATED in accept
        if path in ("/api", "/apis") and aggregated:
            kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
            return json_answer(discovery.aggregated(registry, core=path == "/api"), kind=kind)
        found = self._plain_document(path)
        return None if found is None else json_answer(found)

    def _plain_document(self, path: str) -> dict[str, Any] | None:
        registry = self._api.registry
        served = registry.served()
        match path.split("/")[1:]:
            case ["version"]:
                return discovery.version()
            case ["api"]:
                return discovery.api_versions()
            case ["apis"]:
                return discovery.api_groups(registry)
            case ["api", "v1"]:
                return discovery.api_resources("v1", served[""]["v1"])
            case ["apis", group] if group in served:
                found = discovery.api_group(group, list(served[group]))
                return {"kind": "APIGroup", "apiVersion": "v1", **found}
            case ["apis", group, version] if version in served.get(group, ()):
                return discovery.api_resources(f"{group}/{version}", served[group][version])
            case ["openapi", "v2"]:
                return openapi_v2(registry)
            case ["openapi", "v3"]:
                return openapi_v3_index(registry)
            case ["openapi", "v3", *rest]:
                document = openapi_v3(registry, "/".join(rest))
                if document is None:
                    raise NoSuchPath()
                return document
        return None


def _is_loopback(host: str) -> bool:
    """Whether a Host header names this machine; a name of elsewhere may lead here too."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    return name in ("127.0.0.1", "localhost", "[::1]")
