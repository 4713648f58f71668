"""One renderer with its warm workers for all tests that only read what it makes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from trunkline.edge.render.renderer import Renderer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def renderer() -> AsyncIterator[Renderer]:
    made = Renderer(None, workers=1)
    yield made
    await made.close()
