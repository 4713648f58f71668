"""The units of a commit: what is one, what it waits for, and that broken files stay alone."""

from __future__ import annotations

from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.memory import Memory
from trunkline.core.infra.rules import DiscoveryRules, UnitRule
from trunkline.core.infra.units import Units
from trunkline.core.snapshot import FilesSnapshot

INCLUDE = 'include "root" { path = find_in_parent_folders("root.hcl") }\n'
REPOSITORY = {
    "live/root.hcl": "",
    "live/eu/vpc/terragrunt.hcl": INCLUDE + 'terraform { source = "../../../modules/vpc" }',
    "live/eu/rds/terragrunt.hcl": """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../../modules/rds" }
dependency "vpc" { config_path = "../vpc" }
""",
    "modules/vpc/main.tf": 'provider "aws" {}',
    "modules/rds/main.tf": 'module "sub" { source = "../sub" }',
    "modules/sub/main.tf": "",
    "network/main.tf": 'terraform {\n  backend "s3" {}\n}\n',
    "network/prod.tfvars": "",
    "network/dev.tfvars": "",
    "README.md": "",
}


def units(more: dict[str, str] | None = None, rules: DiscoveryRules | None = None) -> Units:
    return discover_units(FilesSnapshot({**REPOSITORY, **(more or {})}), rules)


def test_units_of_terragrunt_and_of_plain_modules_stand_side_by_side() -> None:
    found = units()
    assert [one.as_json() for one in found.units if "@" not in one.id] == [
        {
            "id": "live/eu/rds",
            "kind": "terragrunt",
            "name": "",
            "path": "live/eu/rds",
            "workspace": "",
            "dependencies": ["live/eu/vpc"],
            "applications": [],
            "reads": ["live/root.hcl", "modules/rds/", "modules/sub/"],
            "labels": {},
            "file": "live/eu/rds/terragrunt.hcl",
            "line": 1,
            "generatedBy": "",
        },
        {
            "id": "live/eu/vpc",
            "kind": "terragrunt",
            "name": "",
            "path": "live/eu/vpc",
            "workspace": "",
            "dependencies": [],
            "applications": [],
            "reads": ["live/root.hcl", "modules/vpc/"],
            "labels": {},
            "file": "live/eu/vpc/terragrunt.hcl",
            "line": 1,
            "generatedBy": "",
        },
    ]
    assert [(one.id, one.kind, one.var_files, one.origin.line) for one in found.units[2:]] == [
        ("network@dev", "terraform", ("network/dev.tfvars",), 2),
        ("network@prod", "terraform", ("network/prod.tfvars",), 2),
    ]
    assert found.findings == ()
    assert found.graph.order() == ("live/eu/vpc", "live/eu/rds", "network@dev", "network@prod")


def test_a_parent_and_a_file_without_anything_to_run_are_no_units() -> None:
    found = units(
        {
            "old/terragrunt.hcl": "remote_state {}",
            "old/app/terragrunt.hcl": "include { path = find_in_parent_folders() }",
            "old/app/main.tf": "",
            "old/empty/terragrunt.hcl": "inputs = {}",
        }
    )
    assert [one.id for one in found.units if one.id.startswith("old")] == ["old/app"]


def test_what_is_excluded_in_its_own_file_is_left_out() -> None:
    exclude = 'exclude {\n if = true\n actions = ["all"]\n}'
    text = f'terraform {{ source = "../../../modules/vpc" }}\n{exclude}'
    assert "live/eu/off" not in units({"live/eu/off/terragrunt.hcl": text})


def test_settings_add_exclude_name_and_label() -> None:
    rules = DiscoveryRules(
        exclude=("live/eu/rds",),
        units=(
            UnitRule("live/**", labels={"region": "eu"}),
            UnitRule("network@prod", name="the network", depends_on=("live/eu/vpc", "edge")),
            UnitRule("bare", name="bare"),
        ),
    )
    found = units({"bare/main.tf": 'resource "x" "y" {}'}, rules)
    assert [(one.id, one.name, dict(one.labels), one.dependencies) for one in found.units] == [
        ("bare", "bare", {}, ()),
        ("live/eu/vpc", "", {"region": "eu"}, ()),
        ("network@dev", "", {}, ()),
        ("network@prod", "the network", {}, ("live/eu/vpc",)),
    ]
    assert found["network@prod"].applications == ("edge",)


