"""What the programs say, told for people and for what is done about it."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from trunkline.core.infra.initkey import init_key
from trunkline.core.infra.planfile.archive import state_of
from trunkline.core.infra.reading import Files
from trunkline.core.infra.said import (
    error_of,
    first_line,
    is_locked,
    is_race,
    is_stale,
    lock_of,
    mocked,
    refuses_pin,
    wants_init,
    without_outputs,
)
from trunkline.core.snapshot import FilesSnapshot
from trunkline.engine.infra.sources import Sources

FRAMED = """\
Initializing the backend...
╷
│ Error: Reference to undeclared input variable
│
│   on main.tf line 3, in resource "terraform_data" "x":
│    3:   input = var.missing
│
│ An input variable with the name "missing" has not been declared.
╵
"""
LOGGED = """\
07:34:42.194 INFO   tofu: Initializing the backend...
07:34:42.500 ERROR  tofu: ╷
07:34:42.500 ERROR  tofu: │ Error: Invalid reference
07:34:42.500 ERROR  tofu: │
07:34:42.500 ERROR  tofu: │   on main.tf line 1:
"""
LOCKED = """\
│ Error: Error acquiring the state lock
│
│ Error message: resource temporarily unavailable
│ Lock Info:
│   ID:        2d6c6b0e-1f0a-8f43-d8e8-1e9f4b6c8d11
│   Path:      /state/x.tfstate
│   Operation: OperationTypeApply
│   Who:       ana@build-7
│   Version:   1.12.6
│   Created:   2026-11-27 07:00:00.1 +0000 UTC
│   Info:
│
│ OpenTofu acquires a state lock to protect the state
"""
NO_OUTPUTS = (
    "/t/live/vpc/terragrunt.hcl is a dependency of /t/live/rds/terragrunt.hcl but detected no "
    "outputs. Either the target module has not been applied yet, or the module has no outputs."
)
MOCKED = (
    "07:34:40.757 WARN   Config /t/live/vpc/terragrunt.hcl is a dependency of "
    "/t/live/rds/terragrunt.hcl that has no outputs, but mock outputs provided and returning "
    "those in dependency output."
)


def test_an_error_is_told_without_frames_and_without_what_went_before() -> None:
    said = error_of(FRAMED)
    assert said.startswith("Error: Reference to undeclared input variable\n")
    assert "Initializing" not in said
    assert "│" not in said
    assert first_line(said) == (
        "Reference to undeclared input variable "
        '(on main.tf line 3, in resource "terraform_data" "x")'
    )


def test_terragrunts_own_prefixes_are_taken_off() -> None:
    assert first_line(error_of(LOGGED)) == "Invalid reference (on main.tf line 1)"


REPEATED = """\
Initializing the backend...

Error: local-exec provisioner error

  with terraform_data.a,
  on main.tf line 5, in resource "terraform_data" "a":

Error running command 'exit 3': exit status 3.
10:51:25.345 ERROR  error occurred:

* Failed to execute "/bin/tofu apply -input=false plan" in ./.terragrunt-cache/a/b
  
  Error: local-exec provisioner error
  
    with terraform_data.a,
    on main.tf line 5, in resource "terraform_data" "a":
  
  Error running command 'exit 3': exit
  status 3.
  
  exit status 1
"""
OF_A_HOOK = """\
no way
10:52:51.012 ERROR  Hook "check" (command: sh -c ./check.sh) exited with non-zero exit code 4:
no way
10:52:51.013 ERROR  error occurred:

* Failed to execute "sh -c ./check.sh" in ./.terragrunt-cache/a/b
  no way
  
  exit status 4

"""
OF_A_SOURCE = """\
10:52:52.803 ERROR  downloading source url file:///r/modules/nowhere
error occurred:

* stat /r/modules/nowhere: no such file or directory

"""
OF_A_FILE = """\
10:52:54.544 ERROR  Error: Unknown variable
10:52:54.544 ERROR    on /r/live/terragrunt.hcl line 2:
10:52:54.544 ERROR     2: inputs = { x = dependency.x.outputs.y }
10:52:54.544 ERROR  There is no variable named "dependency".
10:52:54.544 ERROR  resolving dependency "x" outputs: /r/nowhere does not exist
/r/live/terragrunt.hcl:2,16-26: Unknown variable; There is no variable named "dependency".
"""
ONCE = {
    REPEATED: """\
Error: local-exec provisioner error

  with terraform_data.a,
  on main.tf line 5, in resource "terraform_data" "a":

Error running command 'exit 3': exit status 3.""",
    OF_A_HOOK: """\
Error: Hook "check" (command: sh -c ./check.sh) exited with non-zero exit code 4:
no way""",
    OF_A_SOURCE: """\
