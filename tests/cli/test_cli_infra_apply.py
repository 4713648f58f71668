"""`trunkline infra apply`, `approve`, `resume`, `unlock` as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitrepo import GitRepo


@pytest.fixture
def plain(repo: GitRepo, tofu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    monkeypatch.setenv("TRUNKLINE_TOFU", str(tofu))
    monkeypatch.setenv("TRUNKLINE_KEY_FILE", str(tmp_path / "keys"))
    for name in ("TF_CLI_CONFIG_FILE", "TG_TF_PATH"):
        monkeypatch.delenv(name, raising=False)
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
    assert done.out.startswith("✓ net  applied: 1 to create  ")
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
