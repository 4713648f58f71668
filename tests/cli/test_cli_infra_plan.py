"""`trunkline infra plan` as a user types it."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from gitrepo import GitRepo
from trunkline.core.report.schema import plan_schema


@pytest.fixture
def plain(repo: GitRepo, opentofu: None, tmp_path: Path) -> GitRepo:
    backend = f'terraform {{\n  backend "local" {{ path = "{tmp_path}/state" }}\n}}\n'
    repo.write({"README.md": ""}).commit()
    repo.write({"net/main.tf": backend + 'resource "terraform_data" "x" { input = 1 }\n'}).commit()
    repo.write({"README.md": "more"}).commit()
    return repo


def test_a_plan_is_shown_and_named_and_the_next_command_is_said(typed, plain) -> None:
    said = typed("infra", "plan", "HEAD~2..HEAD~1")
    assert said.code == 0
    assert said.out.startswith("net  1 to create  new  plan ")
    assert "  + terraform_data.x\n" in said.out
    assert "→ trunkline infra apply" in said.err


def test_the_exit_code_says_whether_something_changes(typed, plain) -> None:
    assert typed("infra", "plan", "HEAD~2..HEAD~1", "--exit-code", "--no-save").code == 2
    assert typed("infra", "plan", "HEAD~1..HEAD", "--exit-code").code == 0


def test_a_failure_is_an_exit_code_and_in_the_data(typed, plain) -> None:
    plain.write({"net/more.tf": 'output "x" { value = nothing.at.all }'}).commit()
    said = typed("infra", "plan", "HEAD~1..HEAD", "--output", "json")
    assert said.code == 1
    (unit,) = said.json["units"]
    assert (unit["status"], unit["because"]) == ("failed", ["net/more.tf"])


def test_a_unit_that_is_not_there_is_said_with_one_that_is_near(typed, plain) -> None:
    said = typed("infra", "plan", "HEAD~2..HEAD~1", "--unit", "nett")
    assert said.code == 1
    assert "no unit is called 'nett'; did you mean net?" in said.err


def test_without_a_program_it_is_said_where_to_get_one(typed, plain, monkeypatch) -> None:
    monkeypatch.delenv("TRUNKLINE_TOFU")
    monkeypatch.setenv("PATH", "/nowhere")
    said = typed("infra", "plan", "HEAD~2..HEAD~1")
    assert said.code == 1
    assert "neither OpenTofu nor Terraform is on PATH" in said.err


def test_a_plan_of_the_range_has_the_infrastructure_below(typed, plain) -> None:
    said = typed("plan", "HEAD~2..HEAD~1")
    assert said.code == 0
    assert said.out.startswith("No changes: ")
    assert "\nnet  1 to create  new\n" in said.out
    assert "+ create terraform_data.x" in typed("plan", "HEAD~2..HEAD~1", "-o", "markdown").out
    whole = typed("plan", "HEAD~2..HEAD~1", "-o", "json").json
    jsonschema.validate(whole, plan_schema())
    assert [one["unit"] for one in whole["infrastructure"]["units"]] == ["net"]
    assert typed("plan", "HEAD~2..HEAD~1", "--exit-code").code == 2


def test_the_page_has_the_infrastructure_alone_or_below_the_applications(typed, plain) -> None:
    alone = typed("infra", "plan", "HEAD~2..HEAD~1", "--no-save", "-o", "html").out
    below = typed("plan", "HEAD~2..HEAD~1", "-o", "html").out
    for page in (alone, below):
        assert page.startswith("<!doctype html>")
        assert "<b>terraform_data.x</b>" in page
    assert ("<h2>Infrastructure</h2>" in below, "<h2>Infrastructure</h2>" in alone) == (True, False)


def test_a_plan_of_the_range_has_none_where_no_unit_changes_or_none_is_asked_for(
    typed, plain
) -> None:
    assert typed("plan", "HEAD~1..HEAD", "-o", "json").json["infrastructure"] is None
    assert "net" not in typed("plan", "HEAD~2..HEAD~1", "--no-infra").out


def test_a_plan_of_the_range_does_not_fail_for_a_program_that_is_not_there(
    typed, plain, monkeypatch
) -> None:
    monkeypatch.delenv("TRUNKLINE_TOFU")
    monkeypatch.setenv("PATH", "/nowhere")
    said = typed("plan", "HEAD~2..HEAD~1")
    assert said.code == 0
    assert "net  is not planned here  new\n" in said.out
    assert "changed units are not planned: neither OpenTofu nor Terraform is on PATH" in said.out
