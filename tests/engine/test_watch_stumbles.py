"""A watch that stumbles in the middle of something does the rest of it, with no word from outside:
no commit and no change in the cluster come to its help.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import application
from engine.vigil import AUTOMATED, Vigil, eventually, vigil
from gitrepo import GitRepo
from kube_objects import config_map, stream
from trunkline.app.places import Places
from trunkline.core.event import Troubled
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.errors import Unreachable
from trunkline.engine.watch.attending import Attending
from trunkline.engine.watch.digests import Kind
from trunkline.engine.watch.keeper import Keeper
from trunkline.engine.watch.streams import Streams
from trunkline.sandbox import Sandbox

SETTINGS = Ref("", "ConfigMap", "default", "settings")
ERRORS = [Unreachable("the cluster went away", cluster="eu"), OSError("no space left")]
stumbling = pytest.mark.parametrize("error", ERRORS, ids=["api", "any"])


class Once:
    """Raises the error the first time that it is passed, and nothing after it."""

    def __init__(self, error: Exception) -> None:
        self._left = [error]

    def passed(self) -> None:
        if self._left:
            raise self._left.pop()


class StumblingStreams:
    """Streams of a cluster that goes away as a commit is gone over to."""

    def __init__(self, streams: Streams, once: Once) -> None:
        self._streams, self._once = streams, once

    async def want(self, kinds: Iterable[Kind]) -> None:
        self._once.passed()
        await self._streams.want(kinds)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._streams, name)


class StumblingAttending:
    """Attends to components, and stumbles over the first."""

    def __init__(self, attending: Attending, once: Once) -> None:
        self._attending, self._once = attending, once

    async def align(self, key: str) -> None:
        self._once.passed()
        await self._attending.align(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._attending, name)


def at(value: str) -> dict[str, str]:
    return {"web/all.yaml": stream(config_map("settings", {"key": value}))}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[tuple[GitRepo, Vigil, Keeper]]:
    """A repository that is delivered, the watch of it, and the keeper of its cluster."""
    app = application("web", "web", "eu", "default", syncPolicy=AUTOMATED)
    repo = GitRepo(tmp_path / "repo").write({"apps/web.yaml": app, **at("one")})
    repo.commit()
    async with Sandbox(["eu"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        places = Places(
            tmp_path / "cache", str(tmp_path / "store.db"), str(tmp_path / "kubeconfig")
        )
        async with vigil(str(repo.path), places) as watching:
            await watching.synced("web")
            yield repo, watching, watching.watch._keepers["eu"]
            # That it stumbled is told; nothing else went wrong.
            told = [one for one in watching.heard if isinstance(one, Troubled)]
            assert {one.message for one in told} <= {"OSError: no space left"}
            for one in told:
                watching.heard.remove(one)


async def delivered(keeper: Keeper, value: str) -> None:
    async def now() -> Any:
        live = await keeper.watch.client.get(SETTINGS)
        return live and live["data"]["key"]

    await eventually(now, lambda found: found == value, f"{value} is delivered")


@stumbling
async def test_a_commit_is_gone_over_to_whole(
    place: tuple[GitRepo, Vigil, Keeper], error: Exception
) -> None:
    repo, watching, keeper = place
    keeper.watch.streams = StumblingStreams(keeper.watch.streams, Once(error))  # type: ignore[assignment]
    repo.write(at("two")).commit()
    watching.watch.bell.ring()
    await delivered(keeper, "two")


@stumbling
async def test_a_component_is_attended_to_after_all(
    place: tuple[GitRepo, Vigil, Keeper], error: Exception
) -> None:
    repo, watching, keeper = place
    keeper._attending = StumblingAttending(keeper._attending, Once(error))  # type: ignore[assignment]
    repo.write(at("two")).commit()
    watching.watch.bell.ring()
    await delivered(keeper, "two")
