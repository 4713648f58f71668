"""Servers on loopback, and one renderer with its warm workers for all tests of sources."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from sources.served import ChartServer, RegistryServer
from trunkline.edge.charts.charts import Charts
from trunkline.edge.charts.limits import FetchLimits
from trunkline.edge.render.renderer import Renderer
from trunkline.settings.sources import load_keyring


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def renderer() -> AsyncIterator[Renderer]:
    made = Renderer(None, workers=1)
    yield made
    await made.close()


@pytest.fixture
async def repository() -> AsyncIterator[ChartServer]:
    server = ChartServer()
    async with server.running():
        yield server


@pytest.fixture
async def registry() -> AsyncIterator[RegistryServer]:
    server = RegistryServer()
    async with server.running():
        yield server


@pytest.fixture
async def other() -> AsyncIterator[ChartServer]:
    """Another host than the repository's: another port of this one is another origin."""
    server = ChartServer()
    async with server.running():
        yield server


@pytest.fixture
async def charts(tmp_path: Path) -> AsyncIterator[Callable[..., Charts]]:
    """Charts for the sources file of a test; each call is a new process with the same shelf."""
    made: list[Charts] = []

    def of(text: str = "", **limits: Any) -> Charts:
        keyring = load_keyring(text.encode(), "sources.yaml")
        made.append(Charts(keyring, tmp_path, limits=FetchLimits(**limits)))
        return made[-1]

    yield of
    for one in made:
        await one.close()
