"""Components whose files lie in another Git repository, at a branch that moves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from engine.vigil import AUTOMATED, PACE, eventually, vigil
from gitrepo import GitRepo
from kube_objects import config_map, stream
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.run import Outcome, Run
from trunkline.engine.sync.component import How

OWN = "https://git.example.test/config.git"


@pytest.fixture
def theirs(ground, tmp_path: Path) -> GitRepo:
    repo = GitRepo(tmp_path / "theirs")
    repo.write({"web/all.yaml": stream(config_map("stays"), config_map("goes"))}).commit()
    follow(ground, repo)
    return repo


def follow(ground, theirs: GitRepo, **spec: Any) -> None:
    """Commit an Application of the other repository's branch."""
    source = {"repoURL": f"file://{theirs.path}", "path": "web", "targetRevision": "main"}
    settings = f"repository: {{urls: ['{OWN}']}}\n"
    application = ground.application("web", "web", source=source, **spec)
    ground.repo.write({"trunkline.yaml": settings, "a.yaml": application}).commit()


@pytest.fixture
def places(ground, theirs: GitRepo) -> Places:
    file = theirs.path.parent / "sources.yaml"
    file.write_text(f"repositories: [{{url: 'file://{theirs.path}'}}]")
    return replace(ground.places(), sources=file)


async def synced(ground, places: Places, *, prune: bool) -> Run:
    async with await App.open(str(ground.repo.path), places) as app:
        return await app.sync(How(wave_timeout=60.0, prune=prune))


@pytest.mark.parametrize("first", [True, False], ids=["at once", "after a sync that did not"])
async def test_what_the_other_repository_drops_is_pruned(
    ground, theirs: GitRepo, places: Places, first: bool
) -> None:
    """No commit of this repository tells any more what was wanted; the inventory does."""
    assert (await synced(ground, places, prune=True)).outcome is Outcome.SUCCEEDED
    theirs.write({"web/all.yaml": stream(config_map("stays"))}).commit()
    if not first:
        await synced(ground, places, prune=False)
        assert await ground.get("ConfigMap", "goes")
        theirs.write({"web/all.yaml": stream(config_map("stays", color="red"))}).commit()
        await synced(ground, places, prune=False)
    await synced(ground, places, prune=True)
    assert await ground.get("ConfigMap", "goes") is None
    assert await ground.get("ConfigMap", "stays")


async def test_one_that_is_down_changes_and_prunes_nothing(
    ground, theirs: GitRepo, places: Places
) -> None:
    await synced(ground, places, prune=True)
    theirs.path.rename(theirs.path.with_name("gone"))
    run = await synced(ground, places, prune=True)
    (result,) = run.components
    assert result.outcome is Outcome.FAILED
    assert "no such repository is there" in result.message
    assert result.steps == ()
    assert await ground.get("ConfigMap", "goes")


async def test_a_watch_follows_the_other_repository(
    ground, theirs: GitRepo, places: Places
) -> None:
    follow(ground, theirs, syncPolicy=AUTOMATED)
    async with vigil(str(ground.repo.path), places, pace=replace(PACE, outside=0.2)) as watch:
        await watch.synced("web")
        theirs.write({"web/all.yaml": stream(config_map("stays"), config_map("new"))}).commit()
        await eventually(lambda: ground.get("ConfigMap", "new"), bool, "the new one is there")
        gone = lambda found: found is None  # noqa: E731
        await eventually(lambda: ground.get("ConfigMap", "goes"), gone, "the old one is gone")
