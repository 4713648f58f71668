"""The example repository: always the same commits, whatever the machine's Git is set to."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from trunkline.demo import ORIGIN, demo_commit, write_repository
from trunkline.demo.git import DemoGitError


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_two_repositories_have_the_same_commits(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    assert write_repository(one) == write_repository(two)
    assert demo_commit(one) == demo_commit(two)
    assert git(one, "log", "--format=%H") == git(two, "log", "--format=%H")


def test_global_settings_of_git_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = write_repository(tmp_path / "plain")
    hostile = tmp_path / "gitconfig"
    hostile.write_text(
        "[user]\n\tname = Someone\n[commit]\n\tgpgSign = true\n[core]\n\tautocrlf = true\n"
        f"\thooksPath = {tmp_path}\n[init]\n\tdefaultBranch = trunk\n"
    )
    for name, value in {
        "GIT_CONFIG_GLOBAL": str(hostile),
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_AUTHOR_NAME": "Someone",
    }.items():
        monkeypatch.setenv(name, value)
    assert write_repository(tmp_path / "again") == expected


def test_everything_is_committed_on_main(tmp_path: Path) -> None:
    head = write_repository(tmp_path)
    assert git(tmp_path, "status", "--porcelain") == ""
    assert git(tmp_path, "rev-parse", "main") == head
    assert git(tmp_path, "remote", "get-url", "origin") == ORIGIN
    assert git(tmp_path, "log", "--format=%an") == "product\nplatform\ndata\nplatform\nplatform"
    assert git(tmp_path, "fsck", "--strict") == ""


def test_the_change_touches_one_file_and_two_lines(tmp_path: Path) -> None:
    base = write_repository(tmp_path)
    head = demo_commit(tmp_path)
    assert git(tmp_path, "diff", "--numstat", base, head) == "2\t2\tdatabases/accounts/values.yaml"
    assert git(tmp_path, "rev-parse", "HEAD~1") == base
    with pytest.raises(ValueError, match="was the change made before"):
        demo_commit(tmp_path)


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(FileExistsError, match="not empty"):
        write_repository(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["mine.txt"]


def test_without_git_the_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DemoGitError, match="git is not installed"):
        write_repository(tmp_path / "repository")