def test_a_broken_file_is_a_finding_of_its_unit_and_takes_no_other_away() -> None:
    found = units({"live/eu/vpc/terragrunt.hcl": 'inputs = {\n  a = "\n}'})
    (finding,) = found.findings
    assert (finding.component, finding.place) == ("live/eu/vpc", "live/eu/vpc/terragrunt.hcl:2")
    assert found.broken == {"live/eu/vpc"}
    assert "live/eu/rds" in found


def test_a_broken_module_is_a_finding_of_each_unit_that_runs_it() -> None:
    found = units({"modules/sub/main.tf": "}"})
    assert [(one.component, one.place) for one in found.findings] == [
        ("live/eu/rds", "modules/sub/main.tf:1")
    ]


def test_a_dependency_that_is_gone_is_told() -> None:
    files = {path: text for path, text in REPOSITORY.items() if "eu/vpc" not in path}
    (finding,) = discover_units(FilesSnapshot(files)).findings
    assert finding.component == "live/eu/rds"
    assert finding.message == "it depends on live/eu/vpc, which is no unit of this commit"


def test_dependencies_that_are_gone_are_told_in_one_sentence() -> None:
    kms = 'terraform {}\ndependencies { paths = ["../c", "../a", "../b"] }'
    (finding,) = units({"live/eu/kms/terragrunt.hcl": kms, "live/eu/kms/main.tf": ""}).findings
    assert finding.message == (
        "it depends on live/eu/a, live/eu/b and live/eu/c, which are no units of this commit"
    )


def test_a_circle_is_an_error_of_each_in_it_and_names_the_path() -> None:
    vpc = 'terraform { source = "../../../modules/vpc" }\ndependency "r" { config_path = "../rds" }'
    found = units({"live/eu/vpc/terragrunt.hcl": vpc})
    assert [(one.component, one.message) for one in found.findings] == [
        (one, "dependencies lead in a circle: live/eu/rds → live/eu/vpc → live/eu/rds")
        for one in ("live/eu/rds", "live/eu/vpc")
    ]


def test_units_of_a_stack_read_what_they_are_made_from() -> None:
    found = units(
        {
            "s/terragrunt.stack.hcl": 'unit "vpc" {\n source = "../catalog/vpc"\n path = "vpc"\n}',
            "catalog/vpc/main.tf": "",
            "catalog/vpc/terragrunt.hcl": 'inputs = { x = file("x.txt") }',
        }
    )
    assert [one.id for one in found.units if one.id.startswith(("s", "catalog"))] == [
        "s/.terragrunt-stack/vpc"
    ]
    unit = found["s/.terragrunt-stack/vpc"]
    assert unit.generated_by == "s/terragrunt.stack.hcl"
    assert unit.reads == ("catalog/vpc/", "catalog/vpc/x.txt", "s/terragrunt.stack.hcl")


STACKS = {
    "s/terragrunt.stack.hcl": """\
stack "prod" {
  source = "../stacks/shop"
  path   = "prod"
  values = { version = "v1" }
}
""",
    "stacks/shop/terragrunt.stack.hcl": """\
unit "db" {
  source = "github.com/acme/catalog//units/db?ref=${values.version}"
  path   = "db"
}
unit "api" {
  source = "github.com/acme/catalog//units/api?ref=${values.version}"
  path   = "api"
  values = { db_path = "../db", files = "../files" }
}
""",
}


def test_units_of_a_stack_may_come_from_elsewhere_and_from_an_inner_stack() -> None:
    found = discover_units(FilesSnapshot(STACKS))
    made = "s/.terragrunt-stack/prod/.terragrunt-stack"
    assert [(one.id, one.dependencies, one.origin.line) for one in found.units] == [
        (f"{made}/api", (f"{made}/db",), 5),
        (f"{made}/db", (), 1),
    ]
    for one in found.units:
        assert one.generated_by == "s/terragrunt.stack.hcl"
        assert one.reads == ("s/terragrunt.stack.hcl", "stacks/shop/terragrunt.stack.hcl")
    assert found.findings == ()


def test_a_stack_that_comes_from_elsewhere_is_told() -> None:
    text = 'stack "x" {\n  source = "git::https://x.test/x//stacks/shop"\n  path = "x"\n}'
    (finding,) = discover_units(FilesSnapshot({"s/terragrunt.stack.hcl": text})).findings
    assert finding.place == "s/terragrunt.stack.hcl:1"
    assert finding.message == (
        "stack s/.terragrunt-stack/x comes from another repository: its units are not known here"
    )


