"""Which units a commit changes, and why: one case for each way."""

from __future__ import annotations

import pytest

from trunkline.core.infra.changed import ChangedUnit, changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.snapshot import FilesSnapshot

UNIT = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../../modules//vpc" }
inputs = yamldecode(file("${get_terragrunt_dir()}/../region.yaml"))
"""
BASE = {
    "live/root.hcl": "",
    "live/eu/region.yaml": "region: eu\n",
    "live/eu/vpc/terragrunt.hcl": UNIT,
    "live/eu/rds/terragrunt.hcl": """\
terraform { source = "../../../modules//rds" }
dependencies { paths = ["../vpc"] }
""",
    "modules/vpc/main.tf": 'locals { p = templatefile("${path.module}/../../files/p.tpl", {}) }',
    "modules/rds/main.tf": 'module "sub" { source = "../sub" }',
    "modules/sub/main.tf": "",
    "modules/vpc/README.md": "",
    "files/p.tpl": "",
    "network/main.tf": 'terraform {\n  backend "s3" {}\n}\n',
    "network/prod.tfvars": "",
    "network/dev.tfvars": "",
}
RDS = "live/eu/rds/terragrunt.hcl"


def changed(change: dict[str, str | None]) -> tuple[ChangedUnit, ...]:
    tree = {path: text for path, text in {**BASE, **change}.items() if text is not None}
    paths = [path for path in sorted({*BASE, *tree}) if BASE.get(path) != tree.get(path)]
    before, after = FilesSnapshot(BASE), FilesSnapshot(tree)
    return changed_units(discover_units(before), discover_units(after), paths, before, after)


def said(one: ChangedUnit) -> str:
    origin = f" from {one.moved_from.id}" if one.moved_from else ""
    return f"{one.how} {one.id}{origin}: {' '.join(one.because)}"


VPC = "changed live/eu/vpc: "
CASES: dict[str, tuple[dict[str, str | None], list[str]]] = {
    "its own file": (
        {"live/eu/vpc/terragrunt.hcl": UNIT + "\n"},
        [VPC + "live/eu/vpc/terragrunt.hcl"],
    ),
    "a file beside its own": ({"live/eu/vpc/x.json": ""}, [VPC + "live/eu/vpc/x.json"]),
    "an included parent": ({"live/root.hcl": "locals {}"}, [VPC + "live/root.hcl"]),
    "a file that its inputs read": (
        {"live/eu/region.yaml": "region: us\n"},
        [VPC + "live/eu/region.yaml"],
    ),
    "a file that its inputs read goes": (
        {"live/eu/region.yaml": None},
        [VPC + "live/eu/region.yaml"],
    ),
    "its module": ({"modules/vpc/more.tf": ""}, [VPC + "modules/vpc/more.tf"]),
    "a module of its module": (
        {"modules/sub/main.tf": "# changed"},
        ["changed live/eu/rds: modules/sub/main.tf"],
    ),
    "a template that its module reads": ({"files/p.tpl": "x"}, [VPC + "files/p.tpl"]),
    "what only people read": ({"modules/vpc/README.md": "x", "live/eu/vpc/README.md": ""}, []),
    "nothing of infrastructure": ({"charts/x/values.yaml": ""}, []),
    "the variables of one workspace": (
        {"network/prod.tfvars": "a = 1"},
        ["changed network@prod: network/prod.tfvars"],
    ),
    "the code of all workspaces": (
        {"network/more.tf": ""},
        ["changed network@dev: network/more.tf", "changed network@prod: network/more.tf"],
    ),
    "a new unit": (
        {"live/us/dns/terragrunt.hcl": 'terraform { source = "../../../modules//sub" }'},
        ["added live/us/dns: live/us/dns/terragrunt.hcl"],
    ),
    "a unit that goes": (
        {"live/eu/rds/terragrunt.hcl": None},
        ["removed live/eu/rds: live/eu/rds/terragrunt.hcl"],
    ),
    "a dependency that goes": (
        {"live/eu/vpc/terragrunt.hcl": None},
        [
            "changed live/eu/rds: live/eu/vpc/terragrunt.hcl",
            "removed live/eu/vpc: live/eu/vpc/terragrunt.hcl",
        ],
    ),
    "a workspace that goes": (
        {"network/dev.tfvars": None},
        ["removed network@dev: network/dev.tfvars"],
    ),
    "a unit at another place": (
        {RDS: None, "live/eu/db/terragrunt.hcl": BASE[RDS]},
        ["moved live/eu/db from live/eu/rds: live/eu/db/terragrunt.hcl"],
    ),
    "a unit at another place, with more beside it": (
        {
            "live/eu/rds/terragrunt.hcl": None,
            "live/us/rds/terragrunt.hcl": BASE[RDS],
            "live/us/rds/more.json": "",
        },
        ["moved live/us/rds from live/eu/rds: live/us/rds/more.json live/us/rds/terragrunt.hcl"],
    ),
    "two that could be the one that goes": (
        {
            "live/eu/rds/terragrunt.hcl": None,
            "live/us/rds/terragrunt.hcl": BASE[RDS],
            "live/ap/rds/terragrunt.hcl": BASE[RDS],
        },
        [
            "added live/ap/rds: live/ap/rds/terragrunt.hcl",
            "removed live/eu/rds: live/eu/rds/terragrunt.hcl",
            "added live/us/rds: live/us/rds/terragrunt.hcl",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_unit_is_changed_by(name: str) -> None:
    change, expected = CASES[name]
    assert [said(one) for one in changed(change)] == expected


ROOTED = {
    "main.tf": 'terraform {\n  backend "s3" {}\n}\nlocals { o = file(".github/owners.json") }\n',
    ".github/owners.json": "{}",
}


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("values.json", True),
        ("LICENSE", False),
        (".gitignore", False),
        (".github/workflows/ci.yaml", False),
        (".github/owners.json", True),
    ],
)
def test_a_unit_in_the_root_is_not_changed_by_all_that_lies_below(path: str, counts: bool) -> None:
    before, after = FilesSnapshot(ROOTED), FilesSnapshot({**ROOTED, path: "new"})
    found = changed_units(discover_units(before), discover_units(after), [path], before, after)
    assert [said(one) for one in found] == ([f"changed .: {path}"] if counts else [])
