"""A server that follows a script: for each request the next answer that the test wrote down.

It is for what no API server does on demand: dropped connections, odd answers, long waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

from trunkline.edge.cluster.access import Access
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.credentials import Fixed, Issued
from trunkline.edge.cluster.limits import ClientLimits

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

CONFIG_MAPS = {
    "kind": "APIGroupDiscoveryList",
    "items": [
        {
            "metadata": {},
            "versions": [
                {
                    "version": "v1",
                    "resources": [
                        {
                            "resource": plural,
                            "responseKind": {"kind": kind},
                            "scope": "Namespaced",
                            "verbs": ["get", "list", "patch", "watch"],
                        }
                        for plural, kind in (("configmaps", "ConfigMap"), ("secrets", "Secret"))
                    ],
                }
            ],
        }
    ],
}


@dataclass
class Script:
    """`then` answers come first, one each; after them `always`. `asked` are the requests,
    `bodies` what they brought, `shown` the client certificates that came with them."""

    url: str
    asked: list[web.Request] = field(default_factory=list)
    shown: list[Any] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    then: dict[str, list[Answer]] = field(default_factory=lambda: defaultdict(list))
    always: dict[str, Answer] = field(default_factory=dict)

    def client(self, *, token: str = "t0ken", **limits: Any) -> ClusterClient:
        access = Access(self.url, "eu", Fixed(Issued(token)))
        return connect("eu", access, limits=ClientLimits(**limits))

    def count(self, path: str) -> int:
        return sum(1 for one in self.asked if one.path == path)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.shown.append(request.get_extra_info("peercert"))
        # Not `read`, which refuses more than a MiB.
        self.bodies.append(await request.content.read())
        waiting = self.then[request.path]
        answer = waiting.pop(0) if waiting else self.always.get(request.path, status(404))
        return await answer(request)


@contextlib.asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Script]:
    script = Script("")
    runner = web.ServerRunner(web.Server(script.answer), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    script.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    script.always |= {
        "/version": json({"gitVersion": "v1.36.3"}),
        "/api": json(CONFIG_MAPS),
        "/apis": json({"kind": "APIGroupDiscoveryList", "items": []}),
    }
    try:
        yield script
    finally:
        await runner.cleanup()


def json(body: Any, code: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(
            status=code,
            body=orjson.dumps(body),
            content_type="application/json",
            headers={key.replace("_", "-"): value for key, value in headers.items()},
        )

    return answer


def status(code: int, message: str = "", reason: str = "", **headers: str) -> Answer:
    """A refusal, as a `Status` object."""
    body = {"kind": "Status", "code": code, "message": message, "reason": reason}
    return json(body, code, **headers)


def text(body: str, code: int = 200) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=body, content_type="text/html")

    return answer


async def dropped(request: web.Request) -> web.StreamResponse:
    """The connection ends without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def silent(seconds: float) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        return web.Response(text="{}")

    return answer


def stream(*chunks: bytes) -> Answer:
    """The chunks one by one, then the end."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for chunk in chunks:
            await response.write(chunk)
        return response

    return answer
