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
from trunkline.practice.install import Practice


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


@pytest.fixture
def opentofu(tofu: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Typed commands plan by OpenTofu, with keys of their own."""
    monkeypatch.setenv("TRUNKLINE_TOFU", str(tofu))
    monkeypatch.setenv("TRUNKLINE_KEY_FILE", str(tmp_path / "keys"))
    for name in ("TF_CLI_CONFIG_FILE", "TG_TF_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def practice_cloud(
    opentofu: None,
    practice_provider: Practice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They plan in a practice cloud, which is the file cloud.json."""
    for name, value in practice_provider.environment(tmp_path / "cloud.json").items():
        monkeypatch.setenv(name, value)
