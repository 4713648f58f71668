"""Small files whose values grow, or files that read each other, without end: discovery, which any
plan begins with, ends soon, and takes no other unit away.
"""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping

import pytest

from trunkline.core.infra.discover import discover_units
from trunkline.core.infra.hcl import HclError, parse
from trunkline.core.infra.hcl.parse import LARGEST
from trunkline.core.snapshot import FilesSnapshot

BACKEND = 'terraform {\n  backend "s3" {}\n}\n'


def doubled(what: str, last: str) -> str:
    """Locals of which each is made of the next one, twice; `local.v0` is a million million long."""
    lines = [f"  v{n} = {what.replace('X', f'local.v{n + 1}')}" for n in range(40)]
    return "\n".join(["locals {", *lines, f"  v40 = {last}", "}", ""])


def crossed(what: str) -> dict[str, str]:
    """Files of which each reads all."""
    return {
        f"{name}.hcl": "\n".join(what.replace("X", f"{other}.hcl") for other in "abcdef")
        for name in "abcdef"
    }


TEXTS = doubled('"${X}${X}"', '"x"')
UNKNOWNS = doubled('"${X}${X}"', "var.x")
READ = 'locals { x = read_terragrunt_config("./X") }'
BOMBS: dict[str, Mapping[str, str]] = {
    "texts in a module": {
        "a/x.tf": f'{BACKEND}{TEXTS}output "o" {{ value = file(local.v0) }}'
    },
    "what is not known, in a module": {
        "a/x.tf": f'{BACKEND}{UNKNOWNS}output "o" {{ value = file(local.v0) }}'
    },
    "texts": {
        "a/terragrunt.hcl": f'{TEXTS}terraform {{ source = local.v0 }}'
    },
    "texts that are replaced": {
        "a/terragrunt.hcl": doubled('replace(X, "x", "xxxxxxxxxxxxxxxx")', '"x"')
        + "terraform { source = local.v0 }"
    },
    "lists": {
        "a/terragrunt.hcl": f"{doubled('concat(X, X)', '[1]')}terraform {{ source = local.v0 }}"
    },
    "values of a stack": {
        "a/terragrunt.stack.hcl": doubled("[X, X]", "[1]")
        + 'unit "u" {\n  source = "../u"\n  path = "u"\n  values = { x = local.v0 }\n}',
        "u/terragrunt.hcl": 'terraform { source = "../m" }',
    },
    "the source of a stack's unit": {
        "a/terragrunt.stack.hcl": doubled("[X, X]", "[1]")
        + 'unit "u" {\n  source = local.v0\n  path = "u"\n}',
    },
    "files that include each other": {
        "a/terragrunt.hcl": 'include "x" { path = "../a.hcl" }\nterraform { source = "../m" }',
        **crossed('include "X" { path = "X" }'),
    },
    "files that read each other": {
        "a/terragrunt.hcl": READ.replace("./X", "../a.hcl") + '\nterraform { source = "../m" }',
        **crossed(READ),
    },
    "a file that reads itself": {
        "a/terragrunt.hcl": READ.replace("X", "terragrunt.hcl") + '\nterraform { source = "../m" }',
    },
    "a number beyond all": {
        "a/terragrunt.hcl": 'terraform { source = format("%d", jsondecode("9e999")) }'
    },
    "values one after the other": {
        "a/x.tf": BACKEND
        + "\n".join(f"locals {{ v{n} = local.v{n + 1} }}" for n in range(3_000))
        + 'output "o" { value = file(local.v0) }'
    },
}  # fmt: skip


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """What grows without end fails instead of taking the machine along."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (4 * 2**30, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_DATA, before)


@pytest.mark.parametrize("name", BOMBS)
def test_it_ends_and_the_others_are_found(name: str) -> None:
    other = {"m/x.tf": "", "other/x.tf": BACKEND}
    found = discover_units(FilesSnapshot({**BOMBS[name], **other}))
    assert "other" in found
    assert found.wrong_with("other") == ""


LONG = {
    "lines": "a = 1\n",
    "lists": "a = [1]\n",
    "names": "a = b" + ".c" * 100 + "\n",
    "texts": 'a = "${1}${2}"\n',
    "heredocs": "a = <<E\nx\nE\n",
}


@pytest.mark.parametrize("name", LONG)
def test_a_long_file_takes_as_long_as_it_is_long(name: str) -> None:
    parse(LONG[name] * (200_000 // len(LONG[name])))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a = 1\n" * LARGEST, "longer than"),
        ("a {" * 10_000, "blocks are nested too deep"),
        ("a = b" + ".c" * 10_000, "expressions are nested too deep"),
    ],
    ids=["long", "deep", "far"],
)
def test_what_nobody_writes_is_refused(text: str, told: str) -> None:
    with pytest.raises(HclError, match=told):
        parse(text)
