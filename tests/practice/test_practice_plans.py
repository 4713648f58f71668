"""What Trunkline relies on in plans is true of OpenTofu and of Terraform, and below Terragrunt."""

from __future__ import annotations

import json

from practice.site import BOTH, NETWORK, Site, actions, change, did


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
