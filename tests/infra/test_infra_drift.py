"""What somebody changed outside, found by the real programs in the practice cloud."""

from __future__ import annotations

import jsonschema
import pytest

from infra.ground import NET, Ground
from trunkline.app.offline import UnknownComponent
from trunkline.core.infra.drift import Checked, DriftReport, Record, Since, followed
from trunkline.core.infra.plan.values import Status, UnitPlan
from trunkline.core.report.infra_drift_text import drift_text
from trunkline.core.report.schema import infra_drift_schema
from trunkline.engine.infra.seen import SeenStates

SECRET = "hunter22-never-shown"
OTHER = "leaked-by-whoever-did-it"


def told(report: DriftReport) -> list[str]:
    """The text, each moment as the place it has among all that were told."""
    times = sorted(
        {one.checked for one in report.units}
        | {when for one in report.units for each in one.resources for when in _times(each.since)}
    )
    return drift_text(report, lambda one: f"t{times.index(one)}").splitlines()


def _times(since) -> set[float]:
    return {since.seen, since.without} - {0}


def statuses(report: DriftReport) -> dict[str, str]:
    return {one.unit: one.status.value for one in report.units}


async def test_what_is_as_it_was_applied_has_no_drift(ground: Ground) -> None:
    report = await (await ground.stand()).drift()
    assert statuses(report) == {"data": "clean", "net": "clean"}
    commit = report.commit[:8]
    assert told(report) == [f"2 without drift: 2 of 2 units checked at {commit}"]
    jsonschema.validate(report.as_json(), infra_drift_schema())


async def test_changed_and_deleted_outside_and_since_when(each_ground: Ground) -> None:
    await (await each_ground.stand()).drift()
    each_ground.edit("network", "main", zones=["a", "b", "c"])
    each_ground.forget("bucket", "logs")
    report = await each_ground.drift("net")
    assert told(report) == [
        "net  1 changed, 1 deleted outside",
        "  - practice_bucket.logs  between t0 and t1",
        "  ~ practice_network.main  between t0 and t1",
        "      zones[2]: c",
        "",
        f"1 with drift: 1 of 2 units checked at {report.commit[:8]}",
    ]
    jsonschema.validate(report.as_json(), infra_drift_schema())
    first = [one.since for one in report.units[0].resources]
    again = await each_ground.drift("net")
    assert [one.since for one in again.units[0].resources] == first
    assert again.units[0].checked > report.units[0].checked


async def test_what_the_first_check_finds_is_older_than_it(ground: Ground) -> None:
    await ground.stand()
    async with await ground.app() as app:
        # As if it had been applied elsewhere.
        await SeenStates((await app.store()).vault).forget("net")
    ground.edit("network", "main", name="other")
    assert told(await ground.drift("net"))[1:3] == [
        "  ~ practice_network.main  before t0, the first check",
        "      name: main → other",
    ]


async def test_drift_that_an_apply_took_in_is_new_when_it_comes_again(ground: Ground) -> None:
    await (await ground.stand()).drift()
    ground.edit("network", "main", name="other")
    first = await ground.drift("net")
    ground.repo.write({"net/more.tf": 'output "x" { value = 1 }\n'}).commit()
    async with await ground.app() as app:
        await app.plan_infra("HEAD~1", "HEAD")
        await app.apply()
    ground.edit("network", "main", name="other")
    second = await ground.drift("net")
    assert second.units[0].resources[0].since.without > first.units[0].checked


async def test_nothing_sensitive_is_shown(ground: Ground) -> None:
    await ground.stand()
    ground.edit("database", "orders", password=OTHER)
    report = await ground.drift("data")
    (found,) = report.units[0].resources
    assert [(one.path, one.sensitive) for one in found.change.attributes if one.sensitive] != []
    said = f"{report.as_json()}{told(report)}{(ground.path / 'store.db').read_bytes()!r}"
    assert SECRET not in said
    assert OTHER not in said
    assert "practice_database" not in (ground.path / "store.db").read_bytes().decode("latin1")


