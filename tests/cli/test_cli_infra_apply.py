"""`trunkline infra apply`, `approve`, `resume`, `unlock` as a user types them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.app.infra_apply import ApplyApp
from trunkline.app.places import Places


@pytest.fixture
def plain(repo: GitRepo, opentofu: None, tmp_path: Path) -> GitRepo:
    backend = f'terraform {{\n  backend "local" {{ path = "{tmp_path}/state" }}\n}}\n'
    repo.write({"README.md": "", "trunkline.yaml": "infra: {policy: [{apply: approve}]}"}).commit()
    repo.write({"net/main.tf": backend + 'resource "terraform_data" "x" { input = 1 }\n'}).commit()
    return repo


def test_from_a_plan_through_an_approval_to_what_is_done(typed, plain) -> None:
    (unit,) = typed("infra", "plan", "HEAD~1..HEAD", "-o", "json").json["units"]
    waits = typed("infra", "apply")
    assert waits.code == 2
    assert "‖ net  waiting: 1 to create\n    its policy wants an approval\n" in waits.out
    assert f"→ trunkline infra approve {unit['plan']}\n" in waits.out
    shown = typed("infra", "show", unit["plan"])
    assert shown.out.startswith(f"net  1 to create  new  plan {unit['plan']}\n")
    assert "  + terraform_data.x\n" in shown.out
    assert typed("infra", "show", unit["plan"], "-o", "json").json == unit
    approved = typed("infra", "approve", unit["plan"])
    assert f"✓ net: plan {unit['plan']} approved by " in approved.out
    done = typed("infra", "resume")
    assert done.code == 0
    assert done.out.startswith("✓ net  applied: 1 created  ")
    summary = typed("infra", "apply", "--output", "markdown")
    assert summary.out.startswith("### Infrastructure: nothing is left to apply\n")
    runs = typed("runs").out
    assert "succeeded" in runs


def test_a_failure_is_told_whole_and_as_an_exit_code(typed, plain) -> None:
    text = '  provisioner "local-exec" { command = "echo why >&2; exit 3" }\n'
    plain.write({"net/more.tf": f'resource "terraform_data" "y" {{\n{text}}}\n'})
    plain.write({"trunkline.yaml": ""}).commit()
    typed("infra", "plan", "HEAD~2..HEAD")
    said = typed("infra", "apply")
    assert said.code == 1
    assert "! net  failed: 2 to create\n    Error: local-exec provisioner error\n" in said.out
    assert "trunkline infra resume" in said.out


def test_locks_are_listed_and_one_that_is_not_there_is_said(typed, plain) -> None:
    assert typed("infra", "unlock").out.split() == ["UNIT", "HELD", "BY", "FOR", "DEAD"]
    said = typed("infra", "unlock", "net")
    assert said.code == 1
    assert "net is not locked" in said.err


def test_without_a_plan_it_says_how_to_make_one(typed, plain) -> None:
    said = typed("infra", "apply")
    assert said.code == 1
    assert "nothing was planned up to" in said.err
    assert "→ trunkline infra plan BASE.." in said.err


def test_a_plan_that_is_not_there_cannot_be_approved(typed, plain) -> None:
    said = typed("infra", "approve", "0123")
    assert said.code == 1
    assert "no saved plan is called '0123'" in said.err


def test_states_that_are_kept_are_listed_written_and_forgotten(typed, plain, tmp_path) -> None:
    assert typed("infra", "kept").out.split() == ["UNIT", "SERIAL", "RESOURCES"]
    said = typed("infra", "kept", "net")
    assert (said.code, "no state of net is kept" in said.err) == (1, True)
    asyncio.run(keep(plain, "net", b'{"serial": 4, "resources": [], "secret": "hunter2"}'))
    listed = typed("infra", "kept")
    assert "net" in listed.out and "hunter2" not in listed.out
    assert "→ trunkline infra resume writes them" in listed.err
    assert typed("infra", "kept", "-o", "json").json == [
        {"unit": "net", "serial": 4, "resources": 0}
    ]
    file = tmp_path / "kept.tfstate"
    assert typed("infra", "kept", "net", "--write", str(file)).code == 0
    assert (b"hunter2" in file.read_bytes(), file.stat().st_mode & 0o777) == (True, 0o600)
    again = typed("infra", "kept", "net", "--write", str(file))
    assert (again.code, "cannot be written: File exists" in again.err) == (1, True)
    assert typed("infra", "kept", "net", "--drop").code == 0
    assert "net" not in typed("infra", "kept").out
    assert "\nkept-" in typed("runs").out


async def keep(repo: GitRepo, unit: str, state: bytes) -> None:
    async with await ApplyApp.open(str(repo.path), Places.of_environment()) as app:
        await (await app.shelf()).keep_lost(unit, state)
