"""Clusters with faults, side by side: each is told for itself, none waits for another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.errors import ApiError, TooManyRequests, Unreachable
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.cluster.limits import ClientLimits
from trunkline.edge.cluster.ways import access_of
from trunkline.sandbox import PracticeCluster, Sandbox

SETTINGS: Manifest = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "default"},
    "data": {"a": "b"},
}
REF = Ref.of(SETTINGS)

Opened = Callable[..., dict[str, ClusterClient]]


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(["eu", "us", "ap"]) as box:
        yield box


@pytest.fixture
async def eu(box: Sandbox) -> PracticeCluster:
    return box.clusters["eu"]


@pytest.fixture
async def opened(box: Sandbox, tmp_path: Path) -> AsyncIterator[Opened]:
    """Clients of all three, by name."""
    async with AsyncExitStack() as stack:

        def open_all(**limits: float) -> dict[str, ClusterClient]:
            box.write_kubeconfig(tmp_path / "kubeconfig")
            found = {}
            for cluster in contexts(str(tmp_path / "kubeconfig")):
                # A machine that has much else to do is no slow cluster.
                given = ClientLimits(**{"contact": 60.0, **limits})  # type: ignore[arg-type]
                found[cluster.name] = connect(cluster.name, access_of(cluster), limits=given)
                stack.push_async_callback(found[cluster.name].close)
            return found

        yield open_all


async def test_a_dead_cluster_delays_nobody(opened: Opened, eu: PracticeCluster) -> None:
    clients = opened(contact=6.0)
    eu.faults.dead = True
    took: dict[str, float] = {}

    async def ask(client: ClusterClient) -> Manifest:
        start = time.monotonic()
        try:
            return await client.apply(SETTINGS)
        finally:
            took[client.name] = time.monotonic() - start

    answers = await asyncio.gather(*map(ask, clients.values()), return_exceptions=True)
    found = dict(zip(clients, answers, strict=True))
    assert isinstance(found["eu"], Unreachable)
    assert "eu did not say within 6 s what it serves" in str(found["eu"])
    assert [isinstance(found[name], dict) for name in ("us", "ap")] == [True, True]
    assert max(took["us"], took["ap"]) < took["eu"]
    eu.faults.dead = False
    assert (await clients["eu"].apply(SETTINGS))["data"] == {"a": "b"}


async def test_a_cluster_that_dies_later(opened: Opened, eu: PracticeCluster) -> None:
    client = opened(timeout=3.0)["eu"]
    await client.apply(SETTINGS)
    eu.faults.dead = True
    with pytest.raises(Unreachable, match=r"no answer within 3 s"):
        await client.get(REF)


async def test_a_cluster_that_hangs_up(opened: Opened, eu: PracticeCluster) -> None:
    client = opened(retries=1)["eu"]
    await client.apply(SETTINGS)
    eu.faults.refuse = True
    with pytest.raises(Unreachable, match="eu"):
        await client.get(REF)
    eu.faults.refuse = False
    assert await client.get(REF) is not None


async def test_a_slow_cluster_is_only_slow(opened: Opened, eu: PracticeCluster) -> None:
    client = opened()["eu"]
    eu.faults.latency = 0.5
    await client.apply(SETTINGS)
    found = await asyncio.gather(*(client.get(REF) for _ in range(20)))
    assert None not in found


async def test_throttled_writes_arrive(opened: Opened, eu: PracticeCluster) -> None:
    client = opened()["eu"]
    await client.discovery()
    eu.faults.throttle(3, retry_after=0.2)
    start = time.monotonic()
    written = [{**SETTINGS, "metadata": {**SETTINGS["metadata"], "name": f"s{i}"}} for i in "abc"]
    await asyncio.gather(*(client.apply(one) for one in written))
    assert time.monotonic() - start >= 0.2
    assert [await client.get(Ref.of(one)) is not None for one in written] == [True] * 3


async def test_a_server_that_is_always_busy(opened: Opened, eu: PracticeCluster) -> None:
    client = opened(timeout=3.9)["eu"]
    await client.discovery()
    eu.faults.throttle(100, retry_after=2.0)
    with pytest.raises(TooManyRequests):
        await client.get(REF)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_hiccup_is_not_noticed(opened: Opened, eu: PracticeCluster, status: int) -> None:
    client = opened()["eu"]
    await client.discovery()
    eu.faults.fail(status, 2, method="PATCH")
    assert (await client.apply(SETTINGS))["data"] == {"a": "b"}


async def test_a_deletion_that_is_repeated(opened: Opened, eu: PracticeCluster) -> None:
    client = opened()["eu"]
    await client.apply(SETTINGS)
    eu.faults.fail(503, 1, method="DELETE")
    await client.delete(REF)
    await client.wait_gone(REF, timeout=60)


async def test_an_error_that_stays(opened: Opened, eu: PracticeCluster) -> None:
    client = opened(retries=1)["eu"]
    await client.discovery()
    eu.faults.fail(500, 5, message="etcdserver: no space")
    with pytest.raises(ApiError, match="eu answered 500: etcdserver: no space"):
        await client.get(REF)
