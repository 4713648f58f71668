"""A server that follows a script, as for the tests of the client."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from cluster.script import Script, serving


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    async with serving() as made:
        yield made
