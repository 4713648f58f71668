"""A unit that is at another place: it is the one that was, and its state goes along."""

from __future__ import annotations

import shutil

import pytest

from infra.region import Region
from trunkline.core.infra.changed import changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.snapshot import FilesSnapshot

STACK = """\
unit "vpc" {
  source = "../../catalog/vpc"
  path   = "vpc"
}
unit "peering" {
  source = "../../catalog/vpc"
  path   = "peering"
  values = { peer = "../vpc" }
}
stack "az" {
  source = "../../catalog/az"
  path   = "az"
}
"""
AZ = """\
unit "vpc" {
  source = "${get_repo_root()}/catalog/vpc"
  path   = "vpc"
}
"""
BASE = {
    "live/ap/terragrunt.stack.hcl": STACK,
    "catalog/vpc/terragrunt.hcl": 'terraform { source = "git::https://x/vpc" }',
    "catalog/az/terragrunt.stack.hcl": AZ,
    "network/main.tf": 'terraform {\n  backend "s3" {}\n}\n',
    "network/prod.tfvars": "size = 3\n",
    "network/dev.tfvars": "",
    "dns/main.tf": 'terraform {\n  backend "s3" {}\n}\n',
    "dns/prod.tfbackend": 'key = "dns"\n',
}
FILE, MADE = "live/ap/terragrunt.stack.hcl", "live/ap/.terragrunt-stack"
INNER = ".terragrunt-stack/vpc"


def stack(*changes: tuple[str, str]) -> dict[str, str | None]:
    text = STACK
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return {FILE: text}


