"""Applies of planned ranges by the real programs: order, approvals, failures, and going on."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from infra.region import MODULE_RDS, MODULE_VPC, VPC, Region
from trunkline.core.infra.applying import ApplyRun, Ended
from trunkline.core.infra.saved import Entry, Span
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.core.report.infra_text import infra_text
from trunkline.core.report.schema import infra_apply_schema
from trunkline.edge.store import StoreError
from trunkline.engine.infra.apply_unit import UnitApplier
from trunkline.engine.infra.later import NothingPlanned
from trunkline.engine.infra.shelf import Shelf

FAILS = """\
resource "terraform_data" "fails" {
  provisioner "local-exec" { command = "exit 3" }
}
"""


def ended(run: ApplyRun) -> dict[str, str]:
    return {one.unit: one.ended.value for one in run.units}


def resources(text: str) -> list[str]:
    return sorted(f"{one['type']}.{one['name']}" for one in json.loads(text)["resources"])


async def test_a_region_comes_from_nothing_in_one_run(region: Region) -> None:
    await region.begin("auto")
    await region.plan()
    run = await region.apply()
    assert ended(run) == {"live/vpc": "applied", "live/rds": "applied", "plain": "applied"}
    assert resources(region.state("rds")) == ["terraform_data.database"]
    assert '"vpc-10.0.0.0/16"' in region.state("rds")
    jsonschema.validate(run.as_json(), infra_apply_schema())


async def test_what_is_new_is_made_though_nobody_could_see_its_plan(region: Region) -> None:
    await region.begin("seen")
    await region.plan()
    run = await region.apply()
    assert ended(run) == {"live/vpc": "applied", "live/rds": "applied", "plain": "applied"}


async def test_what_was_seen_with_the_outputs_of_now_is_applied_if_it_stays(region: Region) -> None:
    await region.stand()
    region.repo.write({"trunkline.yaml": "infra: {policy: [{apply: seen}]}\n"})
    again = MODULE_VPC.replace("{ input", '{\n  triggers_replace = "again"\n  input')
    again = again.replace("var.cidr }", "var.cidr\n}")
    region.repo.write({"modules/vpc/main.tf": again})
    sized = MODULE_RDS.replace("network = var.network,", "network = var.network, size = 2,")
    region.repo.write({"modules/rds/main.tf": sized}).commit()
    plan = await region.plan()
    told = "live/rds  waits for live/vpc; with the outputs of now: 1 to update"
    assert told in infra_text(plan)
    assert (plan.counts["replace"], plan.counts["update"]) == (1, 0)
    run = await region.apply()
    assert ended(run) == {"live/vpc": "applied", "live/rds": "applied"}


async def test_what_nobody_saw_waits_for_an_approval_and_goes_on_with_it(region: Region) -> None:
    await region.stand()
    region.repo.write({"trunkline.yaml": "infra: {policy: [{apply: seen}]}\n"})
    region.repo.write({"live/vpc/terragrunt.hcl": VPC.replace("10.0", "10.9")}).commit()
    await region.plan()
    run = await region.apply()
    assert ended(run) == {"live/vpc": "applied", "live/rds": "waiting"}
    assert (run.waits, run.failed) == (True, False)
    rds = next(one for one in run.units if one.unit == "live/rds")
    assert rds.message == "nobody has seen this plan yet"
    assert f"→ trunkline infra approve {rds.plan}" in apply_text(run)
    async with await region.app() as app:
        again = await app.apply(await app.to_resume())
        assert ended(again) == {"live/rds": "waiting"}
        approval = await app.approve(again.units[0].plan)
        assert (approval.unit, approval.plan) == ("live/rds", again.units[0].plan)
        last = await app.apply(await app.to_resume())
    assert ended(last) == {"live/rds": "applied"}
    assert apply_text(await region.apply()).startswith("nothing is left to apply")


async def test_a_table_says_what_was_applied_and_what_was_not_and_why(region: Region) -> None:
    await region.begin("auto")
    region.repo.write({"modules/vpc/main.tf": MODULE_VPC + FAILS}).commit("all of it")
    await region.plan("HEAD~2")
    run = await region.apply()
    assert ended(run) == {"live/vpc": "failed", "live/rds": "skipped", "plain": "applied"}
    lines = apply_text(run).splitlines()
    assert lines[0].startswith("! live/vpc  failed: 2 to create")
    assert lines[1:5] == [
        "    Error: local-exec provisioner error",
        "    ",
        "      with terraform_data.fails,",
        '      on modules/vpc/main.tf line 5, in resource "terraform_data" "fails":',
    ]
    assert len([line for line in lines if "local-exec provisioner error" in line]) == 1
    assert "‖ live/rds  skipped" in lines
    assert "    it waits for live/vpc (failed)" in lines
    assert lines[-1].endswith(f"; trunkline infra resume {run.id} goes on")


async def test_what_failed_is_planned_anew_and_waits_where_it_does_more(region: Region) -> None:
    await region.begin("seen", plain=True)
    flag = region.states.parent / "broken"
    flag.touch()
    provisioner = FAILS.replace("exit 3", f"test ! -e {flag}")
    region.repo.write({"plain/more.tf": provisioner}).commit()
    await region.plan()
    assert ended(await region.apply()) == {"plain": "failed"}
    flag.unlink()
    async with await region.app() as app:
        run = await app.apply(await app.to_resume())
        # What failed is tainted: to replace it is more than to create it.
        assert ended(run) == {"plain": "waiting"}
        await app.approve(run.units[0].plan)
        assert ended(await app.apply(await app.to_resume())) == {"plain": "applied"}


async def test_exactly_the_saved_plan_is_applied(region: Region) -> None:
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    await region.plan()
    run = await region.apply()
    (plain,) = run.units
    assert (plain.ended, plain.counts["update"]) == (Ended.APPLIED, 1)
    assert '"b"' in region.state("plain")


async def test_a_stale_plan_is_refused_and_made_anew(region: Region) -> None:
    await region.stand(plain=True)
    path = region.states / "plain/terraform.tfstate"
    state = json.loads(path.read_text())
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    first = await region.plan()
    path.write_text(json.dumps({**state, "serial": state["serial"] + 5}))
    run = await region.apply()
    (plain,) = run.units
    assert plain.ended is Ended.APPLIED
    assert plain.plan != first.units[0].plan
    assert plain.serial == state["serial"] + 5


async def test_a_stale_plan_that_now_does_more_waits(region: Region) -> None:
    await region.stand(plain=True)
    region.repo.write({"trunkline.yaml": "infra: {policy: [{apply: seen}]}\n"})
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    await region.plan()
    (region.states / "plain/terraform.tfstate").unlink()
    run = await region.apply()
    (plain,) = run.units
    assert (plain.ended, plain.counts["create"]) == (Ended.WAITING, 1)


async def test_a_removed_unit_is_destroyed_from_the_base_after_its_readers(region: Region) -> None:
    await region.stand()
    region.repo.remove("live/vpc", "live/rds").commit()
    plan = await region.plan()
    assert [one.unit for one in plan.units] == ["live/rds", "live/vpc"]
    assert {change.verb.value for one in plan.units for change in one.changes} == {"delete"}
    run = await region.apply()
    assert ended(run) == {"live/rds": "applied", "live/vpc": "applied"}
    times = {one.unit: one.started for one in run.units}
    assert times["live/rds"] < times["live/vpc"]
    assert resources(region.state("vpc")) == resources(region.state("rds")) == []


async def test_a_store_that_fails_for_a_moment_ends_no_other_unit(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted = Shelf.noted

    async def once(self: Shelf, span: Span, entry: Entry) -> Span:
        if entry.unit == "plain":
            raise StoreError("the store is cut off from its server; try again")
        return await noted(self, span, entry)

    await region.begin()
    await region.plan()
    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "noted", once)
        run = await region.apply()
    assert ended(run) == dict.fromkeys(("live/vpc", "live/rds", "plain"), "applied")
    (plain,) = [one for one in run.units if one.unit == "plain"]
    assert plain.message.startswith("it is not written down: the store is cut off")
    assert ended(await region.apply()) == {"plain": "unchanged"}


async def test_what_was_applied_is_applied_though_the_store_fails_then(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut_off(*_: object) -> None:
        raise StoreError("the store is cut off from its server; try again")

    await region.begin()
    await region.plan()
    with monkeypatch.context() as patched:
        patched.setattr(Shelf, "drop", cut_off)
        run = await region.apply()
    assert ended(run) == dict.fromkeys(("live/vpc", "live/rds", "plain"), "applied")
    assert run.units[0].message.startswith("what it left is not written down: the store is cut")
    assert set(ended(await region.apply()).values()) == {"unchanged"}


async def test_a_disk_that_fails_one_unit_ends_no_other(region: Region) -> None:
    await region.begin()
    await region.plan()
    name = hashlib.sha256(b"plain").hexdigest()[:16]
    (place,) = region.places.cache.glob(f"infra/checkouts/*/head-0/beside/{name}")
    shutil.rmtree(place)
    place.write_text("no folder")
    run = await region.apply()
    assert ended(run) == {"live/vpc": "applied", "live/rds": "applied", "plain": "failed"}
    plain = next(one for one in run.units if one.unit == "plain")
    assert plain.message == f"{place}: File exists"


async def test_a_moved_unit_takes_its_state_along(region: Region) -> None:
    await region.stand()
    region.repo.git("mv", "live/rds", "live/database")
    region.repo.commit()
    (moved,) = (await region.plan()).units
    told = moved.unit, moved.moved_from, moved.status, moved.changed
    assert told == ("live/database", "live/rds", "planned", False)
    run = await region.apply()
    assert ended(run) == {"live/database": "unchanged"}
    assert resources(region.state("database")) == ["terraform_data.database"]


async def test_a_state_moves_as_it_is_though_it_holds_what_is_masked_elsewhere(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TF_VAR_password", "correct-horse-battery")
    await region.stand()
    region.repo.git("mv", "live/rds", "live/database")
    region.repo.commit()
    await region.plan()
    run = await region.apply()
    assert ended(run) == {"live/database": "unchanged"}
    assert "correct-horse-battery" in region.state("database")
    assert "(masked)" not in region.state("database")


async def test_outputs_that_change_plan_their_readers_after_the_apply(region: Region) -> None:
    await region.stand()
    region.repo.write({"live/vpc/terragrunt.hcl": VPC.replace("10.0", "10.9")}).commit()
    plan = await region.plan()
    assert [(one.unit, one.status, one.waits_for) for one in plan.units] == [
        ("live/vpc", "planned", ()),
        ("live/rds", "deferred", ("live/vpc",)),
    ]
    run = await region.apply()
    assert ended(run) == {"live/vpc": "applied", "live/rds": "applied"}
    assert next(one for one in run.units if one.unit == "live/rds").counts["replace"] == 1


async def test_a_newer_commit_of_the_branch_supersedes_a_plan(region: Region) -> None:
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    old = region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    await region.plan("HEAD~1", old)
    region.repo.write({"plain/main.tf": text.replace('"a"', '"c"')}).commit()
    run = await region.apply(old)
    (plain,) = run.units
    assert plain.ended is Ended.REFUSED
    assert "changed it since: trunkline infra plan" in plain.message


async def test_a_merge_with_the_same_files_applies_what_was_planned(region: Region) -> None:
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.git("checkout", "-q", "-b", "change")
    head = region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    await region.plan("main", head)
    region.repo.git("checkout", "-q", "main")
    region.repo.git("merge", "-q", "--no-ff", "change")
    assert ended(await region.apply("main")) == {"plain": "applied"}


async def test_without_a_plan_nothing_is_applied(region: Region) -> None:
    await region.begin(plain=True)
    with pytest.raises(NothingPlanned, match="nothing was planned up to"):
        await region.apply()


async def test_a_unit_that_is_locked_is_refused_with_its_holder(region: Region) -> None:
    await region.begin(plain=True)
    await region.plan()
    async with await region.app() as app, await region.app() as other:
        store = await other.store()
        async with store.lease("unit plain", "ana@laptop (pid 1), applying 12345678"):
            run = await app.apply()
            (lock,) = await app.locks()
    (plain,) = run.units
    assert plain.ended is Ended.REFUSED
    assert plain.message.startswith("it is locked by ana@laptop (pid 1), applying 12345678, for")
    assert "trunkline infra unlock plain" in plain.message
    assert (lock.unit, lock.holder) == ("plain", "ana@laptop (pid 1), applying 12345678")


async def test_unlock_frees_a_unit_and_is_recorded(region: Region) -> None:
    await region.begin()
    async with await region.app() as app:
        store = await app.store()
        with pytest.raises(Exception, match="taken"):
            async with store.lease("unit plain", "ana@laptop"):
                found = await app.unlock("plain")
                raise RuntimeError("taken")
        assert found.lock is not None
        assert found.lock.holder == "ana@laptop"
        (run,) = [one for one in await store.runs() if one.kind == "infra unlock"]
    assert "freed the lock of ana@laptop" in run.components[0].message


POLICIES = {
    "never": ("[{apply: never}]", "left", "its policy is never"),
    "approve": ("[{apply: approve}]", "waiting", "its policy wants an approval"),
    "approve what replaces": (
        "[{apply: auto, approveIf: [replace]}]",
        "waiting",
        "its policy wants an approval for: replace",
    ),
    "never what deletes or replaces": (
        "[{apply: auto, neverIf: [delete, replace]}]",
        "refused",
        "its policy forbids: replace",
    ),
    "of other units": ("[{units: live/**, apply: never}]", "applied", ""),
}


@pytest.mark.parametrize("name", POLICIES)
async def test_a_policy_says_what_is_applied(region: Region, name: str) -> None:
    policy, outcome, message = POLICIES[name]
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    changed = text.replace('{ input = "a" }', '{\n  input = "a"\n  triggers_replace = 1\n}')
    region.repo.write({"plain/main.tf": changed, "trunkline.yaml": f"infra: {{policy: {policy}}}"})
    region.repo.commit()
    await region.plan()
    (plain,) = (await region.apply()).units
    assert (plain.ended, plain.message) == (outcome, message)


async def test_a_lock_of_another_tool_is_said_with_its_id(region: Region, tofu: Path) -> None:
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')})
    region.repo.write({"trunkline.yaml": "infra: {lockTimeout: 0}"}).commit()
    await region.plan()
    created = "2026-11-27T07:00:00Z"
    info = {"ID": "lock-1", "Operation": "apply", "Who": "ana@laptop", "Created": created}
    held = region.states / "plain/.terraform.tfstate.lock.info"
    held.write_text(json.dumps(info))
    locker = (
        "import fcntl, sys; f = open(sys.argv[1], 'r+'); fcntl.lockf(f, fcntl.LOCK_EX); "
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", locker, str(region.states / "plain/terraform.tfstate")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:  # type: ignore[call-overload]  # noqa: ASYNC220
        assert process.stdout.readline() == b"held\n"
        run = await region.apply()
        failed = await region.plan()
        process.stdin.close()
    assert failed.units[0].error.startswith("its state is locked by ana@laptop since 2026-11-27")
    (plain,) = run.units
    assert plain.ended is Ended.FAILED
    assert "its state is locked by ana@laptop since 2026-11-27 07:00:00" in plain.message
    assert "trunkline infra unlock plain --state-lock lock-1" in plain.message


async def test_a_unit_that_discovery_finds_wrong_is_not_planned_by_an_apply(region: Region) -> None:
    await region.stand()
    region.repo.write({"live/vpc/terragrunt.hcl": f'{VPC}dependencies {{ paths = ["../rds"] }}\n'})
    region.repo.commit()
    await region.plan()
    (vpc,) = (await region.apply()).units
    assert (vpc.ended, vpc.message) == (
        Ended.REFUSED,
        "live/vpc/terragrunt.hcl: dependencies lead in a circle: live/rds → live/vpc → live/rds",
    )


async def test_what_was_squashed_is_superseded_by_what_follows_the_merge(region: Region) -> None:
    await region.stand(plain=True)
    base, text = region.head, (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit("in a pull request")
    await region.plan()
    merge = region.repo.git("commit-tree", "HEAD^{tree}", "-p", base, "-m", "squashed")
    region.repo.git("reset", "--hard", merge)
    region.repo.write({"plain/main.tf": text.replace('"a"', '"c"')}).commit("and the next")
    (plain,) = (await region.apply(merge)).units
    assert plain.ended is Ended.REFUSED
    assert "changed it since: trunkline infra plan" in plain.message


async def test_a_job_that_runs_again_does_not_put_back_what_came_later(region: Region) -> None:
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    old = region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    await region.plan()
    new = region.repo.write({"plain/main.tf": text.replace('"a"', '"c"')}).commit()
    await region.plan()
    assert ended(await region.apply()) == {"plain": "applied"}
    region.repo.git("checkout", "--quiet", old)
    (plain,) = (await region.apply()).units
    assert (plain.ended, plain.message) == (
        Ended.REFUSED,
        f"{new[:8]} was applied to it since, which comes after {old[:8]}",
    )


async def test_what_came_later_while_it_was_applied_is_not_put_back(
    region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two jobs at once: the older one comes to the unit when the newer one is done with it."""
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    old = region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    await region.plan()
    apply = UnitApplier.apply

    async def outrun(*asked: Any) -> Any:
        monkeypatch.setattr(UnitApplier, "apply", apply)
        region.repo.write({"plain/main.tf": text.replace('"a"', '"c"')}).commit()
        await region.plan()
        assert ended(await region.apply()) == {"plain": "applied"}
        return await apply(*asked)

    monkeypatch.setattr(UnitApplier, "apply", outrun)
    (plain,) = (await region.apply()).units
    assert (plain.ended, plain.message) == (
        Ended.REFUSED,
        f"{region.head[:8]} was applied to it since, which comes after {old[:8]}",
    )
    assert '"c"' in region.state("plain")


async def test_resume_goes_by_the_commit_of_the_run(region: Region) -> None:
    await region.begin("approve", plain=True)
    await region.plan()
    run = await region.apply()
    region.repo.write({"trunkline.yaml": "infra: {policy: [{apply: auto}]}\n"}).commit("laxer")
    async with await region.app() as app:
        assert await app.to_resume() == run.commit
    branch = region.repo.git("rev-parse", "HEAD")
    region.repo.git("reset", "--hard", f"{run.commit}~1")
    region.repo.git("commit", "--allow-empty", "--message", "without it")
    async with await region.app() as app:
        with pytest.raises(NothingPlanned) as told:
            await app.to_resume()
        assert str(told.value) == (
            f"the newest apply, {run.id}, is of {run.commit[:8]}, which HEAD does not contain"
        )
        assert await app.to_resume(run.id) == run.commit
    region.repo.git("reset", "--hard", branch)
