"""Lists and watches that break: what is begun anew, and what is told."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from aiohttp import web

from cluster.script import Script, json, status, stream
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Gone, Unreachable

MAPS = Resource("", "v1", "ConfigMap", "configmaps", True)
PATH = "/api/v1/configmaps"


def event(what: str, **of: Any) -> bytes:
    return orjson.dumps({"type": what, "object": {"metadata": {}, **of}}) + b"\n"


def page(*names: str, next: str = "") -> dict[str, Any]:
    items = [{"metadata": {"name": name}} for name in names]
    return {"kind": "ConfigMapList", "metadata": {"continue": next}, "items": items}


async def names(client: ClusterClient) -> list[str]:
    return [one["metadata"]["name"] async for one in client.list(MAPS, page=2)]


async def types(client: ClusterClient) -> list[str]:
    return [one.type async for one in client.watch(MAPS, resource_version="7")]


async def test_pages_follow_each_other(script: Script) -> None:
    script.then[PATH] = [json(page("a", "b", next="k+/=")), json(page("c"))]
    client = script.client()
    assert await names(client) == ["a", "b", "c"]
    assert [dict(one.query) for one in script.asked] == [
        {"limit": "2"},
        {"limit": "2", "continue": "k+/="},
    ]
    await client.close()


async def test_a_list_that_expired_begins_anew_once(script: Script) -> None:
    script.then[PATH] = [
        json(page("a", next="k")),
        status(410, "too old", "Expired"),
        json(page("a", "b")),
    ]
    client = script.client()
    assert await names(client) == ["a", "a", "b"]
    script.then[PATH] = [json(page("a", next="k")), *[status(410, "too old", "Expired")] * 2]
    with pytest.raises(Gone, match="too old"):
        await names(client)
    await client.close()


async def test_a_stream_in_small_pieces(script: Script) -> None:
    whole = event("ADDED", a="x" * 500_000) + b"\n" + event("BOOKMARK")
    pieces = [whole[start : start + 70_001] for start in range(0, len(whole), 70_001)]
    script.always[PATH] = stream(*pieces)
    client = script.client()
    assert await types(client) == ["ADDED", "BOOKMARK"]
    query = script.asked[-1].query
    assert (query["resourceVersion"], query["allowWatchBookmarks"]) == ("7", "true")
    await client.close()


@pytest.mark.parametrize(
    ("chunks", "kind", "said"),
    [
        pytest.param(
            [event("ERROR", kind="Status", code=410, message="too old resource version: 1 (9)")],
            Gone,
            "too old resource version",
            id="expired",
        ),
        pytest.param(
            [event("ADDED"), b'{"type":"MOD'], ApiError, "eu does not answer as", id="half a line"
        ),
    ],
)
async def test_a_stream_that_goes_wrong(
    script: Script, chunks: list[bytes], kind: type[ApiError], said: str
) -> None:
    script.always[PATH] = stream(*chunks)
    client = script.client()
    with pytest.raises(kind, match=said):
        await types(client)
    await client.close()


async def test_a_dropped_watch_is_told(script: Script) -> None:
    async def cut(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(event("ADDED"))
        assert request.transport is not None
        request.transport.abort()
        return response

    script.always[PATH] = cut
    client = script.client()
    watch = client.watch(MAPS, resource_version="7")
    assert (await anext(watch)).type == "ADDED"
    with pytest.raises(Unreachable, match="the connection broke"):
        await anext(watch)
    await client.close()


async def test_watches_take_no_request_its_connection(script: Script) -> None:
    """With a budget of one connection, a request goes through beside two open watches."""
    gates = [event("ADDED")]
    script.always[PATH] = stream(*gates)
    script.always["/api/v1/namespaces/default/configmaps/a"] = json({"kind": "ConfigMap"})
    client = script.client(connections=1, timeout=30)
    watches = [client.watch(MAPS, resource_version="7") for _ in range(2)]
    for one in watches:
        assert (await anext(one)).type == "ADDED"
    assert await client.get(Ref("", "ConfigMap", "default", "a")) == {"kind": "ConfigMap"}
    for one in watches:
        await one.aclose()  # type: ignore[attr-defined]
    await client.close()


async def test_a_log_ends_at_its_end(script: Script) -> None:
    script.always["/api/v1/namespaces/shop/pods/web/log"] = stream(b"one\n", b"two \xff\n")
    client = script.client()
    assert await client.logs(Ref("", "Pod", "shop", "web"), "main") == "one\ntwo \ufffd\n"
    assert script.asked[-1].query["container"] == "main"
    await client.close()


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "ConfigMap"},
        {"type": "ADDED"},
        {"type": "ADDED", "object": "x"},
        {"type": "MODIFIED", "object": {"kind": "ConfigMap"}},
        {"object": {"metadata": {}}},
    ],
    ids=str,
)
async def test_a_line_that_is_no_event_is_told(script: Script, line: dict[str, Any]) -> None:
    script.always[PATH] = stream(orjson.dumps(line) + b"\n")
    client = script.client()
    with pytest.raises(ApiError, match="does not answer as a Kubernetes API server does"):
        await types(client)
    await client.close()
