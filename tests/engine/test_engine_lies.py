"""A sync of a real API server that answers half, late, too often no, or what is not so.

Whatever it says: nothing goes that Git wants, and what could not be done is done when it is well.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import application
from engine.fronts import client_of, real_eu
from gitrepo import GitRepo
from kube_objects import config_map, deployment, job, stream
from realcluster.front import Front
from realcluster.start import RealCluster
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome, Run
from trunkline.edge.cluster.client import ClusterClient
from trunkline.engine.sync.component import How

HOW = How(prune=True, wave_timeout=60.0)


@dataclass
class Place:
    """A repository of one Application that was synced once, with `front` before its cluster;
    `client` asks the cluster itself.
    """

    repo: GitRepo
    front: Front
    client: ClusterClient
    places: Places

    def holds(self, *objects: Any) -> None:
        self.repo.write({"web/all.yaml": stream(*objects)}).commit()

    async def sync(self) -> Run:
        async with await App.open(str(self.repo.path), self.places) as app:
            return await app.sync(HOW)

    async def there(self) -> set[str]:
        """The names of what is there of the objects that tests use."""
        refs = [Ref("", "ConfigMap", "default", one) for one in ("kept", "goes", "new")]
        refs.append(Ref("apps", "Deployment", "default", "web"))
        return {ref.name for ref in refs if await self.client.get(ref)}


@pytest.fixture
async def place(real_cluster: RealCluster, tmp_path: Path) -> AsyncIterator[Place]:
    """`kept`, `goes` and `web` are there; Git holds `kept` and `new`."""
    kubeconfig = tmp_path / "kubeconfig"
    limits = "clusters: [{name: eu}]\nlimits: {cluster: {timeout: 15}}\n"
    files = {"apps/web.yaml": application("web", "web", "eu", "default"), "trunkline.yaml": limits}
    repo = GitRepo(tmp_path / "repo").write(files)
    places = Places(tmp_path / "cache", str(tmp_path / "store.db"), str(kubeconfig))
    async with real_eu(real_cluster, kubeconfig) as front:
        client = client_of(front.cluster.kubeconfig, front.cluster.name)
        made = Place(repo, front, client, places)
        made.holds(config_map("kept"), config_map("goes"), deployment("web"))
        assert (await made.sync()).outcome is Outcome.SUCCEEDED
        made.holds(config_map("kept", {"key": "other"}), config_map("new"))
        yield made
        await made.client.close()


def halved(front: Front) -> None:
    front.halved, front.halves = "/configmaps", 3


def busy(front: Front) -> None:
    front.faults.throttle(3, retry_after=1)


def failing(front: Front) -> None:
    front.faults.fail(503, 8)


def slow(front: Front) -> None:
    front.faults.latency = 0.2


@pytest.mark.parametrize("bad", [halved, busy, failing, slow])
async def test_a_bad_moment_is_not_noticed(place: Place, bad: Callable[[Front], None]) -> None:
    bad(place.front)
    run = await place.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert await place.there() == {"kept", "new"}


def half_for_ever(front: Front) -> None:
    front.halved, front.halves = "/configmaps", 10_000


def lists_nothing(front: Front) -> None:
    """Each list is empty, as from a proxy that filters what its user may see."""

    def lie(path: str, body: Any) -> Any:
        return {**body, "items": []} if path.endswith(("/configmaps", "/deployments")) else body

    front.lie = lie


def no_lists(front: Front) -> None:
    """Each list is a page of another kind."""
    front.lie = lambda path, body: (
        {"kind": "Status", "status": "Success"} if path.endswith("/configmaps") else body
    )


@pytest.mark.parametrize("bad", [half_for_ever, no_lists, lists_nothing])
async def test_what_is_not_seen_stays_until_it_is(
    place: Place, bad: Callable[[Front], None]
) -> None:
    bad(place.front)
    await place.sync()
    assert {"kept", "goes"} <= await place.there()
    place.front.lie, place.front.halves = None, 0
    run = await place.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert await place.there() == {"kept", "new"}


def discovery(change: Callable[[dict[str, Any]], None]) -> Callable[[Front], None]:
    """A discovery whose groups are changed so; what it serves stays as it is."""

    def lie(path: str, body: Any) -> Any:
        if path not in ("/api", "/apis") or "items" not in body:
            return body
        changed = deepcopy(body)
        for group in changed["items"]:
            change(group)
        changed["items"] = [one for one in changed["items"] if one.get("versions")]
        return changed

    def bad(front: Front) -> None:
        front.lie = lie

    bad.__name__ = change.__name__
    return bad


def a_kind_that_is_not_there(group: dict[str, Any]) -> None:
    """As of an operator whose definitions are gone and whose discovery is a minute old."""
    if group["metadata"].get("name") == "apps":
        phantom = deepcopy(group["versions"][0]["resources"][0])
        phantom |= {"resource": "phantoms", "singularResource": "phantom"}
        phantom["responseKind"]["kind"] = "Phantom"
        group["versions"][0]["resources"].append(phantom)


def a_group_is_left_out(group: dict[str, Any]) -> None:
    if group["metadata"].get("name") == "apps":
        group["versions"] = []


def all_groups_are_left_out(group: dict[str, Any]) -> None:
    if group["metadata"].get("name"):
        group["versions"] = []


def another_scope(group: dict[str, Any]) -> None:
    for version in group["versions"]:
        for one in version["resources"]:
            one["scope"] = "Cluster"


@pytest.mark.parametrize(
    "bad",
    [
        discovery(one)
        for one in (
            a_kind_that_is_not_there,
            a_group_is_left_out,
            all_groups_are_left_out,
            another_scope,
        )
    ],
)
async def test_a_discovery_that_lies_costs_nothing_that_git_wants(
    place: Place, bad: Callable[[Front], None]
) -> None:
    bad(place.front)
    await place.sync()
    assert "kept" in await place.there()
    place.front.lie = None
    run = await place.sync()
    assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    assert await place.there() == {"kept", "new"}
    assert (await place.sync()).components[0].steps == ()


async def test_two_syncs_at_once_run_a_hook_once(place: Place) -> None:
    once = job("once", hook="PreSync")
    once["metadata"]["annotations"]["argocd.argoproj.io/hook-delete-policy"] = "HookSucceeded"
    place.holds(config_map("kept"), config_map("new"), once)
    runs = await asyncio.gather(place.sync(), place.sync())
    steps = [step for run in runs for one in run.components for step in one.steps]
    assert [one.ref.name for one in steps if one.verb == "hook"] == ["once"]
    assert await place.there() == {"kept", "new"}
