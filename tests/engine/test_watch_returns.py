"""Objects that Git drops and brings back: that is a commit's doing, not the cluster's."""

from __future__ import annotations

import pytest

from engine.test_watch_heals import settings, shop, watching
from engine.vigil import Vigil, eventually
from kube_objects import config_map, job
from trunkline.core import event

PRUNED = {"automated": {"prune": True}}
HEALED = {"automated": {"prune": True, "selfHeal": True}}

ONE, TWO = config_map("settings"), config_map("more")
HOOK = job("once", hook="PreSync")


async def delivered(watch: Vigil, times: int) -> None:
    """Wait until so many commits were delivered."""
    watch.watch.bell.ring()
    await watch.until(lambda: len(watch.told(event.RunEnded)) >= times, f"{times} delivered")


@pytest.mark.parametrize("policy", [PRUNED, HEALED], ids=["no-self-heal", "self-heal"])
async def test_what_a_commit_brings_back_is_delivered_with_its_hooks(ground, policy) -> None:
    shop(ground, ONE, TWO, HOOK, policy=policy)
    async with watching(ground) as watch:
        await delivered(watch, 1)
        shop(ground, ONE, HOOK, policy=policy)
        await delivered(watch, 2)
        assert await settings(ground, "more") is None
        shop(ground, ONE, TWO, HOOK, policy=policy)
        await delivered(watch, 3)
        assert watch.steps()[-2:] == ["hook Job once", "apply ConfigMap more"]
        assert watch.told(event.Drifted) == []


async def test_what_was_pruned_while_nobody_watched_is_delivered_too(ground) -> None:
    shop(ground, ONE, TWO, policy=PRUNED)
    async with watching(ground) as watch:
        await watch.synced("web")
    shop(ground, ONE, policy=PRUNED)
    await ground.sync()
    assert await settings(ground, "more") is None
    shop(ground, ONE, TWO, policy=PRUNED)
    async with watching(ground) as watch:
        await eventually(lambda: settings(ground, "more"), bool, "delivered")
        assert watch.told(event.Drifted) == []


async def test_verdicts_on_what_is_gone_are_not_kept(ground) -> None:
    """As with configurations whose names end in a hash: each change leaves one behind."""
    shop(ground, ONE, config_map("settings-0"))
    async with watching(ground) as watch:
        await delivered(watch, 1)
        for number in (1, 2, 3):
            shop(ground, ONE, config_map(f"settings-{number}"))
            await delivered(watch, number + 1)
        kept = await (await watch.app.store()).verdicts(ground.cluster)
        assert sorted(ref.name for ref in kept) == ["settings", "settings-3"]
