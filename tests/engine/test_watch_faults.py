"""What goes wrong while one watches: cuts, lost words, dead and restored clusters, new kinds."""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from engine.conftest import application
from engine.fronts import BOTH, client_of, eu_of
from engine.vigil import AUTOMATED, PACE, Vigil, eventually, vigil
from gitrepo import GitRepo
from kube_objects import config_map, crd, deployment, stream
from trunkline.app.places import Places
from trunkline.core import event
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome
from trunkline.edge.cluster.client import ClusterClient

SETTINGS = Ref("", "ConfigMap", "default", "settings")
# What only the practice cluster does on demand; `test_engine_restored` has the real one do it.
practised = pytest.mark.parametrize("world", ["sandbox"], indirect=True)
# Clusters that are down are asked again soon.
QUICK = replace(PACE, pulse=0.2, patience=1.5)


@dataclass
class Region:
    """A practice cluster, or the front of the real one, and a client, to see and to meddle."""

    practice: Any
    client: ClusterClient

    async def value(self) -> str:
        live = await self.client.get(SETTINGS)
        return live["data"]["key"] if live else ""

    async def tamper(self, value: str = "tampered") -> None:
        await self.client.patch(SETTINGS, {"data": {"key": value}})

    async def healed(self, value: str = "value") -> None:
        await eventually(self.value, lambda one: one == value, "healed")


@dataclass
class World:
    """A repository whose Applications go to some regions."""

    repo: GitRepo
    places: Places
    regions: dict[str, Region]

    def watching(self, **more: Any) -> contextlib.AbstractAsyncContextManager[Vigil]:
        return vigil(str(self.repo.path), self.places, **more)

    def deliver(self, *objects: Any, **spec: Any) -> str:
        """An Application in each region, all of one directory."""
        spec = {"syncPolicy": AUTOMATED, **spec}
        files: dict[str, str | bytes] = {"web/all.yaml": stream(*objects)}
        for name in self.regions:
            files[f"apps/{name}.yaml"] = application(f"web-{name}", "web", name, "default", **spec)
        return self.repo.write(files).commit()


@pytest.fixture(params=BOTH)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """`us` is a practice cluster; `eu` is another, or the real API server behind a front."""
    kubeconfig = tmp_path / "kubeconfig"
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"), str(kubeconfig))
    limits = "clusters: [{name: eu}, {name: us}]\nlimits: {cluster: {timeout: 10}}\n"
    repo = GitRepo(tmp_path / "repo").write({"trunkline.yaml": limits})
    async with eu_of(request, kubeconfig, "us") as found:
        regions = {one: Region(found[one], client_of(kubeconfig, one)) for one in sorted(found)}
        yield World(repo, places, regions)
        for region in regions.values():
            await region.client.close()


async def test_watches_that_are_cut_go_on_from_where_they_were(world: World) -> None:
    world.deliver(config_map("settings"))
    eu = world.regions["eu"]
    async with world.watching() as watch:
        await watch.synced("web-eu", "web-us")
        for name in ("first", "second"):
            eu.practice.drop_watches()
            await eu.tamper(name)
            eu.practice.drop_watches()
            await eu.healed()
        assert watch.told(event.ClusterDown) == []


@practised
async def test_a_version_that_is_gone_costs_a_list_and_nothing_else(world: World) -> None:
    world.deliver(config_map("settings"), config_map("more"))
    eu = world.regions["eu"]
    async with world.watching() as watch:
        await watch.synced("web-eu", "web-us")
        steps = len(watch.steps())
        # The log of changes is forgotten while nobody watches, and bookmarks never came.
        eu.practice.faults.markless = True
        for name in ("a", "b", "c"):
            one = config_map(name)
            one["metadata"]["namespace"] = "default"
            await eu.client.create(one)
        eu.practice.compact()
        eu.practice.drop_watches()
        await eu.tamper()
        await eu.healed()
        await watch.until(lambda: len(watch.steps()) == steps + 1, "one heal")
        await eu.client.delete(SETTINGS)
        eu.practice.compact()
        eu.practice.drop_watches()
        await eu.healed()


@pytest.mark.parametrize("fault", ["dead", "refuse"])
async def test_a_dead_cluster_holds_up_nobody_and_comes_back_by_itself(
    world: World, fault: str
) -> None:
    world.deliver(config_map("settings"))
    eu, us = world.regions["eu"], world.regions["us"]
    setattr(eu.practice.faults, fault, True)
    async with world.watching(pace=QUICK) as watch:
        await watch.synced("web-us")
        await us.healed()
        await watch.until(lambda: downs(watch), "told")
        down = downs(watch)[0]
        assert down.since > 0
        eu.practice.faults.clear()
        await watch.synced("web-eu")
        assert down.since in [one.since for one in watch.told(event.ClusterUp)]
        await eu.healed()


