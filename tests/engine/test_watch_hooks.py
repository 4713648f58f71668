"""Hooks under a watch: one that fails is tried again as the policy says, and is never forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from engine.conftest import Ground
from engine.vigil import AUTOMATED, PACE, vigil
from kube_objects import config_map, job, stream
from trunkline.core import event
from trunkline.core.manifest import Ref

QUICK = {**AUTOMATED, "retry": {"limit": 3, "backoff": {"duration": "1ms", "factor": 1}}}


def failing() -> Any:
    """A Job that no attempt brings to a good end: no node takes its pod."""
    one = job("notify", hook="PostSync")
    one["spec"]["activeDeadlineSeconds"] = 1
    one["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
    one["spec"]["template"]["metadata"] = {"annotations": {"sandbox.trunkline/fail": "Error"}}
    return one


async def test_a_hook_that_fails_is_tried_as_often_as_the_policy_says(ground) -> None:
    ground.repo.write(
        {
            "apps/web.yaml": ground.application("web", "web", syncPolicy=QUICK),
            "web/all.yaml": stream(config_map("settings"), failing()),
        }
    ).commit()
    async with vigil(str(ground.repo.path), ground.places()) as watch:

        def begun() -> int:
            steps = [one.step for one in watch.told(event.StepDone)]
            return sum(one.verb == "hook" and one.message == "" for one in steps)

        await watch.until(lambda: begun() == 4, "four attempts")
        await watch.until(lambda: watch.status("web").sync == "OutOfSync", "told")
        assert "notify" in watch.status("web").message
        # The objects are as they should be, and still the sync has not ended well.
        assert await ground.client.get(Ref("", "ConfigMap", ground.namespace, "settings"))


@pytest.mark.parametrize("name", [{"generateName": "migrate-"}, {"name": "migrate"}])
async def test_what_a_hook_left_is_history(ground: Ground, name: dict[str, str]) -> None:
    """It is no reason to sync again, and stays when Git holds the hook no more."""
    hook = job("x", hook="PreSync")
    hook["metadata"] = {**name, "annotations": hook["metadata"]["annotations"]}
    app = ground.application("web", "web", syncPolicy=AUTOMATED)
    ground.repo.write({"apps/web.yaml": app})
    ground.repo.write({"web/all.yaml": stream(config_map("settings"), hook)}).commit()
    async with vigil(str(ground.repo.path), ground.places(), pace=PACE) as watch:
        await watch.synced("web")
        settings = config_map("settings", {"new": "1"})
        ground.repo.write({"web/all.yaml": stream(settings)})
        head = ground.repo.commit()
        watch.watch.bell.ring()
        await watch.until(
            lambda: (one := watch.status("web")) and (one.commit, one.sync) == (head, "Synced"),
            "the hook was dropped",
        )
        assert [one.split()[0] for one in watch.steps()] == ["hook", "apply", "apply"]