CASES: dict[str, tuple[dict[str, str | None], list[str]]] = {
    "another path of a stack's unit": (
        stack(('path   = "peering"', 'path   = "to-vpc"')),
        [f"moved {MADE}/to-vpc from {MADE}/peering"],
    ),
    "another path and other values": (
        stack(('path   = "peering"', 'path   = "to-vpc"'), ("../vpc", "../../vpc")),
        [f"moved {MADE}/to-vpc from {MADE}/peering"],
    ),
    "another label and path": (
        stack(('"peering"', '"to-vpc"')),
        [f"moved {MADE}/to-vpc from {MADE}/peering"],
    ),
    "another label and path, and other values": (
        stack(('"peering"', '"to-vpc"'), ('"../vpc"', '"../net"')),
        [f"removed {MADE}/peering", f"added {MADE}/to-vpc"],
    ),
    "another path of an inner stack": (
        stack(('path   = "az"', 'path   = "zones"')),
        [f"moved {MADE}/zones/{INNER} from {MADE}/az/{INNER}"],
    ),
    "out of the folder that Terragrunt makes": (
        stack(('path   = "vpc"', 'path   = "net"\n  no_dot_terragrunt_stack = true')),
        [f"moved live/ap/net from {MADE}/vpc"],
    ),
    "another directory of the stack": (
        {FILE: None, "live/jp/terragrunt.stack.hcl": STACK},
        [
            f"moved live/jp/{one} from live/ap/{one}"
            for one in (
                f".terragrunt-stack/az/{INNER}",
                ".terragrunt-stack/peering",
                ".terragrunt-stack/vpc",
            )
        ],
    ),
    "another name of a workspace's variables": (
        {"network/prod.tfvars": None, "network/envs/production.tfvars": "size = 3\n"},
        ["moved network@production from network@prod"],
    ),
    "another name of a workspace's backend": (
        {"dns/prod.tfbackend": None, "dns/production.tfbackend": 'key = "dns"\n'},
        ["moved dns@production from dns@prod"],
    ),
    "a workspace of which nothing is said": (
        {"network/dev.tfvars": None, "network/stage.tfvars": ""},
        ["removed network@dev", "added network@stage"],
    ),
    "two that a workspace could be": (
        {
            "network/prod.tfvars": None,
            "network/eu.tfvars": "size = 3\n",
            "network/us.tfvars": "size = 3\n",
        },
        ["added network@eu", "removed network@prod", "added network@us"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_unit_moves_by(name: str) -> None:
    change, expected = CASES[name]
    tree = {path: text for path, text in {**BASE, **change}.items() if text is not None}
    paths = [path for path in sorted({*BASE, *tree}) if BASE.get(path) != tree.get(path)]
    before, after = FilesSnapshot(BASE), FilesSnapshot(tree)
    changed = changed_units(discover_units(before), discover_units(after), paths, before, after)
    said = [
        f"{one.how} {one.id}" + (f" from {one.moved_from.id}" if one.moved_from else "")
        for one in changed
        if one.how != "changed"
    ]
    assert said == expected


WORKSPACES = """\
terraform {
  backend "local" {
    path          = "STATES/terraform.tfstate"
    workspace_dir = "STATES/workspaces"
  }
}
variable "size" {}
resource "terraform_data" "size" { input = var.size }
"""
UNIT = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "${get_repo_root()}/modules/vpc" }
inputs = { cidr = values.cidr }
"""
ONE = (
    'unit "vpc" {\n  source = "../catalog/vpc"\n  path = "PATH"\n  values = { cidr = "10.0" }\n}\n'
)


def without(region: Region, *directories: str) -> None:
    for one in directories:
        shutil.rmtree(region.repo.path / one)


async def test_the_state_of_what_a_stack_makes_moves_along(region: Region) -> None:
    without(region, "live/vpc", "live/rds", "plain")
    region.repo.write({"catalog/vpc/terragrunt.hcl": UNIT})
    region.repo.write({"live/terragrunt.stack.hcl": ONE.replace("PATH", "vpc")})
    await region.stand()
    region.repo.write({"live/terragrunt.stack.hcl": ONE.replace("PATH", "network")}).commit()
    (moved,) = (await region.plan()).units
    assert (moved.how, moved.moved_from) == ("moved", "live/.terragrunt-stack/vpc")
    (done,) = (await region.apply()).units
    assert (done.ended, done.message) == ("unchanged", "")
    assert '"terraform_data"' in region.state(".terragrunt-stack/network")


async def test_the_state_of_a_workspace_by_another_name_moves_along(region: Region) -> None:
    without(region, "live", "plain")
    code = WORKSPACES.replace("STATES", str(region.states))
    region.repo.write({"net/main.tf": code, "net/prod.tfvars": "size = 3\n"})
    await region.stand()
    region.repo.git("mv", "net/prod.tfvars", "net/production.tfvars")
    region.repo.commit()
    (moved,) = (await region.plan()).units
    assert (moved.unit, moved.moved_from) == ("net@production", "net@prod")
    (done,) = (await region.apply()).units
    assert (done.ended, done.message) == ("unchanged", "")
    assert '"terraform_data"' in region.state("workspaces/production")


async def moved_and_edited(region: Region, value: str) -> None:
    """The plain module stands, and moves in one commit with another value, and with so much more
    that its files do not say that it is the same.
    """
    await region.stand(plain=True)
    region.repo.git("mv", "plain", "net")
    text = (region.repo.path / "net/main.tf").read_text()
    more = "# What is written here was not there before.\n" * 8
    region.repo.write({"net/main.tf": text.replace('"a"', value) + more}).commit()


async def test_what_has_one_state_at_both_places_is_not_destroyed(region: Region) -> None:
    await moved_and_edited(region, '"b"')
    plan = await region.plan()
    assert [(one.unit, one.how, one.moved_from, one.counts["update"]) for one in plan.units] == [
        ("net", "added", "plain", 1),
        ("plain", "left", "", 0),
    ]
    (said,) = [one.message for one in plan.findings if one.component == "plain"]
    assert said == "its state is the one of net now: nothing is destroyed"
    assert {one.unit: one.ended for one in (await region.apply()).units} == {"net": "applied"}
    assert '"bucket"' in region.state("plain")


async def test_what_goes_waits_for_what_may_have_its_state(region: Region) -> None:
    await moved_and_edited(region, "nowhere.at.all")
    assert [(one.unit, one.status) for one in (await region.plan()).units] == [
        ("net", "failed"),
        ("plain", "planned"),
    ]
    ended = {one.unit: (one.ended, one.message) for one in (await region.apply()).units}
    assert ended["net"][0] == "failed"
    assert ended["plain"] == ("skipped", "it waits for net (failed)")
    (alone,) = (await region.apply(ids=["plain"])).units
    assert alone.message == "it waits for net: its state may be theirs by now"
    async with await region.app() as app:
        await app.plan_infra("HEAD~1", "HEAD", ["plain"])
    assert [one.message for one in (await region.apply(ids=["plain"])).units] == [alone.message]
    assert '"bucket"' in region.state("plain")


async def test_a_state_that_two_units_have_is_told_as_one_comes_and_goes(region: Region) -> None:
    """The old state of what moved stays where it was: who comes to that place later finds it."""
    await region.stand()
    region.repo.git("mv", "live/rds", "live/database")
    region.repo.commit()
    await region.plan()
    await region.apply()
    shutil.copytree(region.repo.path / "live/database", region.repo.path / "live/rds")
    region.repo.commit()
    (comes,) = (await region.plan()).units
    assert comes.doubt.startswith("its state is also the one of live/database")
    await region.apply()
    without(region, "live/rds")
    region.repo.commit()
    (goes,) = (await region.plan()).units
    assert (goes.how, goes.doubt) == ("removed", comes.doubt)
    (waits,) = (await region.apply()).units
    assert (waits.ended, waits.message) == ("waiting", goes.doubt)
