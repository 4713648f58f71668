"""What Trunkline relies on is true of OpenTofu and of Terraform, plain and below Terragrunt."""

from __future__ import annotations

import asyncio
import json
import shutil

import pytest

from practice.site import Site, actions, change
from trunkline.edge.programs.environment import plugins_in
from trunkline.edge.programs.errors import TimedOut
from trunkline.practice.cloud.world import World
from trunkline.practice.install import SOURCE, VERSION, target

NETWORK = """
resource "practice_network" "main" {
  name = "main"
  cidr = "10.0.0.0/16"
}
"""
DATABASE = """
resource "practice_database" "orders" {
  name       = "orders"
  engine     = "postgres"
  network_id = practice_network.main.id
  password   = "s3cr3t-pa55word"
}
"""
BOTH = NETWORK + DATABASE


def flat(text: str) -> str:
    """Without the line ends and frames of a terminal's width."""
    return " ".join(text.replace("│", " ").split())


def did(world: World) -> list[str]:
    return [f"{one['did']} {one['kind']}" for one in world.data.get("journal", [])]


async def test_what_is_planned_is_what_is_made(every_site: Site) -> None:
    site = every_site
    site.write(BOTH)
    plan = await site.plan()
    assert actions(plan) == {
        "practice_network.main": "create",
        "practice_database.orders": "create",
    }
    known = change(plan, "practice_network.main")
    assert known["after"]["zones"] == ["a", "b", "c"]
    unknown = {name for name, is_so in known["after_unknown"].items() if is_so is True}
    assert unknown == {"id", "address", "subnet_ids", "gateway_ip"}
    assert site.names("network") == []
    assert (await site.apply()).code == 0
    assert site.found("database", "orders")["network_id"] == site.found("network", "main")["id"]
    assert actions(await site.plan()) == {}


CHANGES = {
    "in place": ('name = "main"', 'name = "other"', {"practice_network.main": "update"}),
    "with more that the cloud changes": (
        'cidr = "10.0.0.0/16"',
        'cidr = "10.0.0.0/16"\n  zones = ["a"]',
        {"practice_network.main": "update"},
    ),
    "anew, and what hangs on it": (
        "10.0.0.0/16",
        "10.1.0.0/16",
        {"practice_network.main": "delete+create", "practice_database.orders": "delete+create"},
    ),
    "a disk that grows": (
        'engine     = "postgres"',
        'engine     = "postgres"\n  storage_gb = 50',
        {"practice_database.orders": "update"},
    ),
    "a disk that shrinks": (
        'engine     = "postgres"',
        'engine     = "postgres"\n  storage_gb = 10',
        {"practice_database.orders": "delete+create"},
    ),
}


async def test_what_a_change_does(site: Site) -> None:
    await site.made(BOTH)
    found = {}
    for name, (old, new, _) in CHANGES.items():
        site.write(BOTH.replace(old, new))
        found[name] = actions(await site.plan())
    assert found == {name: planned for name, (_, _, planned) in CHANGES.items()}
    old, new, _ = CHANGES["anew, and what hangs on it"]
    await site.made(BOTH.replace(old, new))
    assert did(site.cloud.read())[2:] == [
        "delete database",
        "delete network",
        "create network",
        "create database",
    ]


async def test_a_replacement_says_which_field_forces_it(site: Site) -> None:
    await site.made(NETWORK)
    site.write(NETWORK.replace("10.0.0.0/16", "10.1.0.0/16"))
    assert change(await site.plan(), "practice_network.main")["replace_paths"] == [["cidr"]]


async def test_what_is_taken_out_is_deleted(site: Site) -> None:
    await site.made(BOTH)
    site.write(NETWORK)
    assert actions(await site.plan()) == {"practice_database.orders": "delete"}
    await site.apply()
    assert (site.names("database"), site.names("network")) == ([], ["main"])


async def test_what_is_changed_outside_is_seen_as_drift_and_healed(site: Site) -> None:
    await site.made(BOTH)
    site.edit("database", "orders", size="huge")
    plan = await site.plan()
    assert actions(plan, "resource_drift") == {"practice_database.orders": "update"}
    assert actions(plan) == {"practice_database.orders": "update"}
    assert actions(await site.plan("-refresh-only"), "resource_drift") != {}
    await site.plan()
    await site.apply()
    assert site.found("database", "orders")["size"] == "small"


async def test_what_is_deleted_outside_is_made_again(site: Site) -> None:
    await site.made(NETWORK)
    before = site.found("network", "main")["id"]
    site.forget("network", "main")
    plan = await site.plan()
    assert actions(plan, "resource_drift") == {"practice_network.main": "delete"}
    assert actions(plan) == {"practice_network.main": "create"}
    await site.apply()
    assert site.found("network", "main")["id"] != before


async def test_what_is_there_already_is_imported(site: Site) -> None:
    await site.made(NETWORK)
    for file in site.folder.glob("terraform.tfstate*"):
        file.unlink()
    block = 'import {\n  to = practice_network.main\n  id = "main"\n}\n'
    site.write(NETWORK + block)
    plan = await site.plan()
    assert change(plan, "practice_network.main")["importing"] == {"id": "main"}
    assert actions(plan) == {}
    assert (await site.apply()).code == 0
    assert did(site.cloud.read()) == ["create network"]


async def test_what_moves_in_the_code_stays_in_the_cloud(site: Site) -> None:
    await site.made(NETWORK)
    moved = "moved {\n  from = practice_network.main\n  to   = practice_network.core\n}\n"
    site.write(NETWORK.replace('"main" {', '"core" {') + moved)
    assert actions(await site.plan()) == {}
    assert (await site.apply()).code == 0


async def test_an_object_is_looked_up_by_its_name(site: Site) -> None:
    await site.made(NETWORK)
    looked = 'data "practice_network" "main" {\n  name = "main"\n}\n'
    shown = 'output "cidr" {\n  value = data.practice_network.main.cidr\n}\n'
    await site.made(NETWORK + looked + shown)
    assert json.loads(await site.ok("output", "-json"))["cidr"]["value"] == "10.0.0.0/16"


async def test_what_is_sensitive_is_marked_so(site: Site) -> None:
    site.write(BOTH)
    plan = await site.plan()
    marked = change(plan, "practice_database.orders")["after_sensitive"]
    assert {name for name, is_so in marked.items() if is_so is True} == {"password", "url"}
    done = await site.run("plan", "-no-color")
    assert "(sensitive value)" in done.stdout
    assert "s3cr3t-pa55word" not in done.stdout + done.stderr


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
    site.fault(on="create", kind="network", do="slow", seconds=1.5, times=1)
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
