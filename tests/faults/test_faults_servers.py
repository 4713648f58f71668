"""API servers that lie about what they serve, answer half, or are none."""

from __future__ import annotations

import json as plain_json
from typing import Any

import pytest
from aiohttp import web

from cluster.script import Answer, Script, json, status, text
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.errors import ApiError, Unreachable
from trunkline.engine.live import Live

WIDGET = {
    "metadata": {"name": "acme.test"},
    "versions": [
        {
            "version": "v1",
            "freshness": "Current",
            "resources": [
                {
                    "resource": "widgets",
                    "responseKind": {"kind": "Widget"},
                    "scope": "Namespaced",
                    "verbs": ["get", "list", "patch"],
                }
            ],
        }
    ],
}
STALE = {
    "metadata": {"name": "metrics.test"},
    "versions": [{"version": "v1", "freshness": "Stale", "resources": []}],
}
GROUPS = {
    "kind": "APIGroupList",
    "groups": [
        {
            "name": "acme.test",
            "versions": [{"groupVersion": "acme.test/v1", "version": "v1"}],
            "preferredVersion": {"groupVersion": "acme.test/v1", "version": "v1"},
        },
        {
            "name": "metrics.test",
            "versions": [{"groupVersion": "metrics.test/v1", "version": "v1"}],
            "preferredVersion": {"groupVersion": "metrics.test/v1", "version": "v1"},
        },
    ],
}
PLAIN = {
    "kind": "APIResourceList",
    "groupVersion": "acme.test/v1",
    "resources": [
        {"name": "widgets", "kind": "Widget", "namespaced": True, "verbs": ["list", "patch"]}
    ],
}


def aggregated(*groups: Any) -> Answer:
    return json({"kind": "APIGroupDiscoveryList", "items": groups})


