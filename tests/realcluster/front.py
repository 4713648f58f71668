"""A front of an API server that lets go wrong what it never does by itself.

The faults are those of the practice cluster (`trunkline.sandbox.faults`), so that one test asks
both it and the real one. Besides, an answer may be cut in half, or say what is not so, and a write
may be looked at before it arrives, as by an admission webhook.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import aiohttp
import orjson
import yaml
from aiohttp import web

from trunkline.sandbox.faults import Faults


class Behind(Protocol):
    """An API server: a real or a practised one."""

    @property
    def url(self) -> str: ...

    @property
    def token(self) -> str: ...


Admit = Callable[[str, str, bytes], Awaitable[bytes]]
"""From the method, the path and the body of a write to the body that arrives. Raises Refused."""

Lie = Callable[[str, Any], Any]
"""From a path and the answer to the answer that is given."""

# What is for one connection alone, and what is not passed on as it came.
OWN = frozenset({"connection", "content-length", "host", "transfer-encoding", "accept-encoding"})


class Refused(Exception):
    """A write that does not arrive, with the status and the message of the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class Front:
    """`halves` of the answers whose path holds `halved` are cut off; `lie` changes those that are
    JSON and no watch.
    """

    cluster: Behind
    session: aiohttp.ClientSession
    faults: Faults = field(default_factory=Faults)
    halved: str = ""
    halves: int = 0
    lie: Lie | None = None
    admit: Admit | None = None
    _watches: set[asyncio.Task[Any]] = field(default_factory=set)

    def drop_watches(self) -> None:
        """End every open watch at once, as a load balancer does that has had enough."""
        for watch in self._watches:
            watch.cancel()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        faults = self.faults
        if faults.refuse and request.transport is not None:
            request.transport.abort()
            return web.Response(status=503)
        await faults.alive()
        await asyncio.sleep(faults.latency)
        if error := faults.next_error(request.method, request.path):
            return web.json_response(error.body(), status=error.code, headers=error.headers)
        body = await request.read()
        if self.admit and request.method in ("POST", "PUT", "PATCH"):
            try:
                body = await self.admit(request.method, request.path, body)
            except Refused as refused:
                told = {"kind": "Status", "status": "Failure", "message": str(refused)}
                return web.json_response(told, status=refused.status)
        headers = {name: one for name, one in request.headers.items() if name.lower() not in OWN}
        async with self.session.request(
            request.method,
            f"{self.cluster.url}{request.path_qs}",
            headers=headers,
            data=body or None,
        ) as real:
            if request.query.get("watch"):
                return await self._watched(request, real)
            return await self._whole(request, real)

    async def _whole(
        self, request: web.BaseRequest, real: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        headers = {name: one for name, one in real.headers.items() if name.lower() not in OWN}
        body = await real.read()
        if self.lie and "json" in real.content_type:
            body = orjson.dumps(self.lie(request.path, orjson.loads(body)))
        if not (self.halves and self.halved in request.path):
            return web.Response(status=real.status, headers=headers, body=body)
        self.halves -= 1
        half = web.StreamResponse(status=real.status, headers=headers)
        half.content_length = len(body)
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
        if request.transport is not None:
            request.transport.abort()
        return half

    async def _watched(
        self, request: web.BaseRequest, real: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        answer = web.StreamResponse(status=real.status)
        answer.content_type = real.content_type
        await answer.prepare(request)
        passing = asyncio.create_task(self._pass_on(real, answer))
        self._watches.add(passing)
        with contextlib.suppress(asyncio.CancelledError, ConnectionError, aiohttp.ClientError):
            await passing
        self._watches.discard(passing)
        return answer

    async def _pass_on(self, real: aiohttp.ClientResponse, answer: web.StreamResponse) -> None:
        async for line in real.content:
            told = orjson.loads(line)["type"] == "BOOKMARK" if line.strip() else False
            # A bookmark after a change that was not told would say that it was.
            if not (self.faults.mute or (told and self.faults.markless)):
                await answer.write(line)


@contextlib.asynccontextmanager
async def fronted(cluster: Behind, ca: Path | None = None) -> AsyncIterator[tuple[Front, str]]:
    """The front and its address, over plain HTTP on loopback."""
    trust = ssl.create_default_context(cafile=ca)
    connector = aiohttp.TCPConnector(ssl=trust, limit=0)
    limits = aiohttp.ClientTimeout(total=None)
    async with aiohttp.ClientSession(
        connector=connector, timeout=limits, read_bufsize=4 * 1024**2
    ) as session:
        front = Front(cluster, session)
        runner = web.ServerRunner(web.Server(front.answer), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield front, f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


def with_context(kubeconfig: Path, name: str, address: str, cluster: Behind) -> None:
    """Add the front as a context of this name; what the file has stays."""
    known = yaml.safe_load(kubeconfig.read_text()) if kubeconfig.exists() else {}
    user = {"token": cluster.token}
    more = {
        "clusters": {"name": name, "cluster": {"server": address}},
        "users": {"name": name, "user": user},
        "contexts": {"name": name, "context": {"cluster": name, "user": name}},
    }
    whole = {"apiVersion": "v1", "kind": "Config", **known}
    for section, one in more.items():
        whole[section] = [*known.get(section, ()), one]
    kubeconfig.write_text(json.dumps(whole))
