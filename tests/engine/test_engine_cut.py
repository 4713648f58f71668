"""Writes that are cut off, waits that are replaced, and what a partial sync leaves behind."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace

from engine.conftest import HOW
from engine.paused import paused, waits_for_paused
from kube_objects import config_map, deployment, job, stream
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome
from trunkline.edge.cluster.errors import Unreachable
from trunkline.edge.store import Store, leases
from trunkline.engine.live import Live
from trunkline.engine.sync.wait import until_healthy
from trunkline.engine.sync.writes import all_ended, uncut


async def test_a_cancelled_write_is_waited_for() -> None:
    gate, done = asyncio.Event(), []

    async def write() -> None:
        await gate.wait()
        done.append("written")

    writing = asyncio.create_task(uncut(write(), "apply"))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.sleep(0)
    assert not writing.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert done == ["written"]


async def test_what_is_written_beside_a_failure_has_ended_when_that_is_told() -> None:
    gate, done = asyncio.Event(), []

    async def write() -> str:
        await gate.wait()
        done.append("written")
        return "step"

    async def fail() -> str:
        raise Unreachable("the connection broke")

    writing = asyncio.create_task(all_ended([fail(), write()]))
    await asyncio.sleep(0.01)
    assert not writing.done()
    gate.set()
    failure, step = await writing
    assert (str(failure), step, done) == ("the connection broke", "step", ["written"])


async def test_a_wait_ends_when_a_newer_commit_is_there(ground) -> None:
    broken = deployment("web")
    broken["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    fails = {"sandbox.trunkline/fail": "Pending"}
    broken["spec"]["template"]["metadata"]["annotations"] = fails
    broken["metadata"]["namespace"] = ground.namespace
    await ground.client.apply(broken)
    newer, ref = asyncio.Event(), Ref.of(broken)
    live = Live(ground.client)
    await live.load([ref])
    waiting = asyncio.create_task(
        until_healthy(ground.client, live, [ref], timeout=60, told=lambda *_: None, enough=newer)
    )
    await asyncio.sleep(0.1)
    newer.set()
    async with asyncio.timeout(30):
        assert (await waiting).pending == (ref,)


async def test_a_sync_of_one_object_does_not_make_the_hooks_run_again(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(config_map("settings"), job("migrate", hook="PreSync")),
        }
    ).commit()
    await ground.sync()
    settings = Ref("", "ConfigMap", ground.namespace, "settings")
    live = await ground.client.get(settings)
    await ground.client.replace({**live, "data": {"key": "tampered"}})
    healed = await ground.sync(replace(HOW, only=frozenset({settings})))
    assert [str(one.ref) for one in healed.components[0].steps] == [str(settings)]
    whole = await ground.sync()
    assert (whole.outcome, whole.components[0].steps) == (Outcome.SUCCEEDED, ())


async def test_what_was_done_before_a_lease_was_lost_stands_in_the_run(
    ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that slept: it did not renew its lease, and another took over."""
    monkeypatch.setattr(leases, "BEATS", 600)
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web"),
            "web/all.yaml": stream(config_map("settings"), paused()),
        }
    ).commit()
    work = asyncio.create_task(ground.sync())
    await waits_for_paused(ground)
    async with await Store.open(ground.places().store) as store:
        (held,) = await store.holdings("")
        assert await store.break_lease(held.key, held.owner, held.since)
        (result,) = (await work).components
    assert result.outcome is Outcome.FAILED and "was taken over by another" in result.message
    assert [f"{one.verb} {one.ref.name}" for one in result.steps] == ["hook paused"]
