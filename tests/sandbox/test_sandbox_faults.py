"""Faults on demand, from Python and over HTTP; who may ask; watches that end."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import orjson
import pytest

from sandbox.wire import Wire
from trunkline.sandbox import Sandbox

NODES = "/api/v1/nodes"
CONFIGS = "/api/v1/namespaces/default/configmaps"


async def test_an_error_so_many_times(box: Sandbox, wire: Wire) -> None:
    box.clusters["eu"].faults.fail(503, 2)
    statuses = [(await wire.ask("GET", NODES)).status for _ in range(3)]
    assert statuses == [503, 503, 200]


async def test_an_error_of_one_path_and_method(box: Sandbox, wire: Wire) -> None:
    box.clusters["eu"].faults.fail(500, 9, method="POST", path="/configmaps", message="no disk")
    assert (await wire.ask("GET", CONFIGS)).status == 200
    answer = await wire.ask("POST", CONFIGS, {"metadata": {"name": "a"}})
    assert (answer.status, answer.body["message"]) == (500, "no disk")


async def test_too_many_requests(box: Sandbox, wire: Wire) -> None:
    box.clusters["eu"].faults.throttle(retry_after=2)
    answer = await wire.ask("GET", NODES)
    assert (answer.status, answer.headers["Retry-After"]) == (429, "2")
    assert answer.body["reason"] == "TooManyRequests"


async def test_latency(box: Sandbox, wire: Wire) -> None:
    box.clusters["eu"].faults.latency = 0.2
    begun = time.monotonic()
    await wire.ask("GET", NODES)
    assert time.monotonic() - begun >= 0.2


async def test_dead_and_alive_again(box: Sandbox, wire: Wire) -> None:
    box.clusters["eu"].faults.dead = True
    asking = asyncio.create_task(wire.ask("GET", NODES))
    done, _ = await asyncio.wait({asking}, timeout=0.3)
    assert not done
    box.clusters["eu"].faults.clear()
    assert (await asking).status == 200


async def test_refused(box: Sandbox, wire: Wire) -> None:
    box.clusters["eu"].faults.refuse = True
    with pytest.raises(aiohttp.ClientConnectionError):
        await wire.ask("GET", NODES)


async def test_faults_over_http(wire: Wire) -> None:
    wanted = {"latency": 0.0, "errors": [{"status": 502, "times": 1}]}
    assert (await wire.ask("PUT", "/sandbox/faults", wanted)).status == 200
    assert (await wire.ask("GET", NODES)).status == 502
    assert (await wire.ask("GET", "/sandbox/faults")).body["errors"] == []
    answer = await wire.ask("PUT", "/sandbox/faults", {"earthquake": True})
    assert answer.status == 400
    assert "faults are dead, errors, latency, markless, mute, refuse" in answer.body["message"]


async def test_a_dead_cluster_ends_at_once() -> None:
    async with Sandbox(["eu"]) as box:
        cluster = box.clusters["eu"]
        cluster.faults.dead = True
        async with Wire.to(cluster.url, cluster.token) as wire:
            asking = asyncio.create_task(wire.ask("GET", NODES))
            await asyncio.sleep(0.1)
            async with asyncio.timeout(30):
                await box.__aexit__(None, None, None)
            asking.cancel()


async def test_a_dropped_watch(box: Sandbox, wire: Wire) -> None:
    async with wire.session.get(CONFIGS, params={"watch": "true"}) as answer:
        assert box.clusters["eu"].watches == 1
        box.clusters["eu"].drop_watches()
        async with asyncio.timeout(60):
            await answer.read()
    assert box.clusters["eu"].watches == 0


async def test_what_is_compacted_is_gone(box: Sandbox, wire: Wire) -> None:
    first = await wire.ask("GET", CONFIGS, limit="1", resourceVersion="")
    for name in "ab":
        await wire.ask("POST", CONFIGS, {"metadata": {"name": name}})
    page = await wire.ask("GET", CONFIGS, limit="1")
    box.clusters["eu"].compact()
    since = first.body["metadata"]["resourceVersion"]
    async with wire.session.get(
        CONFIGS, params={"watch": "true", "resourceVersion": since}
    ) as answer:
        event = orjson.loads(await answer.content.readline())
    assert (event["type"], event["object"]["code"]) == ("ERROR", 410)
    token = page.body["metadata"]["continue"]
    again = await wire.ask("GET", CONFIGS, **{"continue": token})
    assert (again.status, again.body["reason"]) == (410, "Expired")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"Authorization": "Bearer wrong"}, 401, id="wrong token"),
        pytest.param({}, 200, id="kubectl without TLS"),
        pytest.param({"Origin": "https://evil.example"}, 401, id="a page in a browser"),
    ],
)
async def test_who_may_ask(box: Sandbox, headers: dict[str, str], status: int) -> None:
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.get(box.clusters["eu"].url + NODES) as answer,
    ):
        assert answer.status == status


async def test_a_watch_that_says_nothing(box: Sandbox, wire: Wire) -> None:
    cluster = box.clusters["eu"]
    cluster.faults.mute = True
    version = (await wire.ask("GET", CONFIGS)).body["metadata"]["resourceVersion"]
    query = {"watch": "true", "resourceVersion": version}
    async with wire.session.get(CONFIGS, params=query) as answer:
        await wire.ask("POST", CONFIGS, {"metadata": {"name": "unheard"}})
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await answer.content.readline()
        assert cluster.watches == 1


async def test_a_cluster_restored_from_a_backup(box: Sandbox, wire: Wire) -> None:
    cluster = box.clusters["eu"]
    kept = (await wire.ask("POST", CONFIGS, {"metadata": {"name": "kept"}})).body
    backup = cluster.backup()
    later = (await wire.ask("POST", CONFIGS, {"metadata": {"name": "later"}})).body
    cluster.restore(backup)
    assert (await wire.ask("GET", f"{CONFIGS}/later")).status == 404
    assert (await wire.ask("GET", f"{CONFIGS}/kept")).body == kept
    since = later["metadata"]["resourceVersion"]
    answer = await wire.ask("GET", CONFIGS, watch="true", resourceVersion=since)
    assert (answer.status, answer.body["reason"]) == (504, "Timeout")
    assert "Too large resource version" in answer.body["message"]