downloading source url file:///r/modules/nowhere

stat /r/modules/nowhere: no such file or directory""",
    OF_A_FILE: """\
Error: Unknown variable
on /r/live/terragrunt.hcl line 2:
2: inputs = { x = dependency.x.outputs.y }
There is no variable named "dependency".
resolving dependency "x" outputs: /r/nowhere does not exist""",
}


@pytest.mark.parametrize("said", ONCE, ids=["a program", "a hook", "a source", "a file"])
def test_what_terragrunt_says_again_is_told_once(said: str) -> None:
    assert error_of(said) == ONCE[said]


def test_errors_that_differ_stay_and_one_that_comes_again_does_not() -> None:
    one, other = (f"Error: x\n\n  on main.tf line {line}:\n\n" for line in (1, 2))
    assert error_of(f"{one}{other}{one}") == f"{one}{other}".strip()


def test_an_error_names_the_file_that_the_repository_has(tmp_path: Path) -> None:
    files = {
        "tree/modules/rds/main.tf": "a",
        "tree/modules/net/main.tf": "b",
        "tree/modules/rds/versions.tf": "same",
        "tree/modules/net/versions.tf": "same",
        "copy/main.tf": "a",
        "copy/../net/main.tf": "b",
        "copy/versions.tf": "same",
        "copy/backend.tf": "generated",
        "tree/plain/main.tf": "c",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    tree = tmp_path / "tree"
    below = Sources(tree, tmp_path / "copy", ("live/rds", "modules/rds", "modules/net"))
    assert below.place("main.tf") == "modules/rds/main.tf"
    assert below.place("../net/main.tf") == "modules/net/main.tf"
    assert below.place("versions.tf") == "versions.tf"
    assert below.place("backend.tf") == "backend.tf"
    plain = Sources(tree, tree / "plain", ("plain",))
    assert plain.named("  on main.tf line 3, in x:") == "  on plain/main.tf line 3, in x:"
    assert plain.named("  on ../modules/net/main.tf line 3") == "  on modules/net/main.tf line 3"
    assert plain.named(f"stat {tree}/live: no such file") == "stat live: no such file"


def test_an_endless_error_is_cut() -> None:
    assert error_of("Error: " + "x" * 10_000).endswith("… (10007 characters)")


def test_dependencies_that_were_mocked_or_have_no_outputs_are_named() -> None:
    assert mocked(f"{MOCKED}\n{MOCKED}") == ("/t/live/vpc/terragrunt.hcl",)
    assert without_outputs(NO_OUTPUTS) == ("/t/live/vpc/terragrunt.hcl",)
    spaced = NO_OUTPUTS.replace("/t/live/vpc", "/t/live/eu 1/vpc")
    assert without_outputs(f"[live/rds] {spaced}") == ("/t/live/eu 1/vpc/terragrunt.hcl",)
    asked = f'/t/live/rds/terragrunt.hcl:3,16-39: Error in call; resolving "vpc": {NO_OUTPUTS}'
    assert without_outputs(asked) == ("/t/live/vpc/terragrunt.hcl",)
    spaced = MOCKED.replace("/t/live/vpc", "/t/live/eu 1/vpc")
    assert mocked(f"{spaced}\n{MOCKED}") == (
        "/t/live/eu 1/vpc/terragrunt.hcl",
        "/t/live/vpc/terragrunt.hcl",
    )
    assert mocked("") == without_outputs("") == ()


def test_the_holder_of_a_lock_is_read() -> None:
    found = lock_of(LOCKED)
    assert (found["ID"], found["Who"]) == ("2d6c6b0e-1f0a-8f43-d8e8-1e9f4b6c8d11", "ana@build-7")
    assert lock_of(FRAMED) == {}


def test_a_lock_that_an_http_backend_keeps_has_no_path() -> None:
    found = lock_of(LOCKED.replace("/state/x.tfstate", ""))
    assert (found["Path"], found["Operation"]) == ("", "OperationTypeApply")


@pytest.mark.parametrize(
    "said",
    [
        "Error: Saved plan is stale",
        "│ The given plan was created against a different state",
        "│ Error: Saved plan does not match the given state",
    ],
)
def test_a_stale_plan_is_known_by_its_error(said: str) -> None:
    assert is_stale(said)
    assert not is_stale(FRAMED)


def test_a_directory_that_is_not_initialised_is_known_by_its_error() -> None:
    assert wants_init("│ Error: Module not installed")
    assert not wants_init(FRAMED)


PINS = [
    """\
Error: Failed to resolve provider packages

Could not resolve provider trunkline.local/practice/practice: locked provider
trunkline.local/practice/practice 1.0.0 does not match configured version
constraint 1.1.0; must use tofu init -upgrade to allow selection of new
versions
""",
    """\
