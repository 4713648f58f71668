"""Repositories that are discovered: files go in, what they declare comes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from discover.declare import CLUSTERS, MAP
from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.engine.discover import Discovered

Discover = Callable[..., Awaitable[Discovered]]


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """With three clusters in its settings and a manifest in `plain`."""
    return GitRepo(tmp_path / "repo").write({"trunkline.yaml": CLUSTERS, "plain/one.yaml": MAP})


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(tmp_path / "cache", str(tmp_path / "store.db"), "/nowhere")


@pytest.fixture
async def discover(repo: GitRepo, places: Places) -> AsyncIterator[Discover]:
    async def look(files: dict[str, str | bytes]) -> Discovered:
        repo.write(files).commit()
        async with await App.open(str(repo.path), places) as opened:
            return (await opened.scene()).discovered

    yield look
