"""A state that was lost, rolled back, exchanged, or written by a newer program: it is told before
anything is made a second time, and no policy applies such a plan by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from infra.ground import NET, Ground
from trunkline.core.infra.applying import Ended
from trunkline.core.infra.plan.values import InfraPlan, ResourceChange, UnitPlan, Verb
from trunkline.core.infra.seen_state import SeenState, doubt, lost_on_the_way, seen_by_plan

SEEN = SeenState(7, "a", 0.0)
MADE = (ResourceChange("x.y", "x", Verb.CREATE),)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        pytest.param(UnitPlan("u", serial=0), "its state is gone (serial 7", id="gone"),
        pytest.param(UnitPlan("u", serial=6, lineage="a"), "went back to serial 6", id="back"),
        pytest.param(UnitPlan("u", serial=9, lineage="b"), "its lineage differs", id="another"),
        pytest.param(UnitPlan("u", serial=7, lineage="a"), "", id="the same"),
        pytest.param(UnitPlan("u", serial=8, lineage="a"), "", id="newer"),
        pytest.param(UnitPlan("u", serial=-1), "", id="encrypted by its program"),
    ],
)
def test_a_state_is_doubtful(plan: UnitPlan, said: str) -> None:
    found = doubt(SEEN, plan)
    assert said in found if said else not found
    assert not doubt(None, plan)


def test_what_moved_and_finds_its_resources_no_more_is_doubtful() -> None:
    """Its provider looks at another region by now: there everything would be made a second time."""
    gone = tuple(ResourceChange(one, "x", Verb.DELETE) for one in ("x.a", "x.b"))
    edited = (ResourceChange("x.a", "x", Verb.UPDATE),)
    assert lost_on_the_way(UnitPlan("new", moved_from="old", drift=gone)) == (
        "x.a and 1 more of its state cannot be found from its new place: what its code looked at "
        "as old may live on, in no state"
    )
    assert not lost_on_the_way(UnitPlan("new", drift=gone))
    assert not lost_on_the_way(UnitPlan("new", moved_from="old", drift=edited))


def test_what_is_doubtful_is_not_remembered_unless_nothing_differs() -> None:
    back = UnitPlan("u", serial=6, lineage="a", doubt="it went back")
    assert (
        seen_by_plan(SEEN, UnitPlan("u", serial=6, lineage="a", doubt="x", changes=MADE), 1) == SEEN
    )
    assert seen_by_plan(SEEN, back, 1.0) == SeenState(6, "a", 1.0)
    assert seen_by_plan(None, UnitPlan("u", serial=3, lineage="a", changes=MADE), 1.0) == SeenState(
        3, "a", 1.0
    )


@dataclass
class Net:
    """The unit `net` of a ground, whose states lie beside the repository."""

    ground: Ground

    @property
    def _file(self) -> Any:
        return self.ground.path / "states/net.tfstate"

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._file.read_text())
        return found

    def put(self, state: dict[str, Any] | None) -> None:
        if state is None:
            self._file.unlink()
        else:
            self._file.write_text(json.dumps(state))

    async def changed(self, cidr: str) -> InfraPlan:
        """Planned with another network, by a commit of its own."""
        self.ground.write({"net": NET.replace('team = "net"', f'team = "{cidr}"')})
        self.ground.repo.commit(cidr)
        return await self.planned()

    async def planned(self) -> InfraPlan:
        async with await self.ground.app() as app:
            return await app.plan_infra("HEAD~1", "HEAD")


async def stood(ground: Ground) -> tuple[Net, dict[str, Any]]:
    """Applied twice under the policy `auto`; the state as it was in between."""
    net = Net(await ground.stand())
    before = net.state()
    await net.changed("second")
    async with await ground.app() as app:
        assert not (await app.apply()).failed
    assert net.state()["serial"] > before["serial"]
    return net, before


async def test_a_state_that_went_back_waits_for_an_approval(each_ground: Ground) -> None:
    net, before = await stood(each_ground)
    net.put(before)
    plan = await net.changed("third")
    (finding,) = plan.findings
    assert finding.rule == "infra-state"
    assert f"its state went back to serial {before['serial']}" in finding.message
    async with await each_ground.app() as app:
        (waits,) = (await app.apply()).units
        assert (waits.ended, "went back" in waits.message) == (Ended.WAITING, True)
        await app.approve(waits.plan)
        (done,) = (await app.apply(await app.to_resume())).units
    assert done.ended is Ended.APPLIED
    assert (await net.changed("fourth")).findings == ()


async def test_a_lost_state_makes_nothing_a_second_time(each_ground: Ground) -> None:
    net, _ = await stood(each_ground)
    newest = net.state()
    net.put(None)
    plan = await net.changed("third")
    assert "its state is gone" in plan.findings[0].message
    async with await each_ground.app() as app:
        (waits,) = (await app.apply()).units
    assert (waits.ended, "is gone" in waits.message) == (Ended.WAITING, True)
    (drift,) = (await each_ground.drift("net")).units
    assert (drift.status, "its state is gone" in drift.error) == ("failed", True)
    net.put(newest)
    assert (await net.planned()).findings == ()
    async with await each_ground.app() as app:
        assert not (await app.apply()).failed
    assert each_ground.found("bucket", "logs")["tags"] == {"team": "third"}  # type: ignore[index]


async def test_a_state_of_a_newer_program_is_told_with_the_programs(each_ground: Ground) -> None:
    net = Net(await each_ground.stand())
    name = "OpenTofu" if each_ground.program == "tofu" else "Terraform"
    net.put({**net.state(), "version": 5, "terraform_version": "9.1.0"})
    (plan,) = (await net.changed("second")).units
    assert plan.status == "failed"
    assert f"its state was written by {name} 9.1.0, in a format (version 5)" in plan.error
    assert net.state()["version"] == 5