def half(body: Any) -> Answer:
    """The right length is promised, and the connection ends in the middle."""
    data = plain_json.dumps(body).encode()

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(data))})
        response.content_type = "application/json"
        await response.prepare(request)
        await response.write(data[: len(data) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response

    return answer


async def test_a_group_that_is_down_is_no_group_without_objects(script: Script) -> None:
    script.always["/apis"] = aggregated(WIDGET, STALE)
    client = script.client()
    discovery = await client.discovery()
    assert discovery.find("acme.test", "Widget")
    assert discovery.broken == {"metrics.test"}
    with pytest.raises(ApiError, match="the server behind the API group metrics.test is down"):
        await client.get(Ref("metrics.test", "Thing", "a", "b"))
    await client.close()


async def test_a_group_that_answers_503_in_the_plain_form(script: Script) -> None:
    script.always |= {
        "/apis": json(GROUPS),
        "/apis/acme.test/v1": json(PLAIN),
        "/apis/metrics.test/v1": status(503),
    }
    client = script.client(retries=0)
    discovery = await client.discovery()
    assert discovery.find("acme.test", "Widget")
    assert discovery.broken == {"metrics.test"}
    await client.close()


async def test_a_kind_that_is_listed_and_not_served_holds_nothing(script: Script) -> None:
    """Its lists are 404: there is nothing of it, and the other kinds are read all the same."""
    script.always |= {
        "/apis": aggregated(WIDGET),
        "/api/v1/configmaps": json({"items": [], "metadata": {}}),
        "/api/v1/secrets": json({"items": [], "metadata": {}}),
    }
    client = script.client()
    await Live(client).sweep()
    assert script.count("/apis/acme.test/v1/widgets") == 1
    assert await client.get(Ref("acme.test", "Widget", "a", "b")) is None
    await client.close()


@pytest.mark.parametrize(
    "groups",
    [
        {"kind": "APIGroupDiscoveryList", "items": [None]},
        {"kind": "APIGroupDiscoveryList", "items": "all"},
        {"kind": "APIGroupDiscoveryList", "items": [{"versions": ["v1"]}]},
        {"kind": "APIGroupList", "groups": ["a"]},
        {"kind": "APIGroupList", "groups": [{"versions": [{}]}]},
    ],
    ids=["nothing", "a word", "no version", "plain words", "plain nothing"],
)
async def test_a_discovery_of_another_form_is_told(script: Script, groups: Any) -> None:
    script.always["/apis"] = json(groups)
    client = script.client()
    with pytest.raises(ApiError, match="eu does not say in the form of a Kubernetes API server"):
        await client.discovery()
    await client.close()


@pytest.mark.parametrize("path", ["/version", "/api", "/apis"])
async def test_a_page_of_a_proxy_is_told(script: Script, path: str) -> None:
    script.always[path] = text("<html><h1>Please sign in</h1></html>")
    client = script.client()
    with pytest.raises(ApiError, match="does not answer as a Kubernetes API server does"):
        await client.discovery()
    await client.close()


async def test_half_an_answer_is_asked_for_again(script: Script) -> None:
    page = {"items": [{"metadata": {"name": f"m{at}", "namespace": "a"}} for at in range(50)]}
    script.then["/api/v1/configmaps"] = [half(page), half(page)]
    script.always["/api/v1/configmaps"] = json(page)
    client = script.client()
    maps = (await client.discovery()).find("", "ConfigMap")
    assert len([one async for one in client.list(maps)]) == 50
    assert script.count("/api/v1/configmaps") == 3
    await client.close()


async def test_half_an_answer_for_ever_is_no_empty_list(script: Script) -> None:
    script.always["/api/v1/configmaps"] = half({"items": [], "metadata": {}})
    client = script.client(retries=1)
    maps = (await client.discovery()).find("", "ConfigMap")
    with pytest.raises(Unreachable, match="the connection broke"):
        _ = [one async for one in client.list(maps)]
    await client.close()


async def test_a_list_that_never_ends_is_told(script: Script) -> None:
    items = [{"metadata": {"name": "one", "namespace": "a"}}]
    script.always["/api/v1/configmaps"] = json({"items": items, "metadata": {"continue": "t"}})
    client = script.client()
    maps = (await client.discovery()).find("", "ConfigMap")
    with pytest.raises(ApiError, match="the same page of configmaps again and again"):
        _ = [one async for one in client.list(maps)]
    assert script.count("/api/v1/configmaps") == 2
    await client.close()


async def test_a_page_that_expires_between_two_pages(script: Script) -> None:
    """410 for a continue token: the list begins anew, and what came before comes again."""

    def page(name: str, token: str = "") -> Answer:
        items = [{"metadata": {"name": name, "namespace": "a"}}]
        return json({"items": items, "metadata": {"continue": token}})

    script.then["/api/v1/configmaps"] = [
        page("one", "t1"),
        status(410, "The provided continue parameter is too old", "Expired"),
        page("one", "t2"),
        page("two"),
    ]
    client = script.client()
    maps = (await client.discovery()).find("", "ConfigMap")
    found = [one["metadata"]["name"] async for one in client.list(maps, page=1)]
    assert found == ["one", "one", "two"]
    assert [one.query.get("continue") for one in script.asked[-4:]] == [None, "t1", None, "t2"]
    await client.close()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"message": "maintenance"},
        {"items": "none"},
        {"items": [None]},
        {"items": {"a": 1}},
        {"items": [{"kind": "ConfigMap"}]},
        {"items": [{"metadata": {"namespace": "a"}}]},
    ],
    ids=str,
)
async def test_what_is_no_list_is_not_an_empty_one(script: Script, answer: Any) -> None:
    script.always["/api/v1/configmaps"] = json(answer)
    client = script.client()
    maps = (await client.discovery()).find("", "ConfigMap")
    with pytest.raises(ApiError, match="does not answer as a Kubernetes API server does"):
        _ = [one async for one in client.list(maps)]
    await client.close()