async def test_a_cluster_that_is_reached_another_way_by_now(world: World) -> None:
    """Its address, or what signs its certificate, changed in the kubeconfig while it was down."""
    world.deliver(config_map("settings"))
    kubeconfig = Path(world.places.kubeconfig)
    right = kubeconfig.read_text()
    server = next(
        one["cluster"]["server"] for one in yaml.safe_load(right)["clusters"] if one["name"] == "eu"
    )
    kubeconfig.write_text(right.replace(server, "http://127.0.0.1:1"))
    async with world.watching(pace=QUICK) as watch:
        await watch.synced("web-us")
        await watch.until(lambda: downs(watch), "told")
        kubeconfig.write_text(right)
        await watch.synced("web-eu")


async def test_a_cluster_that_dies_meanwhile_is_healed_of_what_it_did_then(world: World) -> None:
    world.deliver(config_map("settings"))
    eu, us = world.regions["eu"], world.regions["us"]
    async with world.watching(pace=QUICK) as watch:
        await watch.synced("web-eu", "web-us")
        await watch.until(lambda: len(watch.told(event.ClusterUp)) == 2, "both up")
        before = len(downs(watch))
        eu.practice.faults.mute = True
        await eu.tamper("just before")
        eu.practice.faults.dead = True
        await watch.until(lambda: len(downs(watch)) > before, "told")
        await us.tamper()
        await us.healed()
        # Nobody hears of it any more: what stands when it is back is all there is to go by.
        eu.practice.faults.mute = False
        eu.practice.faults.dead = False
        await eu.healed()


def downs(watch: Vigil) -> list[event.ClusterDown]:
    return [one for one in watch.told(event.ClusterDown) if one.cluster == "eu"]


async def test_what_silent_watches_missed_is_found_by_the_resync(world: World) -> None:
    world.deliver(config_map("settings"))
    eu = world.regions["eu"]
    async with world.watching(pace=replace(PACE, pulse=0.1, resync=0.3)) as watch:
        await watch.synced("web-eu", "web-us")
        eu.practice.faults.mute = True
        await eu.tamper()
        await eu.healed()
        await eu.client.delete(SETTINGS)
        await eu.healed()


@practised
async def test_a_cluster_restored_from_a_backup_is_brought_up_to_date(world: World) -> None:
    world.deliver(config_map("settings", {"key": "old"}))
    eu = world.regions["eu"]
    async with world.watching(pace=replace(PACE, pulse=0.2)) as watch:
        await watch.synced("web-eu", "web-us")
        backup = eu.practice.backup()
        for value in ("newer", "newest"):
            world.deliver(config_map("settings", {"key": value}), config_map("more"))
            watch.watch.bell.ring()
            await eu.healed(value)
        eu.practice.restore(backup)
        assert await eu.value() == "old"
        await eu.healed("newest")
        more = replace(SETTINGS, name="more")
        await eventually(lambda: eu.client.get(more), bool, "what the backup did not know")


async def test_a_kind_that_appears_later_is_delivered_then(world: World) -> None:
    gadget = {"apiVersion": "x.test/v1", "kind": "Gadget", "metadata": {"name": "g"}, "spec": {}}
    world.deliver(gadget)
    eu = world.regions["eu"]
    pace = replace(PACE, pulse=0.1, discover=0.2)
    async with world.watching(pace=pace) as watch:
        await watch.until(
            lambda: (found := watch.status("web-eu")) and "serves no" in found.message, "told"
        )
        await eu.client.apply(crd("gadgets", "Gadget", "x.test"))
        await watch.synced("web-eu")
        assert watch.status("web-us").sync == "OutOfSync"
        await eu.client.rediscover()
        await eu.client.delete(Ref("x.test", "Gadget", "default", "g"))
        await eventually(
            lambda: eu.client.get(Ref("x.test", "Gadget", "default", "g")), bool, "healed too"
        )


async def test_a_server_that_answers_badly_is_asked_again(world: World) -> None:
    world.deliver(config_map("settings"))
    eu = world.regions["eu"]
    eu.practice.faults.fail(500, 12, path="/configmaps")
    eu.practice.faults.latency = 0.05
    async with world.watching(pace=QUICK) as watch:
        await watch.synced("web-eu", "web-us")
        await eu.healed()


async def test_a_commit_that_cannot_be_read_changes_nothing(world: World) -> None:
    head = world.deliver(config_map("settings"))
    async with world.watching() as watch:
        await watch.synced("web-eu", "web-us")
        world.repo.write({"trunkline.yaml": "clusters: nonsense\n", "web/all.yaml": "# gone\n"})
        world.repo.commit()
        watch.watch.bell.ring()
        await watch.until(lambda: watch.told(event.CommitRefused), "refused")
        (told,) = watch.told(event.CommitRefused)
        assert told.commit == head and "trunkline.yaml:1" in told.message
        await world.regions["eu"].tamper()
        await world.regions["eu"].healed()


