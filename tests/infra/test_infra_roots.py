"""Which directories of plain Terraform are units, and which workspaces they have."""

from __future__ import annotations

import pytest

from trunkline.core.infra.reading import Files
from trunkline.core.infra.roots import backends, facts_of, root_modules, workspaces
from trunkline.core.snapshot import FilesSnapshot

BACKEND = 'terraform {\n  backend "s3" {}\n}\n'
PROVIDER = 'provider "aws" {}\n'

CASES = {
    "a backend": ({"net/main.tf": BACKEND}, ["net"]),
    "a cloud workspace": ({"net/main.tf": 'terraform {\n cloud {}\n}'}, ["net"]),
    "a provider": ({"net/main.tf": PROVIDER}, ["net"]),
    "a byte order mark before it": ({"net/main.tf": f"\ufeff{BACKEND}"}, ["net"]),
    "OpenTofu's ending": ({"net/main.tofu": BACKEND}, ["net"]),
    "the repository's root": ({"main.tf": BACKEND}, [""]),
    "neither": ({"modules/x/main.tf": 'resource "x" "y" {}'}, []),
    "called by another": (
        {"net/main.tf": BACKEND + 'module "x" { source = "../mod" }', "mod/main.tf": PROVIDER},
        ["net"],
    ),
    "called by another that a variable completes": (
        {
            "net/main.tf": BACKEND + 'module "x" { source = "../mod/${var.kind}" }',
            "mod/a/main.tf": PROVIDER,
            "else/main.tf": PROVIDER,
        },
        ["else", "net"],
    ),
    "an example beside a module": ({"modules/x/examples/a/main.tf": PROVIDER}, []),
    "an example with a state": ({"modules/x/tests/main.tf": BACKEND}, ["modules/x/tests"]),
    "a broken file beside a good one": (
        {"net/main.tf": BACKEND, "net/broken.tf": 'module "x" {'},
        ["net"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_root_module_is(name: str) -> None:
    tree, found = CASES[name]
    files = Files(FilesSnapshot(tree))
    facts = {one: facts_of(files, one) for one in files.directories()}
    assert root_modules(facts, used=()) == found


def test_what_a_terragrunt_unit_runs_is_none() -> None:
    files = Files(FilesSnapshot({"mod/main.tf": PROVIDER}))
    assert root_modules({"mod": facts_of(files, "mod")}, used=["mod"]) == []


def test_it_stands_at_its_backend_else_its_provider() -> None:
    files = Files(FilesSnapshot({"n/a.tf": PROVIDER, "n/b.tf": f"\n{BACKEND}"}))
    facts = facts_of(files, "n")
    assert (facts.file, facts.line) == ("n/b.tf", 3)


def test_workspaces_are_its_tfvars_those_apart_that_are_always_loaded() -> None:
    tree = (
        "n/prod.tfvars",
        "n/envs/prod.tfvars",
        "n/envs/dev.tfvars.json",
        "n/terraform.eu.tfvars",
        "n/terraform.tfvars",
        "n/common.auto.tfvars",
        "n/deep/er/other.tfvars",
    )
    files = Files(FilesSnapshot(dict.fromkeys(tree, "")))
    assert workspaces(files, "n") == {
        "dev": ("n/envs/dev.tfvars.json",),
        "eu": ("n/terraform.eu.tfvars",),
        "prod": ("n/prod.tfvars", "n/envs/prod.tfvars"),
    }


def test_what_completes_a_backend_is_of_one_workspace_or_of_all() -> None:
    tree = (
        "n/prod.tfbackend",
        "n/envs/dev.s3.tfbackend",
        "n/config.gcs.tfbackend",
        "n/x.y.tfbackend",
    )
    assert backends(Files(FilesSnapshot(dict.fromkeys(tree, ""))), "n") == {
        "": ("n/config.gcs.tfbackend",),
        "dev": ("n/envs/dev.s3.tfbackend",),
        "prod": ("n/prod.tfbackend",),
        "x.y": ("n/x.y.tfbackend",),
    }


KEYS = {
    "text": ('"x"', "", (False, False)),
    "a local": ("local.x", "x = 1", (True, False)),
    "a variable": ('"${var.x}.tfstate"', "", (True, True)),
    "a local that a variable makes": ("local.x", 'x = "${local.y}"\ny = var.x', (True, True)),
    "locals in a circle": ("local.x", "x = local.y\ny = local.x", (True, False)),
}


@pytest.mark.parametrize("name", KEYS)
def test_a_state_may_be_where_variables_say(name: str) -> None:
    key, said, expected = KEYS[name]
    backend = f'terraform {{\n  backend "s3" {{\n    key = {key}\n  }}\n}}\n'
    tree = {"net/main.tf": backend, "net/locals.tf": f"locals {{\n{said}\n}}\n"}
    found = facts_of(Files(FilesSnapshot(tree)), "net")
    assert (found.early, found.keyed) == expected
