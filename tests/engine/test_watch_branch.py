"""The branch that a watch follows, and what lies in other repositories."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import field
from msgspec.structs import replace

from engine.vigil import HOW, PACE, PATIENCE
from gitrepo import GitRepo
from trunkline.core import event
from trunkline.core.component import Cluster, Component
from trunkline.core.finding import Finding
from trunkline.edge.git import Commit, Repository
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.renderer import Renderer
from trunkline.engine.desire import Desires
from trunkline.engine.judge import Judge
from trunkline.engine.records import Records
from trunkline.engine.scene import Scene, Scenes
from trunkline.engine.watch.kit import Branch, Kit
from trunkline.engine.watch.watch import Watch
from trunkline.settings.values import Settings


class LateScenes(Scenes):
    """Scenes that are there only when something has moved elsewhere."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def at(self, revision: str) -> Scene:
        self.asked.set()
        await self.moved.wait()
        return await super().at(revision)


class Outside:
    """Another repository that moves once, just while the first commit is discovered."""

    def __init__(self, repo: Path, desires: Desires) -> None:
        self._repository = Repository.open(repo)
        self._scenes = LateScenes(self._repository, Settings(), desires)

    async def head(self) -> Commit:
        return self._repository.commit("HEAD")

    def scenes(self, _commit: str) -> Scenes:
        return self._scenes

    async def moved(self) -> bool:
        await self._scenes.asked.wait()
        again = self._scenes.moved.is_set()
        self._scenes.moved.set()
        return not again


async def nobody(_scene: Scene) -> Mapping[str, str]:
    return {}


async def nothing(_scene: Scene) -> Sequence[Finding]:
    return ()


async def unreachable(_cluster: Cluster, _scene: Scene) -> Any:
    raise AssertionError("there is no cluster")


def none_chosen(_scene: Scene) -> list[tuple[Component, Cluster]]:
    return []


async def test_what_moves_elsewhere_while_a_commit_is_gone_over_to_is_not_missed(
    tmp_path: Path,
) -> None:
    GitRepo(tmp_path / "repo").write({"README.md": "nothing"}).commit()
    renderer = Renderer(RenderCache(tmp_path / "renders"))
    desires = Desires(renderer)
    outside = Outside(tmp_path / "repo", desires)
    seen, twice = list[event.CommitSeen](), asyncio.Event()

    def listen(one: event.Event) -> None:
        if isinstance(one, event.CommitSeen):
            seen.append(one)
        if len(seen) == 2:
            twice.set()

    watch = Watch(
        Kit(
            Branch(outside.head, outside.scenes, outside.moved),
            desires,
            Records(None, "me"),
            unreachable,
            none_chosen,
            HOW,
            lambda _scene: Judge(),
            nobody,
            nothing,
            pace=replace(PACE, outside=0.01),
        ),
        listen,
    )
    running = asyncio.create_task(watch.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await twice.wait()
    finally:
        watch.stop()
        await running
        await renderer.close()
