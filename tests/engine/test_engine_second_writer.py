"""What somebody else does between two requests of ours: once looked at, an object comes, goes or is
another, and a kind is established and not told of yet. Each time what is asked for is done.
"""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engine.conftest import Ground, grounded
from engine.fronts import BOTH
from gitrepo import GitRepo
from kube_objects import config_map, crd, job, stream
from realcluster.front import Front, Refused, fronted, with_context
from trunkline.core.event import unheard
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import ObjectOptions
from trunkline.core.run import Outcome
from trunkline.engine.live import Live
from trunkline.engine.sync.wait import until_gone
from trunkline.engine.sync.ways import Ways
from trunkline.engine.sync.writes import Place, Writer
from trunkline.sandbox import Sandbox

REPLACE = ObjectOptions(replace=True)
FORCE = ObjectOptions(force=True)
PRE_SYNC = Place("PreSync", 0)


@dataclass
class Spot:
    """The ground, whose cluster stands behind the front."""

    ground: Ground
    front: Front

    def placed(self, manifest: Manifest) -> Manifest:
        metadata = {**manifest["metadata"], "namespace": self.ground.namespace}
        return {**manifest, "metadata": metadata}

    async def write(self, manifest: Manifest, options: ObjectOptions) -> Manifest:
        client = self.ground.client
        _, write = Ways(client, Live(client)).of(self.placed(manifest), options)
        return await write(self.placed(manifest))

    def once_before(self, method: str, act: Callable[[], Awaitable[object]]) -> None:
        """Do this before the next write with this method arrives."""

        async def admit(verb: str, _path: str, body: bytes) -> bytes:
            if verb == method:
                self.front.admit = None
                await act()
            return body

        self.front.admit = admit


@pytest.fixture(params=BOTH)
async def spot(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Spot]:
    async with contextlib.AsyncExitStack() as stack:
        if request.param == "real":
            behind: Any = request.getfixturevalue("real_cluster")
            front, address = await stack.enter_async_context(fronted(behind, behind.ca))
        else:
            behind = (await stack.enter_async_context(Sandbox(["eu"]))).clusters["eu"]
            front, address = await stack.enter_async_context(fronted(behind))
        with_context(tmp_path / "kubeconfig", "eu", address, behind)
        repo, space = GitRepo(tmp_path / "repo"), f"s-{uuid.uuid4().hex[:8]}"
        ground = await stack.enter_async_context(grounded(repo, tmp_path / "kubeconfig", space))
        yield Spot(ground, front)


async def test_what_comes_between_the_look_and_its_creation_is_replaced(spot: Spot) -> None:
    other = spot.placed(config_map("settings", {"by": "another"}))
    spot.once_before("POST", lambda: spot.ground.client.create(other))
    assert (await spot.write(config_map("settings"), REPLACE))["data"] == {"key": "value"}


async def test_what_goes_between_the_look_and_its_replacement_is_created(spot: Spot) -> None:
    ref = Ref.of(await spot.ground.create(config_map("settings", {"by": "another"})))
    spot.once_before("PUT", lambda: spot.ground.client.delete(ref))
    assert (await spot.write(config_map("settings"), REPLACE))["data"] == {"key": "value"}


async def test_what_goes_before_it_is_made_anew_by_force_is_made_all_the_same(spot: Spot) -> None:
    ref = Ref.of(await spot.ground.create(config_map("settings", {"by": "another"})))

    async def refuse() -> None:
        await spot.ground.client.delete(ref)
        raise Refused(422, "field is immutable")

    spot.once_before("PATCH", refuse)
    assert (await spot.write(config_map("settings"), FORCE))["data"] == {"key": "value"}


async def test_another_of_its_name_holds_nobody_who_waits_for_an_end(spot: Spot) -> None:
    one = await spot.ground.create(config_map("settings"))
    await spot.ground.client.delete(Ref.of(one))
    other = await spot.ground.create(config_map("settings"))
    client = spot.ground.client
    assert await until_gone(client, Live(client), [one], timeout=0) == ()
    assert await until_gone(client, Live(client), [other], timeout=0) == (Ref.of(other),)


async def test_a_job_that_is_gone_needs_no_end(spot: Spot) -> None:
    client, task = spot.ground.client, await spot.ground.create(job("task"))
    await client.delete(Ref.of(task), propagation="Background")
    await client.wait_gone(Ref.of(task))
    live = Live(client)
    writer = Writer(client, live, "web", dry_run=False, listener=unheard, scrub=str)
    assert (await writer.expire(task, 60, PRE_SYNC)).outcome is Outcome.SUCCEEDED


def late(front: Front, group: str, version: str, times: int) -> None:
    """The cluster tells of a version of a group only after that many answers without it."""
    left = times

    def lie(path: str, body: Any) -> Any:
        nonlocal left
        if path != "/apis" or left == 0:
            return body
        items = [
            {**one, "versions": [it for it in one["versions"] if it["version"] != version]}
            if one["metadata"]["name"] == group
            else one
            for one in body["items"]
        ]
        left -= items != body["items"]
        return {**body, "items": items}

    front.lie = lie


async def test_a_kind_is_used_once_the_cluster_tells_of_it(spot: Spot) -> None:
    group = f"{spot.ground.namespace}.example.test"
    kind = crd("widgets", "Widget", group)
    (first,) = kind["spec"]["versions"]
    second = {**first, "name": "v2", "storage": False}
    for version, versions in (("v1", [first]), ("v2", [first, second])):
        kind["spec"]["versions"] = versions
        widget = {
            "apiVersion": f"{group}/{version}",
            "kind": "Widget",
            "metadata": {"name": f"w-{version}"},
        }
        spot.ground.repo.write(
            {
                "apps/web.yaml": spot.ground.application("web", "web"),
                "web/all.yaml": stream(kind, widget),
            }
        ).commit()
        late(spot.front, group, version, times=3)
        run = await spot.ground.sync()
        assert run.outcome is Outcome.SUCCEEDED, run.as_json()
    spot.front.lie = None
    await spot.ground.client.delete(Ref.of(kind))
