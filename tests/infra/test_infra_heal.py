"""Drift is healed by the real programs: by policy, and beside what is planned for the commit."""

from __future__ import annotations

import jsonschema

from infra.ground import NET, Ground
from trunkline.core.infra.drift import DriftReport, Healing
from trunkline.core.report.infra_drift_text import healing_text
from trunkline.core.report.schema import infra_drift_schema


async def healed(ground: Ground) -> Healing:
    async with await ground.app() as app:
        report = await app.heal(await app.drift())
    jsonschema.validate(report.as_json(), infra_drift_schema())
    assert report.healing
    return report.healing


def ended(healing: Healing) -> dict[str, str]:
    return {one.unit: one.ended.value for one in healing.apply.units} if healing.apply else {}


async def still(ground: Ground) -> list[str]:
    report: DriftReport = await ground.drift()
    return [one.unit for one in report.drifted]


async def test_what_drifted_is_made_as_the_code_says(each_ground: Ground) -> None:
    await each_ground.stand()
    each_ground.edit("network", "main", name="other")
    each_ground.forget("bucket", "logs")
    healing = await healed(each_ground)
    assert ended(healing) == {"net": "applied"}
    (plan,) = healing.plan.units
    assert [(one.address, one.verb.value) for one in plan.changes] == [
        ("practice_bucket.logs", "create"),
        ("practice_network.main", "update"),
    ]
    assert each_ground.found("network", "main")
    assert each_ground.found("bucket", "logs")
    assert await still(each_ground) == []


async def test_nothing_drifted_is_nothing_to_heal(ground: Ground) -> None:
    await ground.stand()
    async with await ground.app() as app:
        report = await app.drift()
        assert await app.heal(report) is report


async def test_what_its_policy_wants_approved_waits_and_keeps_its_plan(ground: Ground) -> None:
    await ground.stand("approve")
    ground.edit("network", "main", name="other")
    first = await healed(ground)
    (plan,) = (one.plan for one in first.plan.units)
    assert ended(first) == {"net": "waiting"}
    assert f"→ trunkline infra approve {plan}" in healing_text(first)
    again = await healed(ground)
    assert (again.plan.units, ended(again)) == ((), {"net": "waiting"})
    async with await ground.app() as app:
        await app.approve(plan)
    assert ended(await healed(ground)) == {"net": "applied"}
    assert await still(ground) == []


async def test_a_plan_that_nobody_has_seen_waits_where_the_policy_says_so(ground: Ground) -> None:
    await ground.stand("seen")
    ground.edit("network", "main", name="other")
    healing = await healed(ground)
    assert ended(healing) == {"net": "waiting"}
    assert "nobody has seen this plan yet" in healing_text(healing)


async def test_what_is_planned_for_the_commit_stays_and_is_not_applied_as_a_heal(
    ground: Ground,
) -> None:
    await ground.stand()
    ground.write({"net": NET.replace('"a", "b"', '"a"')})
    ground.repo.commit("a change")
    async with await ground.app() as app:
        (plan,) = (await app.plan_infra("HEAD~1", "HEAD")).units
    ground.edit("bucket", "logs", versioning=False)
    ground.edit("database", "orders", size="huge")
    healing = await healed(ground)
    assert ended(healing) == {"data": "applied"}
    assert healing.held == {
        "net": f"what is planned of it ({plan.plan}) for a change of code is not applied yet"
    }
    assert healing.waits
    async with await ground.app() as app:
        run = await app.apply()
    assert {one.unit: (one.plan, one.ended.value) for one in run.units} == {
        "net": (plan.plan, "applied")
    }


async def test_what_the_code_agrees_with_is_taken_into_the_state(ground: Ground) -> None:
    await ground.stand()
    ground.edit("network", "main", zones=["a", "b", "c"])
    ground.write({"net": NET.replace('"a", "b"', '"a", "b", "c"')})
    ground.repo.commit("taken over")
    assert await still(ground) == ["net"]
    healing = await healed(ground)
    assert [one.changed for one in healing.plan.units] == [False]
    assert ended(healing) == {"net": "applied"}
    assert await still(ground) == []


async def test_a_heal_that_failed_is_gone_on_with(ground: Ground) -> None:
    await ground.stand()
    ground.edit("network", "main", name="other")
    with ground.cloud.changing() as world:
        world.data["faults"] = [{"on": "update", "do": "fail", "message": "no", "times": 1}]
    assert ended(await healed(ground)) == {"net": "failed"}
    assert await still(ground) == []
    assert ended(await healed(ground)) == {"net": "applied"}
    assert ground.found("network", "main")
