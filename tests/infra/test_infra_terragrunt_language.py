"""What Terragrunt's own files may say, and what follows for the units: as Terragrunt has it."""

from __future__ import annotations

import pytest

from trunkline.core.infra.changed import changed_units
from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.units import Units
from trunkline.core.snapshot import FilesSnapshot

Files = dict[str, str]
RUN = 'terraform { source = "git::https://x.test/m.git//vpc?ref=v1" }\n'
OUT = "live/.terragrunt-stack"


def found(files: Files) -> Units:
    return discover_units(FilesSnapshot(files))


def dependencies(units: Units) -> dict[str, list[str]]:
    return {one.id: list(one.dependencies) for one in units.units if one.dependencies}


def unit(name: str, more: str = "", source: str = "../catalog/u") -> str:
    return f'unit "{name}" {{\n  source = "{source}"\n  path = "{name}"\n{more}}}\n'


HERE = "${get_repo_root()}/catalog/u"
CATALOG = {
    "catalog/u/terragrunt.hcl": RUN,
    "catalog/net/terragrunt.stack.hcl": unit("a", source=HERE),
}
ON_UNIT = """\
  autoinclude {
    dependency "vpc" {
      config_path = unit.vpc.path
    }
    inputs = { id = dependency.vpc.outputs.id }
  }
"""
ON_STACK = ON_UNIT.replace("unit.vpc.path", "stack.net.path")
NET = 'stack "net" {\n  source = "../catalog/net"\n  path = "net"\nMORE}\n'
EXTRA = """\
  autoinclude {
    unit "extra" {
      source = "${get_repo_root()}/catalog/u"
      path   = "extra"
    }
  }
"""
STACKS: dict[str, tuple[str, dict[str, list[str]]]] = {
    "a unit of the same stack": (
        unit("vpc") + unit("app", ON_UNIT),
        {f"{OUT}/app": [f"{OUT}/vpc"]},
    ),
    "one that lies elsewhere": (
        unit("vpc") + unit("app", ON_UNIT, "git::https://x.test/c.git//app"),
        {f"{OUT}/app": [f"{OUT}/vpc"]},
    ),
    "a unit beside it by its place": (
        unit("vpc") + unit("app", ON_UNIT.replace("unit.vpc.path", '"../vpc"')),
        {f"{OUT}/app": [f"{OUT}/vpc"]},
    ),
    "all of an inner stack": (
        NET.replace("MORE", EXTRA) + unit("app", ON_STACK),
        {f"{OUT}/app": [f"{OUT}/net/.terragrunt-stack/{one}" for one in ("a", "extra")]},
    ),
    "a unit in place of the inner stack's own": (
        NET.replace("MORE", EXTRA.replace('"extra"', '"a"').replace("catalog/u", "catalog/w")),
        {},
    ),
    "one that is switched off": (
        unit("vpc") + unit("app", ON_UNIT.replace("config_path", "enabled = false\n config_path")),
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_says_whom_its_units_wait_for(name: str) -> None:
    stack, expected = STACKS[name]
    units = found({**CATALOG, "live/terragrunt.stack.hcl": stack})
    assert dependencies(units) == expected
    assert [one.message for one in units.findings if one.severity != "note"] == (
        ["it is made from catalog/w/terragrunt.hcl, which is not in this commit"]
        if "catalog/w" in stack
        else []
    )


HERE_VPC = '"${get_terragrunt_dir()}/vpc"\n'


def asks(more: str) -> Files:
    """A unit that reads a file for its values, in which a dependency stands."""
    return {
        "live/vpc/terragrunt.hcl": RUN,
        "live/app/terragrunt.hcl": (
            RUN + 'locals { net = read_terragrunt_config(find_in_parent_folders("net.hcl")) }\n'
        ),
        "live/net.hcl": f'dependency "vpc" {{\n  config_path = "vpc"\n{more}}}\n',
    }


ASKED = {
    "there": (asks(""), {"live/app": ["live/vpc"]}),
    "by the place of the file": (
        asks("").copy() | {"live/net.hcl": asks("")["live/net.hcl"].replace('"vpc"\n', HERE_VPC)},
        {"live/app": ["live/vpc"]},
    ),
    "switched off": (asks("  enabled = false\n"), {}),
    "never asked": (asks("  skip_outputs = true\n"), {}),
    "nowhere": (
        asks("") | {"live/net.hcl": 'dependency "a" { config_path = "../nowhere" }\n'},
        {},
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_a_file_that_is_read_for_its_values_asks_for_outputs(name: str) -> None:
    """Terragrunt gets them while it reads the file, though its own `find` knows nothing of it."""
    files, expected = ASKED[name]
    units = found(files)
    assert dependencies(units) == expected
    assert not units.findings


INCLUDED = {
    **CATALOG,
    "live/terragrunt.stack.hcl": (
        'locals { app = "app" }\ninclude "more" { path = "more.hcl" }\n' + unit("vpc")
    ),
    "live/more.hcl": unit("app", ON_UNIT).replace('path = "app"', "path = local.app") + NET,
    "catalog/net/terragrunt.stack.hcl": 'include "a" { path = "a.hcl" }\n',
    "catalog/net/a.hcl": unit("a", "  values = { x = values.x }\n", source=HERE),
}
INNER = f"{OUT}/net/.terragrunt-stack/a"


def test_what_a_stack_includes_is_as_if_it_stood_there() -> None:
    units = found(INCLUDED | {"live/more.hcl": INCLUDED["live/more.hcl"].replace("MORE", "")})
    assert [one.id for one in units.units] == [f"{OUT}/app", INNER, f"{OUT}/vpc"]
    assert dependencies(units) == {f"{OUT}/app": [f"{OUT}/vpc"]}
    app, inner, _ = units.units
    assert (app.origin.file, app.origin.line) == ("live/terragrunt.stack.hcl", 2)
    assert "live/more.hcl" in app.reads and "catalog/net/a.hcl" in inner.reads
    assert not units.findings


BROKEN_INCLUDES = {
    "not there": (None, "it includes live/more.hcl, which is not in this commit"),
    "no HCL": ('unit "app" {', "cannot be parsed: "),
}


@pytest.mark.parametrize("name", BROKEN_INCLUDES)
def test_units_of_an_include_that_cannot_be_read_are_not_destroyed(name: str) -> None:
    text, said = BROKEN_INCLUDES[name]
    base = {**INCLUDED, "live/more.hcl": unit("app")}
    head = {path: one for path, one in {**base, "live/more.hcl": text}.items() if one is not None}
    before, after = FilesSnapshot(base), FilesSnapshot(head)
    units = discover_units(after)
    assert said in units.findings[0].message
    changed = changed_units(discover_units(before), units, ["live/more.hcl"], before, after)
    assert [(one.id, one.how.value) for one in changed if one.id == f"{OUT}/app"] == [
        (f"{OUT}/app", "left")
    ]


def test_a_path_that_a_stack_hands_on_is_a_dependency() -> None:
    values = "  values = { vpc = unit.vpc.path }\n"
    source = RUN + 'dependency "vpc" {\n  config_path = values.vpc\n}\n'
    stack = unit("vpc") + unit("app", values, "../catalog/app")
    units = found(
        {**CATALOG, "catalog/app/terragrunt.hcl": source, "live/terragrunt.stack.hcl": stack}
    )
    assert dependencies(units) == {f"{OUT}/app": [f"{OUT}/vpc"]}


def test_a_unit_may_wait_for_a_stack() -> None:
    reader = RUN + 'dependency "net" {\n  config_path = "../net"\n}\n'
    files = {"net/terragrunt.stack.hcl": unit("a") + unit("b"), "app/terragrunt.hcl": reader}
    units = found({**CATALOG, **files})
    assert dependencies(units) == {"app": ["net/.terragrunt-stack/a", "net/.terragrunt-stack/b"]}
    assert not units.findings


def test_what_a_stack_reads_is_read_by_its_units() -> None:
    stack = (
        'locals {\n  r = read_terragrunt_config(find_in_parent_folders("region.hcl"))\n'
        '  y = yamldecode(file("sizes.yaml"))\n}\n'
        + unit("vpc", "  values = { region = local.r.locals.name, size = local.y.vpc }\n")
    )
    files = {"region.hcl": 'locals {\n name = "eu"\n}\n', "live/sizes.yaml": "vpc: 1\n"}
    vpc = found({**CATALOG, **files, "live/terragrunt.stack.hcl": stack})[f"{OUT}/vpc"]
    assert vpc.touched_by("region.hcl")
    assert vpc.touched_by("live/sizes.yaml")


FLAG = """\
feature "off" {
  default = DEFAULT
}
exclude {
  if      = feature.off.value
  actions = ["all"]
}
"""
ROOT = 'include "root" {\n  path = find_in_parent_folders("root.hcl")\n}\n' + RUN
OUT_OF_ALL = 'exclude {\n  if = true\n  actions = ["all"]\n}\n'
SEEN: dict[str, tuple[Files, list[str]]] = {
    "a feature that is off": ({"a/terragrunt.hcl": RUN + FLAG.replace("DEFAULT", "false")}, ["a"]),
    "a feature that is on": ({"a/terragrunt.hcl": RUN + FLAG.replace("DEFAULT", "true")}, []),
    "a feature that a parent has": (
        {"root.hcl": FLAG.replace("DEFAULT", "true"), "a/terragrunt.hcl": ROOT},
        [],
    ),
    "a child that takes its parent's word back": (
        {"root.hcl": OUT_OF_ALL, "a/terragrunt.hcl": ROOT + OUT_OF_ALL.replace("true", "false")},
        ["a"],
    ),
    "a parent that is only read": (
        {
            "root.hcl": OUT_OF_ALL,
            "a/terragrunt.hcl": ROOT.replace(
                ".hcl\")\n", ".hcl\")\n  merge_strategy = \"no_merge\"\n  expose = true\n"
            ),
        },
        ["a"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEN)
def test_a_unit_is_seen_with(name: str) -> None:
    files, expected = SEEN[name]
    assert [one.id for one in found(files).units] == expected


B = {"b/terragrunt.hcl": RUN}
OFF = """\
locals {
  on = false
}
dependency "b" {
  config_path = "../c"
  enabled     = local.on
}
"""
DEPENDS: dict[str, tuple[str, str, list[str]]] = {
    "the child's word on a label": (
        'dependency "b" {\n  config_path = "../nowhere"\n}\n',
        'dependency "b" {\n  config_path = "../b"\n}\n',
        ["b"],
    ),
    "the parent's word where the child says nothing": (
        'dependency "b" {\n  config_path = "../b"\n}\n',
        'dependency "b" {\n  mock_outputs = {}\n}\n',
        ["b"],
    ),
    "one that is off by a local": (
        "",
        OFF,
        [],
    ),
}


@pytest.mark.parametrize("name", DEPENDS)
def test_a_dependency_is(name: str) -> None:
    parent, child, expected = DEPENDS[name]
    units = found({**B, "root.hcl": parent, "a/terragrunt.hcl": ROOT + child})
    assert list(units["a"].dependencies) == expected
    assert not units.findings


ARGUMENTS = """\
terraform {
  source = "git::https://x.test/m.git//vpc?ref=v1"
  extra_arguments "vars" {
    commands  = ["plan"]
    arguments = ["-var-file=${get_repo_root()}/common.tfvars", "-lock-timeout=1m"]
  }
  before_hook "lint" {
    commands = ["plan"]
    execute  = ["sh", "-c", "${get_repo_root()}/a.sh --config='${get_repo_root()}/b.yaml'"]
  }
}
"""


@pytest.mark.parametrize("file", ["common.tfvars", "a.sh", "b.yaml"])
def test_a_file_that_is_named_within_a_text_is_read(file: str) -> None:
    (one,) = found({"a/terragrunt.hcl": ARGUMENTS, file: ""}).units
    assert one.touched_by(file)