\u2577
\u2502 Error: Failed to install provider
\u2502
\u2502 Error while installing hashicorp/null v3.2.0: the local package for
\u2502 registry.terraform.io/hashicorp/null 3.2.0 doesn't match any of the checksums
\u2502 previously recorded in the dependency lock file (this might be because the
\u2502 available checksums are for packages targeting different platforms)
\u2575
""",
]


@pytest.mark.parametrize("said", PINS, ids=["OpenTofu", "Terraform"])
def test_an_init_that_the_lock_file_stops_is_known_by_its_error(said: str) -> None:
    assert refuses_pin(said)
    assert not refuses_pin("Error: Inconsistent dependency lock file\n\nplease run: tofu init")


def test_a_plan_file_says_which_state_it_was_made_from() -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("tfstate", json.dumps({"serial": 7, "lineage": "abc"}))
    assert state_of(whole.getvalue()) == (7, "abc")
    assert state_of(b"encrypted by the program") == (-1, "")


@pytest.mark.parametrize(
    ("said", "locked"),
    [
        ("Error: failed to lock state in Postgres: Already locked for workspace creation: x", True),
        ("│ Error: Error acquiring the state\n│ lock", True),
        ("Error: failed to look up the host", False),
    ],
)
def test_a_lock_in_the_way_is_told_from_other_errors(said: str, locked: bool) -> None:
    assert is_locked(said) is locked


@pytest.mark.parametrize(
    ("said", "race"),
    [
        ("panic: nil pointer\n\ngoroutine 26\nopentofu/internal/providercache.(*Dir).Link", True),
        ("after\ninstalling a/b/c it is still not\ndetected in /cache; this is a bug", True),
        ("Error: fork/exec .terraform/providers/x: text file busy", True),
        ("open /c/plugins/x/terraform-provider-aws_v5: text\nfile busy", True),
        ("Error: local-exec: fork/exec ./migrate.sh: text file busy", False),
        ("panic: nil pointer\n\ngoroutine 1\ninternal/tofu.eval", False),
        ('│ Error: pq: duplicate key value violates unique constraint "pg_type_x" (23505)', True),
        ('Error: pq: type "states" already exists (42710)\n\n', True),
        ('│ Error: pq: schema "app" already exists\n│\n│   with postgresql_schema.app,', False),
        ('Error: pq: duplicate key value violates unique constraint "users_pkey"', False),
    ],
)
def test_two_inits_in_each_others_way_are_told_from_a_crash(said: str, race: bool) -> None:
    assert is_race(said) is race


ROOT = {
    "n/main.tf": """\
terraform {
  backend "s3" {}
}
module "x" {
  source = "../m"
  name   = "a"
}
resource "aws_vpc" "x" {
  cidr = "10.0.0.0/16"
}
""",
    "m/main.tf": 'resource "aws_subnet" "y" {}\n',
}


def key(change: dict[str, str], program: str = "OpenTofu 1.12.6") -> str:
    return init_key(Files(FilesSnapshot({**ROOT, **change})), "n", ["m"], program)


def more(text: str) -> dict[str, str]:
    return {"n/main.tf": ROOT["n/main.tf"] + text}


NEEDS_INIT = {
    "another backend": {"n/main.tf": ROOT["n/main.tf"].replace("s3", "gcs")},
    "another module": more('module "z" { source = "../z" }\n'),
    "a module's version": more('module "x" {\n  source = "x/y/z"\n  version = "2"\n}\n'),
    "a provider that is implied": {"m/main.tf": 'resource "google_thing" "y" {}'},
    "the lock file": {"n/.terraform.lock.hcl": "# pinned"},
}
NEEDS_NONE = {
    "a value": {"n/main.tf": ROOT["n/main.tf"].replace("10.0", "10.1")},
    "a resource of a known provider": more('resource "aws_eip" "z" {}\n'),
    "an argument of a module": {"n/main.tf": ROOT["n/main.tf"].replace('"a"', '"b"')},
    "lines that move": {"n/main.tf": "# a comment\n\n" + ROOT["n/main.tf"]},
    "an output": more('output "z" { value = 1 }\n'),
}


@pytest.mark.parametrize("name", NEEDS_INIT)
def test_init_runs_again_for(name: str) -> None:
    assert key(NEEDS_INIT[name]) != key({})


@pytest.mark.parametrize("name", NEEDS_NONE)
def test_init_does_not_run_again_for(name: str) -> None:
    assert key(NEEDS_NONE[name]) == key({})


def test_init_runs_again_for_another_version_of_the_program() -> None:
    assert key({}, "OpenTofu 1.12.7") != key({})
