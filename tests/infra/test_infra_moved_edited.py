"""A unit that moved and was edited in one range: told by how much of it is found again, and planned
with the state that it takes along.
"""

from __future__ import annotations

import shutil

import pytest

from infra.region import Region
from trunkline.core.infra.changed import changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.snapshot import FilesSnapshot
from trunkline.engine.infra.moved_plan import OVERRIDE

Files = dict[str, str | None]


def unit(size: str, module: str = "db", *, more: str = "") -> str:
    return (
        'include "root" { path = find_in_parent_folders("root.hcl") }\n'
        f'terraform {{ source = "${{get_repo_root()}}/modules/{module}" }}\n'
        f'inputs = {{\n  engine = "postgres"\n  size = "{size}"\n{more}}}\n'
    )


REMOTE = unit("small").replace("${get_repo_root()}/modules/db", "git::https://x/db?ref=v1")
ROOT = 'remote_state {\n  backend = "s3"\n  config = { key = path_relative_to_include() }\n}\n'
PLAIN = 'terraform {\n  backend "s3" {}\n}\nmodule "db" {\n  source = "../modules/db"\n}\n'
BASE = {
    "live/root.hcl": ROOT,
    "live/eu/db/terragrunt.hcl": unit("small"),
    "modules/db/main.tf": "",
    "modules/dns/main.tf": "",
}

