"""What goes wrong in a cloud, beside what OpenTofu, Terraform and Terragrunt make of it."""

from __future__ import annotations

import asyncio
import shutil

import pytest

from practice.site import BOTH, DATABASE, NETWORK, Site, actions, did, flat
from trunkline.edge.programs.environment import plugins_in
from trunkline.edge.programs.errors import TimedOut
from trunkline.practice.install import SOURCE, VERSION, target

FAULTS = {
    "it refuses": ({"do": "fail", "message": "Throttled: ask less"}, "Throttled: ask less"),
    "it crashes": ({"do": "crash"}, "plugin"),
    "it does it and crashes": ({"do": "lose"}, "plugin"),
    "it tells its secrets": ({"do": "leak"}, "AccessDenied: create database with password="),
}


@pytest.mark.parametrize(("fault", "said"), FAULTS.values(), ids=FAULTS)
async def test_what_goes_wrong_is_said_and_the_rest_is_kept(
    every_site: Site, fault: dict[str, str], said: str
) -> None:
    site = every_site
    site.fault(on="create", kind="database", times=1, **fault)
    site.write(BOTH)
    await site.plan()
    done = await site.apply()
    assert done.code == 1
    assert said in flat(done.said)
    assert site.names("network") == ["main"]
    assert site.names("database") == (["orders"] if fault["do"] == "lose" else [])
    assert actions(await site.plan()) == {"practice_database.orders": "create"}


async def test_what_was_made_and_never_told_is_refused_to_be_made_twice(site: Site) -> None:
    site.fault(on="create", kind="database", do="lose", times=1)
    site.write(BOTH)
    await site.plan()
    await site.apply()
    await site.plan()
    assert "a database of the name orders is there" in flat((await site.apply()).said)


async def test_a_unit_that_pins_nothing_leaves_the_shared_providers_alone(every_site: Site) -> None:
    """Else it would take them away for a moment, and plans of other units fail to start them."""
    kept = plugins_in(every_site.cache) / SOURCE / VERSION / target()
    before = kept.lstat()
    for left in (every_site.folder / ".terraform.lock.hcl", every_site.folder / "saved"):
        left.unlink(missing_ok=True)
    shutil.rmtree(every_site.folder / ".terraform")
    every_site.write(NETWORK)
    await every_site.ok("init")
    assert (kept.lstat().st_ino, kept.lstat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


async def test_expired_credentials_fail_the_plan(site: Site) -> None:
    site.fault(on="configure", do="fail", message="ExpiredToken: log in again")
    site.write(NETWORK)
    done = await site.run("plan", "-no-color")
    assert done.code == 1
    assert "ExpiredToken: log in again" in done.said


async def test_a_quota_is_kept(site: Site) -> None:
    with site.cloud.changing() as world:
        world.data["quotas"] = {"eu/database": 1}
    await site.made(BOTH)
    site.write(BOTH + DATABASE.replace("orders", "billing"))
    await site.plan()
    assert "QuotaExceeded: 1 of eu/database are there" in flat((await site.apply()).said)


async def test_what_is_protected_stays(site: Site) -> None:
    protected = DATABASE.replace('"postgres"', '"postgres"\n  deletion_protection = true')
    await site.made(NETWORK + protected)
    site.write(NETWORK)
    await site.plan()
    assert "it is protected from deletion" in flat((await site.apply()).said)
    assert site.names("database") == ["orders"]


async def test_a_wrong_value_is_said_with_its_line(site: Site) -> None:
    site.write(NETWORK + DATABASE.replace("postgres", "oracle"))
    done = await site.run("plan", "-no-color")
    assert "expected one of postgres, mysql, redis, got 'oracle'" in flat(done.said)
    assert "main.tf line 14" in done.said


async def test_who_is_stopped_writes_its_state_and_frees_its_lock(every_site: Site) -> None:
    """A create under way when the run is cancelled is awaited and kept, and nothing is locked."""
    site = every_site
    site.fault(on="create", kind="network", do="slow", seconds=4.0, times=1)
    site.write(BOTH)
    await site.plan()
    running = asyncio.create_task(site.apply())
    while site.cloud.read().data["faults"]:  # noqa: ASYNC110 - another process meets it
        await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert did(site.cloud.read()) == ["create network"]
    assert actions(await site.plan()) == {"practice_database.orders": "create"}


async def test_what_hangs_is_ended(site: Site) -> None:
    site.fault(on="plan", do="hang")
    site.write(NETWORK)
    with pytest.raises(TimedOut, match="plan in .* did not end within 2 s"):
        await site.run("plan", "-no-color", timeout=2, grace=1)
