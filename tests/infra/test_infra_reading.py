"""What a unit's plan depends on, read from its files: one case for each way to name a file."""

from __future__ import annotations

import pytest

from trunkline.core.infra.modules import Modules
from trunkline.core.infra.reading import Files, Reading
from trunkline.core.infra.terragrunt import read_stack, read_unit
from trunkline.core.snapshot import FilesSnapshot

UNIT = "live/eu/rds"
BESIDE = {
    "live/root.hcl": 'locals { env = "prod" }\n',
    "live/eu/region.hcl": 'locals { region = "eu"\n base = "${get_repo_root()}/modules" }\n',
    "live/eu/region.yaml": "name: eu\n",
    "files/policy.json": "{}",
    "modules/rds/main.tf": "",
    "modules/rds/sub/main.tf": "",
}


def reading(text: str, more: dict[str, str] | None = None) -> Reading:
    files = Files(FilesSnapshot({**BESIDE, f"{UNIT}/terragrunt.hcl": text, **(more or {})}))
    return read_unit(files, Modules(files), UNIT)


READS = {
    "an included parent": (
        'include "root" { path = find_in_parent_folders("root.hcl") }',
        {"live/root.hcl"},
    ),
    "a file that inputs read": (
        'inputs = { x = yamldecode(file("${get_terragrunt_dir()}/../region.yaml")) }',
        {"live/eu/region.yaml"},
    ),
    "a file that inputs read, found above": (
        'inputs = { x = yamldecode(file(find_in_parent_folders("region.yaml"))) }',
        {"live/eu/region.yaml"},
    ),
    "a configuration that is read for its values": (
        'locals { r = read_terragrunt_config(find_in_parent_folders("region.hcl")) }',
        {"live/eu/region.hcl"},
    ),
    "a parent whose path begins at the unit": (
        (
            'include "root" { path = find_in_parent_folders("root.hcl") }\n'
            'include "env" { path = "${path_relative_to_include()}/../env.hcl" }'
        ),
        {"live/root.hcl", "live/eu/env.hcl"},
    ),
    "a file that may come": (
        'inputs = { x = fileexists("${get_repo_root()}/files/new.json") ? 1 : 2 }',
        {"files/new.json"},
    ),
    "a template": (
        'inputs = { x = templatefile("${get_repo_root()}/files/policy.json", {}) }',
        {"files/policy.json"},
    ),
    "a path that is only named": (
        'inputs = { file = "${get_repo_root()}/files/policy.json" }',
        {"files/policy.json"},
    ),
    "the script of a hook": (
        'terraform {\n before_hook "x" {\n execute = ["${get_repo_root()}/files/policy.json"]\n}}',
        {"files/policy.json"},
    ),
    "files of variables": (
        'terraform {\n extra_arguments "x" {\n required_var_files = ["../region.tfvars"]\n}\n}',
        {"live/eu/region.tfvars"},
    ),
    "an encrypted file": (
        'locals { s = yamldecode(sops_decrypt_file("../secrets.yaml")) }',
        {"live/eu/secrets.yaml"},
    ),
    "a file whose name is half known": (
        'inputs = { x = file("${get_repo_root()}/files/${get_env("WHO")}.json") }',
        {"files/"},
    ),
    "what an include of an include's values reads": (
        (
            'include "root" { path = find_in_parent_folders("root.hcl") }\n'
            'inputs = { x = file("../${include.root.locals.env}.json") }'
        ),
        {"live/root.hcl", "live/eu/prod.json"},
    ),
    "nothing outside of the repository": ('inputs = { x = file("/etc/passwd") }', set()),
}


@pytest.mark.parametrize("name", READS)
def test_what_is_read(name: str) -> None:
    text, reads = READS[name]
    assert reading(text).reads == reads


MODULES = {
    "beside": ('terraform { source = "../../../modules/rds" }', {"modules/rds"}),
    "of a larger copy": (
        'terraform { source = "${get_repo_root()}//modules/rds" }',
        {"modules/rds"},
    ),
    "in a copy": ('terraform { source = "../../../modules//rds" }', {"modules/rds"}),
    "by the values of a file": (
        (
            'locals { r = read_terragrunt_config(find_in_parent_folders("region.hcl")) }\n'
            'terraform { source = "${local.r.locals.base}//rds" }'
        ),
        {"modules/rds"},
    ),
    "the chosen one of two": (
        (
            "locals { here = true }\n"
            'terraform { source = local.here ? "../../../modules/rds" : "git::https://x.test/x" }'
        ),
        {"modules/rds"},
    ),
    "each of two that only a run chooses from": (
        'terraform { source = get_env("X") == "a" ? "../../../modules/a" : "../../../modules/b" }',
        {"modules/a", "modules/b"},
    ),
    "one whose version only a run knows, elsewhere": (
        'terraform { source = "git::https://x.test/x//rds?ref=${get_env("VERSION")}" }',
        set(),
    ),
    "elsewhere": ('terraform { source = "git::https://example.com/x.git//rds?ref=v1" }', set()),
    "of a registry": ('terraform { source = "tfr:///terraform-aws-modules/vpc/aws" }', set()),
}


@pytest.mark.parametrize("name", MODULES)
def test_which_module_is_run(name: str) -> None:
    text, modules = MODULES[name]
    found = reading(text)
    assert (found.modules, found.findings) == (modules, [])