async def test_a_closed_sync_window_keeps_the_watch_from_writing(world: World) -> None:
    always = {"kind": "deny", "schedule": "* * * * *", "duration": "24h", "clusters": ["eu"]}
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "frozen", "namespace": "argocd"},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"name": "*", "namespace": "*"}],
            "syncWindows": [{**always, "manualSync": True}],
        },
    }
    world.repo.write({"project.yaml": stream(project)})
    world.deliver(config_map("settings"), project="frozen")
    async with world.watching() as watch:
        await watch.synced("web-us")
        await watch.until(lambda: watch.status("web-eu"), "told")
        assert "denies syncs until" in watch.status("web-eu").message
        assert await world.regions["eu"].value() == ""


async def test_children_of_an_application_go_wave_by_wave(world: World) -> None:
    wave = {"annotations": {"argocd.argoproj.io/sync-wave": "1"}}
    auto = {"syncPolicy": AUTOMATED}
    children = [
        application("second", "second", "eu", "default", meta=wave, **auto),
        application("first", "first", "eu", "default", **auto),
    ]
    for text in children:
        assert "namespace: argocd" in text
    world.repo.write(
        {
            "root.yaml": application("root", "children", "eu", "default", **auto),
            "children/all.yaml": "\n---\n".join(children),
            "first/all.yaml": stream(deployment("first")),
            "second/all.yaml": stream(config_map("second")),
        }
    ).commit()
    async with world.watching() as watch:
        await watch.synced("first", "second")
        healthy = next(
            at
            for at, one in enumerate(watch.heard)
            if isinstance(one, event.StatusSeen)
            and (one.status.id, one.status.health) == ("first", "Healthy")
        )
        begun = next(
            at
            for at, one in enumerate(watch.heard)
            if isinstance(one, event.ComponentStarted) and one.id == "second"
        )
        assert healthy < begun


async def test_a_stop_leaves_nothing_half_done(world: World) -> None:
    many = [config_map(f"many-{number}") for number in range(60)]
    world.deliver(config_map("settings"), *many)
    world.regions["eu"].practice.faults.latency = 0.02
    async with world.watching() as watch:
        await watch.until(lambda: len(watch.told(event.StepDone)) > 5, "in the middle")
    assert len(watch.told(event.RunEnded)) == len(watch.told(event.RunStarted)) >= 1
    world.regions["eu"].practice.faults.clear()
    async with world.watching() as watch:
        await watch.synced("web-eu", "web-us")
        newest, *_, cut = await watch.runs()
        assert cut.outcome.value == "cancelled" and newest.id > cut.id

    async def left() -> list[str]:
        return [one.get_name() for one in asyncio.all_tasks() if "eu" in one.get_name()]

    await eventually(left, lambda names: not names, "no task is left")


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process may grow, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@practised
async def test_a_disk_that_fills_is_told_and_healing_goes_on(world: World) -> None:
    world.deliver(config_map("settings"))
    eu = world.regions["eu"]
    async with world.watching() as watch:
        await watch.synced("web-eu", "web-us")
        with full_disk():
            await eu.tamper()
            await eu.healed()
            await watch.until(lambda: watch.told(event.Unrecorded), "told")
        ran = len(watch.told(event.RunEnded))
        await eu.tamper()
        await eu.healed()
        await watch.until(lambda: len(watch.told(event.RunEnded)) > ran, "the heal ended")
        last = watch.told(event.RunEnded)[-1].run
        kept = {one.id: one.outcome for one in await watch.runs()}
        assert kept[last.id] is Outcome.SUCCEEDED


async def test_a_branch_far_away_is_fetched(world: World) -> None:
    address = "repository: {urls: ['https://git.example.test/config.git']}\n"
    known = (world.repo.path / "trunkline.yaml").read_text()
    world.repo.write({"trunkline.yaml": known + address})
    world.deliver(config_map("settings"))
    url = f"file://{world.repo.path}"
    async with vigil(url, world.places) as watch:
        await watch.synced("web-eu", "web-us")
        head = world.deliver(config_map("settings", {"key": "newer"}))
        watch.watch.bell.ring()
        await world.regions["eu"].healed("newer")
        assert watch.told(event.CommitSeen)[-1].commit == head
        # An origin that is gone is told once, and what is known of it still counts.
        world.repo.path.rename(world.repo.path.with_name("moved"))
        watch.watch.bell.ring()
        await watch.until(lambda: watch.told(event.CommitRefused), "told")
        for _ in range(3):
            watch.watch.bell.ring()
            await asyncio.sleep(0.2)
        assert len(watch.told(event.CommitRefused)) == 1
        await world.regions["eu"].tamper()
        await world.regions["eu"].healed("newer")


async def test_a_kind_whose_own_server_is_down_keeps_nothing_else_from_being_watched(
    world: World,
) -> None:
    world.deliver(config_map("settings"))
    eu = world.regions["eu"]
    eu.practice.faults.fail(503, times=10_000, path="/apis/storage.k8s.io/")
    async with world.watching() as watch:
        await watch.synced("web-eu", "web-us")
        await eu.tamper()
        await eu.healed()
        assert watch.told(event.ClusterDown) == []