def test_what_takes_values_that_no_stack_gives_is_a_template() -> None:
    source = 'terraform { source = "../../modules/vpc" }\n'
    found = units(
        {
            "units/a/terragrunt.hcl": f"{source}inputs = {{ x = values.x }}",
            "units/b/terragrunt.hcl": f'{source}inputs = {{ x = try(values.x, "y") }}',
            "units/c/terragrunt.hcl": f"{source}inputs = {{ x = values.x }}",
            "units/c/terragrunt.values.hcl": "x = 1",
            "stacks/d/terragrunt.stack.hcl": 'unit "x" {\n source = "./x"\n path = values.x\n}',
        }
    )
    added = [one.id for one in found.units if one.id.startswith(("units", "stacks"))]
    assert added == ["units/b", "units/c"]
    assert found.findings == ()


def test_a_unit_that_is_made_from_nothing_is_told() -> None:
    text = 'unit "x" {\n  source = "../none"\n  path = "x"\n}'
    (finding,) = units({"s/terragrunt.stack.hcl": text}).findings
    assert finding.component == "s/.terragrunt-stack/x"
    assert finding.message == "it is made from none/terragrunt.hcl, which is not in this commit"


def test_a_module_that_is_not_there_is_told_where_it_is_named() -> None:
    text = 'terraform {\n  source = "../../../modules//nope"\n}'
    found = units({"live/eu/dns/terragrunt.hcl": text})
    (finding,) = found.findings
    assert (finding.component, finding.place) == ("live/eu/dns", "live/eu/dns/terragrunt.hcl:2")
    assert finding.message == "it runs the module modules/nope, which does not exist"
    assert found.broken == frozenset()


def test_units_in_forms_that_are_not_read_are_told() -> None:
    found = units(
        {
            "old/vpc/terraform.tfvars": 'x = "y"\nterragrunt = {\n  terraform { source = "z" }\n}',
            "json/vpc/terragrunt.hcl.json": "{}",
            "plain/terraform.tfvars": 'terragrunt_x = "y"',
        }
    )
    assert [(one.place, one.message) for one in found.findings] == [
        (
            "json/vpc/terragrunt.hcl.json",
            "a unit of Terragrunt in JSON is not read, so no unit is seen here",
        ),
        (
            "old/vpc/terraform.tfvars:2",
            "this form of Terragrunt ended with version 0.18, so no unit is seen here",
        ),
    ]


def test_working_folders_that_were_committed_hold_no_units() -> None:
    found = units(
        {
            "live/eu/vpc/.terragrunt-cache/x/terragrunt.hcl": 'terraform { source = "./m" }',
            "network/.terraform/modules/x/main.tf": 'terraform {\n  backend "s3" {}\n}',
        }
    )
    assert found.units == units().units


def test_what_is_remembered_gives_the_same_units() -> None:
    memory = Memory()
    first = discover_units(FilesSnapshot(REPOSITORY), memory=memory)
    again = Memory.unpacked(memory.packed())
    assert discover_units(FilesSnapshot(REPOSITORY), memory=again) == first
    assert not again.grown


def test_two_commits_are_remembered_side_by_side() -> None:
    memory = Memory()
    commits = [REPOSITORY, {**REPOSITORY, "LICENSE": ""}]
    first = [discover_units(FilesSnapshot(one), memory=memory) for one in commits]
    memory.grown = False
    assert [discover_units(FilesSnapshot(one), memory=memory) for one in commits] == first
    assert not memory.grown


CHANGES = {
    "its own file": {"live/eu/rds/terragrunt.hcl": ""},
    "a parent": {"live/root.hcl": "locals { a = 1 }"},
    "a module of its module": {"modules/sub/main.tf": 'module "x" { source = "../more" }'},
    "a file that may be its parent": {"live/eu/root.hcl": ""},
}


def test_only_what_a_commit_touches_is_read_again() -> None:
    memory = Memory()
    discover_units(FilesSnapshot(REPOSITORY), memory=memory)
    kept = Memory.unpacked(memory.packed())
    discover_units(FilesSnapshot({**REPOSITORY, "charts/x.yaml": "a: 1"}), memory=kept)
    assert not kept.grown
    for name, change in CHANGES.items():
        tree = FilesSnapshot({**REPOSITORY, **change})
        kept = Memory.unpacked(memory.packed())
        assert discover_units(tree, memory=kept) == discover_units(tree), name
        assert kept.grown, name
