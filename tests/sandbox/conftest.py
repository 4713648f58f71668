"""A practice cluster for each test, and the wire to it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

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