async def test_a_unit_that_fails_is_told_of_alone_and_keeps_what_is_known(ground: Ground) -> None:
    await ground.stand()
    ground.edit("network", "main", name="other")
    first = await ground.drift()
    ground.repo.write({"net/more.tf": 'output "x" { value = nothing.at.all }\n'})
    ground.repo.write({"data/more.tf": "output {{"}).commit()
    failed = await ground.drift()
    assert statuses(failed) == {"data": "failed", "net": "failed"}
    assert "more.tf" in failed.units[1].error
    ground.repo.remove("net/more.tf").commit()
    again = await ground.drift()
    assert statuses(again) == {"data": "failed", "net": "drifted"}
    assert again.units[1].resources[0].since == first.units[1].resources[0].since


async def test_against_a_state_that_went_back_no_drift_is_told(ground: Ground) -> None:
    """Of that state everything that came since would be some."""
    await ground.stand()
    state = ground.path / "states/net.tfstate"
    old = state.read_bytes()
    ground.write({"net": NET.replace('team = "net"', 'team = "core"')})
    ground.repo.commit("another team")
    async with await ground.app() as app:
        await app.plan_infra("HEAD~1", "HEAD")
        assert not (await app.apply()).failed
    state.write_bytes(old)
    report = await ground.drift("net")
    assert statuses(report) == {"net": "failed"}
    (net,) = report.units
    assert "its state went back to serial" in net.error
    assert net.resources == ()


async def test_what_was_never_applied_is_no_drift(ground: Ground) -> None:
    await ground.stand()
    ground.write({"new": 'resource "practice_bucket" "new" { name = "new" }\n'})
    ground.repo.commit()
    report = await ground.drift("new")
    assert statuses(report) == {"new": "unapplied"}
    assert told(report)[0] == "new  never applied"


@pytest.mark.parametrize("status", [Status.FAILED, Status.DEFERRED])
def test_what_could_not_be_looked_at_was_not_checked(status: Status) -> None:
    """Nor is what had drifted by then forgotten."""
    known = Record(10.0, 10.0, "lineage 3", {"practice_network.main": Since(10.0, 5.0)})
    after = followed(known, UnitPlan("net", status=status), 20.0)
    assert after == Record(10.0, 20.0, "lineage 3", known.since)


async def test_the_longest_unchecked_come_first(ground: Ground) -> None:
    await ground.stand()
    turns = [(await ground.drift(most=1)).units[0].unit for _ in range(4)]
    assert turns == ["data", "net", "data", "net"]


async def test_a_unit_that_is_not_there_is_said_with_one_that_is_near(ground: Ground) -> None:
    await ground.stand()
    with pytest.raises(UnknownComponent, match="no unit is called 'nett'; did you mean net"):
        await ground.drift("nett")


async def test_nothing_is_written_by_a_check(ground: Ground) -> None:
    await ground.stand()
    ground.forget("bucket", "logs")
    before = (ground.path / "states/net.tfstate").read_bytes()
    cloud = (ground.path / "cloud.json").read_bytes()
    assert (await ground.drift("net")).units[0].status is Checked.DRIFTED
    assert (ground.path / "states/net.tfstate").read_bytes() == before
    assert (ground.path / "cloud.json").read_bytes() == cloud


async def test_below_terragrunt_it_is_found_and_the_module_is_not_edited(ground: Ground) -> None:
    await ground.stand()
    ground.write({"modules/store": 'resource "practice_bucket" "x" { name = "x" }\n'})
    ground.repo.write(
        {"live/store/terragrunt.hcl": 'terraform { source = "../../modules/store" }\n'}
    )
    ground.repo.commit()
    async with await ground.app() as app:
        await app.plan_infra("HEAD~1", "HEAD")
        run = await app.apply()
        assert not run.failed, run
        ground.edit("bucket", "x", versioning=True)
        report = await app.take_over(await app.drift(["live/store"]))
    assert told(report)[:2] == [
        "live/store  1 changed outside",
        "  ~ practice_bucket.x  between t0 and t1",
    ]
    assert report.take_over
    (left,) = report.take_over.left
    assert left.reason.startswith("its code is a module, which others may use")
