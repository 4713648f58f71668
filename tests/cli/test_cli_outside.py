"""Pull requests of forks: they are known by what the CI says, and their code is not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from trunkline.cli.outside import from_outside


def event(head: dict[str, Any] | None, base: int = 1) -> str:
    return json.dumps({"pull_request": {"head": {"repo": head}, "base": {"repo": {"id": base}}}})


EVENTS = {
    "of a branch": (event({"id": 1}), False),
    "of a fork": (event({"id": 2}), True),
    "of a fork that was deleted": (event(None), True),
    "of nobody knows where": ("{}", True),
    "that cannot be read": ("", True),
}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("kind", ["pull_request", "pull_request_target"])
def test_a_pull_request(tmp_path: Path, name: str, kind: str) -> None:
    text, outside = EVENTS[name]
    (tmp_path / "event.json").write_text(text)
    machine = {"GITHUB_EVENT_NAME": kind, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert from_outside(None, machine) is outside
    assert from_outside(False, machine) is False
    assert from_outside(True, {**machine, "GITHUB_EVENT_NAME": "push"}) is True
    assert from_outside(None, {**machine, "GITHUB_EVENT_NAME": "push"}) is False


@pytest.mark.parametrize(
    ("kind", "said", "outside"),
    [
        ("workflow_run", {"workflow_run": {"head_repository": {"id": 2}}}, True),
        ("workflow_run", {"workflow_run": {"head_repository": {"id": 1}}}, False),
        ("workflow_run", {}, True),
        ("issue_comment", {"issue": {"pull_request": {}}}, True),
        ("issue_comment", {"issue": {}}, False),
        ("merge_group", {}, False),
        ("push", {}, False),
    ],
)
def test_what_else_starts_a_job(
    tmp_path: Path, kind: str, said: dict[str, Any], outside: bool
) -> None:
    (tmp_path / "event.json").write_text(json.dumps({"repository": {"id": 1}, **said}))
    machine = {"GITHUB_EVENT_NAME": kind, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    assert from_outside(None, machine) is outside


@pytest.mark.parametrize(("source", "outside"), [("1", False), ("2", True), ("", False)])
def test_a_merge_request(source: str, outside: bool) -> None:
    machine = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": source, "CI_MERGE_REQUEST_PROJECT_ID": "1"}
    assert from_outside(None, machine) is outside


@pytest.mark.parametrize(
    "machine",
    [{"GITHUB_EVENT_NAME": "pull_request"}, {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "1"}],
)
def test_whose_origin_is_not_told_is_from_outside(machine: dict[str, str]) -> None:
    """As in a container that was given half of the job's variables."""
    assert from_outside(None, machine) is True


@pytest.mark.parametrize("verb", [("plan",), ("infra", "plan", "--no-save")])
def test_no_plan_runs_the_code_of_a_fork(
    verb: tuple[str, ...], typed, repo, tofu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRUNKLINE_TOFU", str(tofu))
    monkeypatch.delenv("TF_CLI_CONFIG_FILE", raising=False)
    backend = f'terraform {{\n  backend "local" {{ path = "{tmp_path}/state" }}\n}}\n'
    repo.write({"net/main.tf": backend}).commit()
    mark = tmp_path / "ran"
    # It hides the unit too, by settings of its own.
    repo.write({"trunkline.yaml": "infra: {untrusted: vetted, exclude: ['**']}\n"})
    repo.write({"net/x.tf": f'data "external" "x" {{ program = ["touch", "{mark}"] }}'}).commit()
    (tmp_path / "event.json").write_text(event({"id": 2}))
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request_target")
    said = typed(*verb, "HEAD~1..HEAD")
    assert said.code == 1
    assert "a change from outside is not planned (infra.untrusted)" in said.out
    assert not mark.exists()
