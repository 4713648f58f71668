"""What never ends, never fits or fights back: the sync ends, says why, and the rest goes on."""

from __future__ import annotations

import os

import pytest
from msgspec.structs import replace

from engine.conftest import HOW, Ground
from kube_objects import config_map, stream
from trunkline.core.manifest import Ref
from trunkline.core.run import Outcome, Run

HURRY = replace(HOW, prune=True, wave_timeout=1.0)
HELD = ["trunkline.test/held"]

# 5,000 objects take their time.
BIG = pytest.mark.skipif("TRUNKLINE_BIG" not in os.environ, reason="`make faults` runs it")


def web(ground: Ground, *objects: dict[str, object]) -> None:
    app = ground.application("web", "web")
    ground.repo.write({"apps/web.yaml": app, "web/all.yaml": stream(*objects)}).commit()


def message(run: Run, component: str = "web") -> str:
    return next(one.message for one in run.components if one.id == component)


async def released(ground: Ground, name: str) -> None:
    patch = {"metadata": {"finalizers": None}}
    await ground.client.patch(Ref("", "ConfigMap", ground.namespace, name), patch)


async def test_a_finalizer_that_never_ends_is_told_and_the_next_sync_completes(
    ground: Ground,
) -> None:
    held = config_map("held")
    held["metadata"]["finalizers"] = HELD
    web(ground, held, config_map("other"))
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    web(ground, config_map("other", {"k": "2"}))
    run = await ground.sync(HURRY)
    assert run.outcome is Outcome.FAILED
    assert "held" in message(run)
    assert "finalizer" in message(run)
    other = await ground.get("ConfigMap", "other")
    assert other is not None
    assert other["data"] == {"k": "2"}, "what does not depend on it was done"
    await released(ground, "held")
    assert (await ground.sync(HURRY)).outcome is Outcome.SUCCEEDED
    assert await ground.get("ConfigMap", "held") is None


async def test_a_namespace_stuck_in_deletion_is_told_and_comes_back(ground: Ground) -> None:
    """A namespace goes only when all in it is gone; nothing new may come in meanwhile."""
    held = config_map("held")
    held["metadata"]["finalizers"] = HELD
    await ground.create(held)
    await ground.client.delete(Ref("", "Namespace", "", ground.namespace))
    web(ground, config_map("new"))
    run = await ground.sync(HURRY)
    assert run.outcome is Outcome.FAILED
    assert "being terminated" in message(run)
    assert ground.namespace in message(run)
    await released(ground, "held")


async def test_another_controller_that_takes_a_field_back_is_no_endless_fight(
    ground: Ground,
) -> None:
    web(ground, config_map("a", {"k": "ours", "free": "x"}))
    await ground.sync()
    for _ in range(3):
        live = await ground.get("ConfigMap", "a")
        assert live is not None
        await ground.client.replace({**live, "data": {"k": "theirs", "free": "x"}})
        run = await ground.sync()
        assert run.outcome is Outcome.SUCCEEDED
        assert [step.verb for step in run.components[0].steps] == ["apply"]
        after = await ground.get("ConfigMap", "a")
        assert after is not None
        assert after["data"]["k"] == "ours"


async def test_names_at_their_limits_and_just_beyond(ground: Ground) -> None:
    long = "n" * 253
    labelled = config_map("labelled")
    labelled["metadata"]["labels"] = {f"{'p' * 63}.test/{'k' * 63}": "v" * 63}
    web(ground, config_map(long), labelled)
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    assert (await ground.sync()).components[0].steps == ()
    web(ground, config_map(long), labelled, config_map("n" * 254))
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    assert "must be no more than 253" in message(run)


async def test_an_application_of_the_longest_name_is_found_by_its_mark(ground: Ground) -> None:
    name = "a" * 253
    ground.repo.write(
        {
            "apps/long.yaml": ground.application(name, "web"),
            "web/all.yaml": stream(config_map("a"), config_map("b")),
        }
    ).commit()
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    ground.repo.write({"web/all.yaml": stream(config_map("a"))}).commit()
    assert (await ground.sync(replace(HOW, prune=True))).outcome is Outcome.SUCCEEDED
    assert await ground.get("ConfigMap", "b") is None


async def test_an_object_of_900_kilobytes(ground: Ground) -> None:
    web(ground, config_map("big", {"k": "x" * 900_000}))
    assert (await ground.sync()).outcome is Outcome.SUCCEEDED
    assert (await ground.sync()).components[0].steps == ()
    web(ground, config_map("big", {"k": "x" * 900_001}))
    (change,) = (await ground.plan()).components[0].changes
    assert change.diff
    web(ground, config_map("big", {"k": "x" * 1_800_000}))
    run = await ground.sync()
    assert run.outcome is Outcome.FAILED
    assert "Too long" in message(run) or "too large" in message(run).lower()
    assert len(message(run)) < 3_000


@BIG
@pytest.mark.timeout(900)
async def test_5000_objects_in_one_component(ground: Ground) -> None:
    many = [config_map(f"m-{at}", {"k": str(at)}) for at in range(5000)]
    web(ground, *many)
    run = await ground.sync()
    assert run.outcome is Outcome.SUCCEEDED
    assert len(run.components[0].steps) == 5000
    again = await ground.sync()
    assert (again.components[0].steps, again.components[0].unchanged) == ((), 5000)
    web(ground, *many[:4000])
    # The garbage collector takes some twenty objects a second that are deleted in the foreground.
    run = await ground.sync(replace(HOW, prune=True, wave_timeout=300))
    assert run.outcome is Outcome.SUCCEEDED
    assert sum(step.verb == "prune" for step in run.components[0].steps) == 1000
