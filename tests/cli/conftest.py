"""The command line as a user types it, in this process; stdout and stderr kept apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gitrepo import GitRepo
from trunkline.cli.main import application


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Typed = Callable[..., Said]


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type `trunkline …` in the folder of the repository; nothing of this machine is used."""
    ours = ("KUBECONFIG", "TRUNKLINE_REPO", "TRUNKLINE_UNTRUSTED")
    for name in (*ours, "GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRUNKLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("TRUNKLINE_STORE", str(tmp_path / "store.db"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def type_it(*words: str, stdin: str | None = None) -> Said:
        result = CliRunner().invoke(
            application(words), list(words), input=stdin, catch_exceptions=False
        )
        return Said(result.exit_code, result.stdout, result.stderr)

    return type_it


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitRepo:
    """An empty repository that one stands in."""
    made = GitRepo(tmp_path / "repo")
    monkeypatch.chdir(made.path)
    return made
