"""A cluster that was restored from a backup: what the store remembers of it is true no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from engine.conftest import Ground, grounded
from engine.vigil import AUTOMATED, PACE, eventually, vigil
from gitrepo import GitRepo
from kube_objects import config_map, stream
from realcluster.start import ControlPlane
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome
from trunkline.edge.cluster.errors import Gone
from trunkline.engine.sync.component import How
from trunkline.sandbox import Sandbox

PRUNE = How(prune=True, wave_timeout=60.0)


@dataclass
class Restorable:
    ground: Ground
    backup: Callable[[], Awaitable[Any]]
    restore: Callable[[Any], Awaitable[None]]


@pytest.fixture(params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
async def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Restorable]:
    """A cluster of the test's own: others would not like to be restored with it."""
    repo = GitRepo(tmp_path / "repo")
    if request.param == "sandbox":
        async with Sandbox(["eu"]) as box:
            kubeconfig = tmp_path / "kubeconfig"
            box.write_kubeconfig(kubeconfig)
            practice = box.clusters["eu"]

            async def backup() -> Any:
                kept = practice.backup()
                practice.compact()
                practice.drop_watches()
                return kept

            async def restore(kept: Any) -> None:
                practice.restore(kept)

            async with grounded(repo, kubeconfig, "shop") as ground:
                yield Restorable(ground, backup, restore)
        return
    plane, real = ControlPlane.start(request.getfixturevalue("real_programs"))
    try:
        async with grounded(repo, real.kubeconfig, "shop") as ground:
            yield Restorable(
                ground,
                lambda: asyncio.to_thread(plane.backup, real),
                lambda kept: asyncio.to_thread(plane.restore, real, kept),
            )
    finally:
        plane.close()


async def test_the_next_sync_brings_it_to_the_commit_again(cluster: Restorable) -> None:
    ground = cluster.ground
    before = stream(config_map("a", {"v": "1"}), config_map("dropped", {"v": "1"}))
    after = stream(config_map("a", {"v": "2"}), config_map("new", {"v": "2"}))
    ground.repo.write({"web.yaml": ground.application("web", "web"), "web/all.yaml": before})
    ground.repo.commit()
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    backup = await cluster.backup()

    ground.repo.write({"web/all.yaml": after}).commit()
    assert (await ground.sync(PRUNE)).outcome is Outcome.SUCCEEDED
    assert await values(ground) == {"a": "2", "new": "2", "dropped": None}
    await cluster.restore(backup)
    assert await values(ground) == {"a": "1", "new": None, "dropped": "1"}

    run = await ground.sync(PRUNE)
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert await values(ground) == {"a": "2", "new": "2", "dropped": None}
    assert not (await ground.sync(PRUNE)).components[0].steps


async def test_a_watch_brings_it_to_the_commit_again(cluster: Restorable) -> None:
    """A cluster that is copied is started anew: what was watched from is not known any more (410).
    After the restore it is in the future.
    """
    ground, quick = cluster.ground, replace(PACE, pulse=0.2, patience=1.5)

    def holds(value: str, *names: str) -> None:
        app = ground.application("web", "web", syncPolicy=AUTOMATED)
        objects = stream(*(config_map(name, {"v": value}) for name in names))
        ground.repo.write({"web.yaml": app, "web/all.yaml": objects}).commit()

    async def becomes(**wanted: str | None) -> None:
        await eventually(lambda: values(ground), lambda now: now == wanted, str(wanted))

    holds("1", "a", "dropped")
    async with vigil(str(ground.repo.path), ground.places(), pace=quick) as watch:
        await becomes(a="1", new=None, dropped="1")
        ref = Ref("", "ConfigMap", ground.namespace, "a")
        before = str((await ground.client.get(ref) or {})["metadata"]["resourceVersion"])
        await ground.client.patch(ref, {"metadata": {"labels": {"more": "yes"}}})
        backup = await cluster.backup()
        with pytest.raises(Gone):
            await watched_from(ground, before)
        await ground.client.patch(ref, {"data": {"v": "by hand"}})
        await becomes(a="1", new=None, dropped="1")
        holds("2", "a", "new")
        watch.watch.bell.ring()
        await becomes(a="2", new="2", dropped=None)
        await cluster.restore(backup)
        await becomes(a="2", new="2", dropped=None)


async def watched_from(ground: Ground, version: str) -> None:
    """Watch the ConfigMaps from the version on until an event comes."""
    found = (await ground.client.discovery()).find("", "ConfigMap")
    assert found
    async for _ in ground.client.watch(found, resource_version=version):
        return


async def values(ground: Ground) -> dict[str, str | None]:
    found = {name: await ground.get("ConfigMap", name) for name in ("a", "new", "dropped")}
    return {name: one and one["data"]["v"] for name, one in found.items()}