def test_modules_are_followed_through_their_calls_and_to_the_files_they_read() -> None:
    found = reading(
        'terraform { source = "../../../modules//rds" }',
        {
            "modules/rds/main.tf": """\
module "sub" { source = "./sub" }
module "far" { source = "hashicorp/consul/aws" }
locals { dir = "${path.module}/../../files" }
resource "x" "y" { policy = file("${local.dir}/policy.json") }
""",
            "modules/rds/sub/main.tf": """\
module "up" { source = "../../shared" }
resource "x" "y" {
  for_each = fileset("${path.module}/../../../rules", "*.json")
  data     = templatefile("${path.root}/../../files/${each.key}.tpl", {})
}
""",
            "modules/shared/main.tf": 'module "rds" { source = "../rds" }',
        },
    )
    assert found.modules == {"modules/rds", "modules/rds/sub", "modules/shared"}
    assert found.reads == {"files/policy.json", "rules/", "files/"}


def test_the_parents_source_counts_where_the_child_has_none() -> None:
    found = reading(
        'include { path = find_in_parent_folders("env.hcl") }',
        {"live/env.hcl": 'terraform { source = "${get_parent_terragrunt_dir()}/../modules/rds" }'},
    )
    assert found.modules == {"modules/rds"}


def test_dependencies_come_from_both_kinds_of_block_and_from_parents() -> None:
    found = reading(
        """\
include "env" { path = find_in_parent_folders("env.hcl") }
dependency "vpc" { config_path = "../vpc" }
dependency "off" {
  config_path = "../off"
  enabled     = false
}
dependencies { paths = ["../kms", "${get_repo_root()}/live/global/dns"] }
""",
        {"live/env.hcl": 'dependency "logs" { config_path = "../logs" }'},
    )
    assert found.dependencies == {"live/eu/vpc", "live/eu/kms", "live/global/dns", "live/eu/logs"}


def test_a_broken_file_is_a_finding_with_file_and_line() -> None:
    (finding,) = reading('inputs = {\n  x = "\n}').findings
    assert (finding.rule, finding.file, finding.line) == ("infra-hcl", f"{UNIT}/terragrunt.hcl", 2)


def test_a_broken_parent_is_a_finding_of_the_parent() -> None:
    found = reading(
        'include { path = find_in_parent_folders("env.hcl") }', {"live/env.hcl": "a = 1\n}"}
    )
    assert [(one.file, one.line) for one in found.findings] == [("live/env.hcl", 2)]
    assert found.reads == {"live/env.hcl"}


MISSING = {
    'include "x" { path = "../env.hcl" }': "it includes live/eu/env.hcl",
    'include "x" { path = find_in_parent_folders("env.hcl") }': (
        "it includes a file env.hcl of a directory above"
    ),
    "include { path = find_in_parent_folders() }": (
        "it includes a file terragrunt.hcl of a directory above"
    ),
}


@pytest.mark.parametrize("text", MISSING)
def test_an_included_file_that_is_not_there_is_told(text: str) -> None:
    (finding,) = reading(text).findings
    assert finding.place == f"{UNIT}/terragrunt.hcl:1"
    assert finding.message == f"{MISSING[text]}, which is not in this commit"


def test_skip_is_a_files_own_word_and_exclude_that_of_all() -> None:
    include = 'include { path = find_in_parent_folders("root.hcl") }'
    exclude = 'exclude {\n  if = true\n  actions = ["all"]\n}'
    assert not reading(include, {"live/root.hcl": "skip = true"}).excluded
    assert reading(f"skip = true\n{include}").excluded
    assert reading(include, {"live/root.hcl": exclude}).excluded


def test_a_source_that_only_a_run_knows_is_a_note() -> None:
    (finding,) = reading('terraform { source = run_cmd("which", "module") }').findings
    assert finding.place == f"{UNIT}/terragrunt.hcl:1"
    assert finding.message.startswith("terraform.source is only known when it runs")


STACK = "live/terragrunt.stack.hcl"
INNER = "catalog/inner/terragrunt.stack.hcl"


def test_the_units_of_a_stack_are_read_where_they_come_from() -> None:
    files = Files(
        FilesSnapshot(
            {
                "live/terragrunt.stack.hcl": """\
locals { units = "../catalog" }
unit "vpc" {
  source = "${local.units}/vpc"
  path   = "vpc"
}
unit "rds" {
  source = "../catalog/rds"
  path   = "data/rds"
  values = { module = "rds" }
}
stack "inner" {
  source = "../catalog/inner"
  path   = "inner"
}
""",
                "catalog/vpc/terragrunt.hcl": "",
                "catalog/rds/terragrunt.hcl": """\
terraform { source = "${get_repo_root()}/modules/${values.module}" }
dependency "vpc" { config_path = "../../vpc" }
inputs = { x = file("x.json") }
""",
                "catalog/rds/x.json": "",
                "modules/rds/main.tf": "",
                "catalog/inner/terragrunt.stack.hcl": """\
unit "q" {
  source = "../catalog/vpc"
  path   = "q"
}
""",
            }
        )
    )
    found = Reading()
    units = list(read_stack(files, STACK, found))
    made = "live/.terragrunt-stack"
    assert [(one.directory, one.source, one.stacks, one.line) for one in units] == [
        (f"{made}/vpc", "catalog/vpc", (STACK,), 2),
        (f"{made}/data/rds", "catalog/rds", (STACK,), 6),
        (f"{made}/inner/.terragrunt-stack/q", f"{made}/catalog/vpc", (STACK, INNER), 1),
    ]
    rds = units[1]
    files.copied(rds.directory, rds.source)
    reads = read_unit(files, Modules(files), rds.directory, rds.values)
    assert reads.dependencies == {f"{made}/vpc"}
    assert reads.modules == {"modules/rds"}
    assert reads.reads == {f"{made}/data/rds/x.json"}
    assert files.real(f"{made}/data/rds/x.json") == "catalog/rds/x.json"
