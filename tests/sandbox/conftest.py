"""A practice cluster for each test, and the wire to it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator

import pytest

from realcluster.start import RealCluster
from sandbox.wire import Wire
from trunkline.sandbox import Sandbox


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    async with Sandbox(["eu"], pod_delay=0.02) as found:
        yield found


@pytest.fixture
async def wire(box: Sandbox) -> AsyncIterator[Wire]:
    cluster = box.clusters["eu"]
    async with Wire.to(cluster.url, cluster.token) as found:
        yield found


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"parity-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def pair(real_cluster: RealCluster, namespace: str) -> AsyncIterator[tuple[Wire, Wire]]:
    """The real one and the sandbox, with a namespace of the same name."""
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    async with (
        Sandbox(["eu"]) as box,
        Wire.to(real_cluster.url, real_cluster.token, real_cluster.ca) as real,
        Wire.to(box.clusters["eu"].url, box.clusters["eu"].token) as ours,
    ):
        for wire in (real, ours):
            await wire.ask("POST", "/api/v1/namespaces", body)
        yield real, ours
