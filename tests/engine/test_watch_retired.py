"""Clusters that a commit takes away from a watch, or has reached in another way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from engine.conftest import application
from engine.fronts import client_of, practised
from engine.vigil import AUTOMATED, PACE, vigil
from gitrepo import GitRepo
from kube_objects import config_map, stream
from trunkline.app.places import Places
from trunkline.core import event
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome
from trunkline.edge.cluster.client import ClusterClient
from trunkline.sandbox import PracticeCluster

OFTEN = replace(PACE, poll=0.1, leased=0.1)


@dataclass
class World:
    """A repository with one Application, `web`, and two clusters."""

    repo: GitRepo
    places: Places
    clusters: dict[str, PracticeCluster]
    eu: ClusterClient

    def deliver(self, cluster: str, objects: int = 1, tier: str = "one") -> None:
        many = [config_map(f"many-{number}") for number in range(objects)]
        settings = f"clusters: [{{name: eu, labels: {{tier: {tier}}}}}, {{name: us}}]"
        self.repo.write(
            {
                "trunkline.yaml": settings,
                "web/all.yaml": stream(*many),
                "web.yaml": application("web", "web", cluster, "default", syncPolicy=AUTOMATED),
            }
        ).commit()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    kubeconfig = tmp_path / "kubeconfig"
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"), str(kubeconfig))
    async with practised(kubeconfig, "eu", "us") as clusters:
        eu = client_of(kubeconfig, "eu")
        yield World(GitRepo(tmp_path / "repo"), places, clusters, eu)
        await eu.close()


async def test_what_is_being_written_ends_well_when_the_cluster_is_reached_in_another_way(
    world: World,
) -> None:
    world.deliver("eu", objects=60)
    async with vigil(str(world.repo.path), world.places, pace=OFTEN) as watch:
        await watch.until(lambda: watch.told(event.ClusterUp), "connected")
        world.clusters["eu"].faults.latency = 0.2
        await watch.until(lambda: watch.told(event.ComponentStarted), "begun")
        world.deliver("eu", objects=60, tier="two")
        await watch.until(lambda: len(watch.told(event.ClusterUp)) > 1, "connected anew")
        world.clusters["eu"].faults.latency = 0.0
        await watch.synced("web")
        failed = [
            one.step for one in watch.told(event.StepDone) if one.step.outcome is Outcome.FAILED
        ]
        assert failed == []


async def test_a_cluster_that_nothing_watched_is_in_any_more_is_left_alone(world: World) -> None:
    world.deliver("eu")
    async with vigil(str(world.repo.path), world.places, pace=OFTEN, ids=["web"]) as watch:
        await watch.synced("web")
        world.deliver("us")
        await watch.until(lambda: in_cluster(watch.told(event.StatusSeen), "us"), "moved")
        tampered = Ref("", "ConfigMap", "default", "many-0")
        await world.eu.patch(tampered, {"data": {"key": "theirs"}})
        world.deliver("us", objects=2)
        await watch.until(lambda: "apply ConfigMap many-1" in watch.steps(), "the next commit")
        names = [one.get_name() for one in asyncio.all_tasks()]
        assert [one for one in names if one.startswith("eu: ")] == []
        live = await world.eu.get(tampered)
        assert live and live["data"]["key"] == "theirs"


def in_cluster(seen: list[event.StatusSeen], name: str) -> bool:
    return any(one.status.cluster == name and one.status.sync == "Synced" for one in seen)
