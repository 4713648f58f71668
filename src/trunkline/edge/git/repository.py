"""A repository on this machine: which commits there are and what they touch."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import cast

import pygit2
from msgspec import Struct

from trunkline.core.semver import newest_tag
from trunkline.edge.git.errors import GitError
from trunkline.edge.git.partial import SHALLOW, complete
from trunkline.edge.git.snapshot import GitSnapshot
from trunkline.edge.git.trees import differing


class Commit(Struct, frozen=True):
    """`time` is Unix time in seconds; `subject` is the message's first line."""

    id: str
    author: str
    email: str
    time: int
    subject: str
    parents: tuple[str, ...] = ()


class Repository:
    """Reads through pygit2; nothing here changes the repository."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self._repository = repository

    @classmethod
    def open(cls, path: str | Path = ".") -> Repository:
        """The repository at or above this path. Raises GitError."""
        found = pygit2.discover_repository(os.fspath(path))
        if found is None:
            raise GitError(
                f"{path}: no Git repository here or above",
                remedy="go into a clone of it, or name one with --repo",
            )
        try:
            return cls(pygit2.Repository(found))
        except pygit2.GitError as error:
            raise GitError(f"{path}: {error}", remedy=_remedy(error, path)) from error

    def again(self) -> Repository:
        """The same repository by a handle of its own, which sees what came since."""
        return Repository(pygit2.Repository(self._repository.path))

    @property
    def git_dir(self) -> Path:
        return Path(self._repository.path)

    @property
    def is_bare(self) -> bool:
        """Whether there is no work tree, so that nothing can be written to be committed."""
        return not self._repository.workdir

    @property
    def root(self) -> Path:
        """The work tree's folder, or the Git directory of a bare repository."""
        return Path(self._repository.workdir or self._repository.path)

    def resolve(self, revision: str) -> str:
        """The full id of the commit that a branch, tag, id or expression names."""
        for name in (revision, f"origin/{revision}"):
            try:
                return str(self._repository.revparse_single(name).peel(pygit2.Commit).id)
            except (KeyError, ValueError, pygit2.GitError):
                continue
        raise self._unknown(revision)

    def meant(self, revision: str, tag_prefix: str = "") -> str:
        """As `resolve`; versions mean the newest tag that they allow, with the prefix. As for other
        repositories (`edge/git/refs.py`), a name goes first where no prefix is said.
        """
        if tag_prefix and (tag := self._tag(revision, tag_prefix)):
            return self.resolve(tag)
        try:
            return self.resolve(revision)
        except GitError:
            if tag := self._tag(revision, ""):
                return self.resolve(tag)
            raise

    def _tag(self, revision: str, prefix: str) -> str | None:
        folder = "refs/tags/"
        names = (one for one in self._repository.references if one.startswith(folder))
        tag = newest_tag(revision, (one.removeprefix(folder) for one in names), prefix)
        return f"{folder}{tag}" if tag else None

    async def complete(self, revision: str) -> None:
        """Have all files of the commit here, though the clone is partial. Raises GitError."""
        await complete(self._repository, self.resolve(revision))

    def has(self, commit_id: str) -> bool:
        """Whether the commit is here; a rewritten history may have lost it."""
        return commit_id in self._repository

    def snapshot(self, revision: str) -> GitSnapshot:
        return GitSnapshot(self._repository, self._commit(self.resolve(revision)))

    def commit(self, revision: str) -> Commit:
        return _commit(self._commit(self.resolve(revision)))

    def history(self, revision: str) -> Iterator[Commit]:
        """The commits from this one back along first parents."""
        walker = self._repository.walk(self.resolve(revision), pygit2.enums.SortMode.TOPOLOGICAL)
        walker.simplify_first_parent()
        return (_commit(one) for one in walker)

    def merge_base(self, one: str, other: str) -> str:
        """The commit where both histories part; `one` itself where they share none."""
        found = self._repository.merge_base(self.resolve(one), self.resolve(other))
        return str(found) if found else self.resolve(one)

    def changed_paths(self, base: str, head: str) -> frozenset[str]:
        """Every path that differs between two commits; a rename is two of them. Raises GitError."""
        one, other = self.snapshot(base), self.snapshot(head)
        return frozenset(differing(one.root, other.root, other.tree_of))

    def remote_urls(self) -> tuple[str, ...]:
        return tuple(remote.url for remote in self._repository.remotes if remote.url)

    def default_branch(self) -> str:
        """What `main` is here: origin's HEAD, else main or master, else the current branch."""
        try:
            target = self._repository.references["refs/remotes/origin/HEAD"].target
            name = str(target).removeprefix("refs/remotes/origin/")
        except KeyError:
            name = ""
        for candidate in (name, "main", "master"):
            if candidate and candidate in self._repository.branches:
                return candidate
        return "HEAD"

    def _commit(self, commit_id: str) -> pygit2.Commit:
        return cast(pygit2.Commit, self._repository[commit_id])

    def _unknown(self, revision: str) -> GitError:
        """Why there is no such commit."""
        if self._is_unborn():
            return GitError(f"{self.root} has no commit yet", remedy="git commit --allow-empty")
        if revision == "HEAD":
            return GitError(
                f"{self.root}: HEAD names no commit that can be read",
                remedy="git fsck says what is broken; a fresh clone is whole",
            )
        near = get_close_matches(revision, self._names(), n=3)
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        return GitError(
            f"no commit is called {revision!r} in {self.root}{hint}",
            remedy=SHALLOW if self._repository.is_shallow else "",
        )

    def _is_unborn(self) -> bool:
        try:
            return self._repository.head_is_unborn and not list(self._repository.references)
        except pygit2.GitError:
            return False

    def _names(self) -> list[str]:
        return [name.split("/", 2)[-1] for name in self._repository.references]


def _commit(commit: pygit2.Commit) -> Commit:
    return Commit(
        str(commit.id),
        commit.author.name,
        commit.author.email,
        commit.commit_time,
        commit.message.partition("\n")[0],
        tuple(str(one) for one in commit.parent_ids),
    )


def _remedy(error: Exception, path: str | Path) -> str:
    if "owned by" in str(error):
        return f"git config --global --add safe.directory {Path(path).resolve()}"
    if "object format" in str(error):
        return "only repositories of the object format sha1 can be read (git init's default)"
    return ""