CASES: dict[str, tuple[Files, Files, list[str]]] = {
    "edited as it moved": (
        {},
        {"live/eu/db/terragrunt.hcl": None, "live/de/db/terragrunt.hcl": unit("big")},
        ["moved live/de/db from live/eu/db"],
    ),
    "by another name": (
        {},
        {"live/eu/db/terragrunt.hcl": None, "live/eu/postgres/terragrunt.hcl": unit("big")},
        ["moved live/eu/postgres from live/eu/db"],
    ),
    "another version of its module": (
        {"live/eu/db/terragrunt.hcl": REMOTE},
        {
            "live/eu/db/terragrunt.hcl": None,
            "live/eu/pg/terragrunt.hcl": REMOTE.replace("v1", "v2"),
        },
        ["moved live/eu/pg from live/eu/db"],
    ),
    "another module, though most lines are the same": (
        {},
        {"live/eu/db/terragrunt.hcl": None, "live/eu/dns/terragrunt.hcl": unit("small", "dns")},
        ["removed live/eu/db", "added live/eu/dns"],
    ),
    "too little is found again": (
        {},
        {
            "live/eu/db/terragrunt.hcl": None,
            "live/eu/pg/terragrunt.hcl": unit("big", more="  more = 1 # and more\n" * 20),
        },
        ["removed live/eu/db", "added live/eu/pg"],
    ),
    "two of one pattern, each by its name": (
        {"live/eu/queue/terragrunt.hcl": unit("tiny")},
        {
            "live/eu/db/terragrunt.hcl": None,
            "live/eu/queue/terragrunt.hcl": None,
            "live/de/db/terragrunt.hcl": unit("big"),
            "live/de/queue/terragrunt.hcl": unit("huge"),
        },
        ["moved live/de/db from live/eu/db", "moved live/de/queue from live/eu/queue"],
    ),
    "two that it could be": (
        {},
        {
            "live/eu/db/terragrunt.hcl": None,
            "live/de/db1/terragrunt.hcl": unit("big"),
            "live/de/db2/terragrunt.hcl": unit("huge"),
        },
        [
            "added live/de/db1",
            "added live/de/db2",
            "removed live/eu/db: it may have moved to live/de/db1 or live/de/db2",
        ],
    ),
    "two that could be it": (
        {"live/us/db/terragrunt.hcl": unit("tiny")},
        {
            "live/eu/db/terragrunt.hcl": None,
            "live/us/db/terragrunt.hcl": None,
            "live/de/db/terragrunt.hcl": unit("big"),
        },
        [
            "added live/de/db",
            "removed live/eu/db: it may have moved to live/de/db",
            "removed live/us/db: it may have moved to live/de/db",
        ],
    ),
    "a plain root module": (
        {"eu/main.tf": PLAIN, "eu/rules.tf": "locals {}\n"},
        {
            "eu/main.tf": None,
            "eu/rules.tf": None,
            "de/main.tf": PLAIN + "# moved\n",
            "de/rules.tf": "locals {}\n",
        },
        ["moved de from eu"],
    ),
    "its workspaces": (
        {"eu/main.tf": PLAIN, "eu/prod.tfvars": "size = 3\n", "eu/dev.tfvars": "size = 1\n"},
        {
            **dict.fromkeys(("eu/main.tf", "eu/prod.tfvars", "eu/dev.tfvars")),
            "de/main.tf": PLAIN,
            "de/prod.tfvars": "size = 4\n",
            "de/dev.tfvars": "size = 1\n",
        },
        ["moved de@dev from eu@dev", "moved de@prod from eu@prod"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_unit_that_was_edited_moves(name: str) -> None:
    more, change, expected = CASES[name]
    base = {**BASE, **more}
    tree = {path: text for path, text in {**base, **change}.items() if text is not None}
    paths = [path for path in sorted({*base, *tree}) if base.get(path) != tree.get(path)]
    before = FilesSnapshot({path: text for path, text in base.items() if text is not None})
    after = FilesSnapshot(tree)
    changed = changed_units(discover_units(before), discover_units(after), paths, before, after)
    said = [
        f"{one.how} {one.id}"
        + (f" from {one.moved_from.id}" if one.moved_from else "")
        + (f": {one.unsure.message.partition(',')[0]}" if one.unsure else "")
        for one in changed
    ]
    assert said == expected


async def test_what_moved_and_was_edited_is_planned_with_its_state(region: Region) -> None:
    await region.stand()
    region.repo.git("mv", "live/rds", "live/database")
    edited(region, "live/database/terragrunt.hcl", "inputs = {", 'inputs = {\n  password = "new",')
    plan = await region.plan()
    assert [(one.unit, one.how, one.moved_from, one.counts["update"]) for one in plan.units] == [
        ("live/database", "moved", "live/rds", 1)
    ]
    assert region.state("database") == ""
    (done,) = (await region.apply()).units
    assert (done.unit, done.ended, done.message) == ("live/database", "applied", "")
    assert '"new"' in region.state("database")


def edited(region: Region, path: str, old: str, new: str) -> None:
    text = (region.repo.path / path).read_text()
    assert old in text
    region.repo.write({path: text.replace(old, new)}).commit()


async def test_it_may_be_seen_before_its_state_moves(region: Region) -> None:
    """By the default policy: what the plan showed is applied, though it is planned anew."""
    await region.begin("seen")
    await region.plan()
    assert not (await region.apply()).failed
    region.repo.git("mv", "live/vpc", "live/network")
    region.repo.git("rm", "-rq", "live/rds")
    edited(region, "live/network/terragrunt.hcl", "10.0.0.0/16", "10.9.0.0/16")
    units = {one.unit: one for one in (await region.plan()).units}
    assert {one.how for one in units.values()} == {"moved", "removed"}
    (change,) = units["live/network"].changes
    assert [one.path for one in change.attributes] == ["input", "output"]
    run = await region.apply()
    assert {one.unit: one.ended for one in run.units}["live/network"] == "applied"
    assert "10.9.0.0/16" in region.state("network")


async def test_the_edits_of_workspaces_that_moved_are_planned(region: Region) -> None:
    without_terragrunt(region)
    code = WORKSPACES.replace("STATES", str(region.states)) + "# As it was before.\n" * 40
    region.repo.write({"net/main.tf": code, "net/a.tfvars": "size = 3\n", "net/b.tfvars": ""})
    await region.stand()
    region.repo.git("mv", "net", "network")
    moved = code.replace("/states/", "/states/to/").replace("= var.size", '= "${var.size} GB"')
    region.repo.write({"network/main.tf": moved}).commit()
    plan = await region.plan()
    assert [(one.unit, one.moved_from, one.counts["update"]) for one in plan.units] == [
        ("network@a", "net@a", 1),
        ("network@b", "net@b", 1),
    ]
    assert [one.ended for one in (await region.apply()).units] == ["applied", "applied"]
    assert '"3 GB"' in region.state("to/workspaces/a")
    assert '"1 GB"' in region.state("to/workspaces/b")


WORKSPACES = """\
terraform {
  backend "local" {
    path          = "STATES/terraform.tfstate"
    workspace_dir = "STATES/workspaces"
  }
}
variable "size" { default = 1 }
resource "terraform_data" "size" { input = var.size }
"""


def without_terragrunt(region: Region) -> None:
    for one in ("live", "plain"):
        shutil.rmtree(region.repo.path / one)


async def test_a_link_in_the_place_of_our_file_is_not_written_through(region: Region) -> None:
    await region.stand()
    region.repo.git("mv", "live/rds", "live/database")
    precious = region.repo.write({"precious": "# mine\n"}).path / "precious"
    region.repo.link(f"live/database/{OVERRIDE}", str(precious)).commit()
    (moved,) = (await region.plan()).units
    assert (moved.status, moved.counts["create"]) == ("planned", 0)
    assert precious.read_text() == "# mine\n"


async def test_nothing_of_the_state_stays_where_it_was_looked_at(region: Region) -> None:
    await region.stand()
    region.repo.git("mv", "live/rds", "live/database")
    region.repo.commit()
    (moved,) = (await region.plan()).units
    assert (moved.how, moved.status, moved.counts["create"]) == ("moved", "planned", 0)
    texts = (one.read_bytes() for one in region.places.cache.rglob("*") if one.is_file())
    assert not [one for one in texts if b'"lineage"' in one and b"hunter22" in one]
    assert region.state("database") == ""
