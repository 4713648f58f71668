"""Walks through trees: what differs is what Git says, and trees without number are refused."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.core.snapshot import SnapshotError
from trunkline.edge.git import GitError, Repository

BEFORE = {"a/b/c": "1", "a/b/d": "1", "a/e": "1", "f": "1", "g/h": "1"}
CHANGES: dict[str, Mapping[str, str | None]] = {
    "nothing": {},
    "a file": {"a/b/c": "2"},
    "one that comes and one that goes": {"a/x": "1", "f": None},
    "a directory that goes": {"a/b/c": None, "a/b/d": None},
    "a directory that comes": {"x/y/z": "1", "x/z": "1"},
    "a file where a directory was": {"g/h": None, "g": "1"},
    "a directory where a file was": {"f": None, "f/x/y": "1"},
    "a name of another alphabet": {"ü/ß": "1"},
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "repo")


@pytest.mark.parametrize("name", CHANGES)
def test_what_differs_is_what_git_says(repo: GitRepo, name: str) -> None:
    repo.write(BEFORE).commit()
    for path, text in CHANGES[name].items():
        if text is None:
            repo.remove(path)
    repo.write({path: text for path, text in CHANGES[name].items() if text is not None}).commit()
    said = repo.git("diff", "--name-only", "--no-renames", "-z", "HEAD~1", "HEAD").split("\0")
    found = Repository.open(repo.path).changed_paths("HEAD~1", "HEAD")
    assert found == {one for one in said if one}


def test_a_file_that_may_be_run_is_another(repo: GitRepo) -> None:
    repo.write(BEFORE).commit()
    (repo.path / "f").chmod(0o755)
    repo.commit()
    assert Repository.open(repo.path).changed_paths("HEAD~1", "HEAD") == {"f"}


def grown(repo: GitRepo, levels: int, names: str) -> None:
    """A commit of directories in each other, each holding the next one under all these names."""
    blob = repo.git("hash-object", "-w", "f")
    tree = made(repo, f"100644 blob {blob}\tf\n")
    for _ in range(levels):
        tree = made(repo, "".join(f"040000 tree {tree}\t{name}\n" for name in names))
    commit = repo.git("commit-tree", tree, "-p", "HEAD", "-m", "grown")
    repo.git("update-ref", "refs/heads/grown", commit)


def made(repo: GitRepo, entries: str) -> str:
    (repo.path / "entries").write_text(entries)
    return repo.git("-c", "alias.tree=!git mktree < entries", "tree")


@pytest.mark.parametrize(
    ("levels", "names", "told"),
    [(140, "a", "more than 128 deep"), (12, "abcdefgh", "more than 1000 files")],
    ids=["deep", "wide"],
)
def test_trees_without_number_are_refused(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, levels: int, names: str, told: str
) -> None:
    monkeypatch.setattr("trunkline.edge.git.trees.MOST", 1000)
    repo.write({"f": "1"}).commit()
    grown(repo, levels, names)
    opened = Repository.open(repo.path)
    with pytest.raises(GitError, match=told):
        list(opened.snapshot("grown").paths())
    with pytest.raises(GitError, match=told):
        opened.changed_paths("main", "grown")
    # Another commit of the same repository is read as ever.
    assert list(opened.snapshot("main").paths()) == ["f"]


def test_a_link_that_is_longer_than_any_path_leads_nowhere(repo: GitRepo) -> None:
    repo.write({"f": "x/" * 100_000}).commit()
    blob = repo.git("rev-parse", "HEAD:f")
    tree = made(repo, f"120000 blob {blob}\tlink\n")
    commit = repo.git("commit-tree", tree, "-m", "link")
    with pytest.raises(SnapshotError, match="longer than any path"):
        Repository.open(repo.path).snapshot(commit).read("link")
