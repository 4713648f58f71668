"""Git for the example repository, deaf to the user's configuration and always with one result.

A commit's id depends on its author, dates, file modes and line ends. All of them are given here,
so neither a global setting (signing, hooks, line ends) nor the clock or the umask can change it.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from msgspec import Struct


class DemoGitError(RuntimeError):
    """Git is missing or refused; the message holds what it said."""


class Author(Struct, frozen=True):
    """A team, by the address that its commits carry."""

    team: str

    @property
    def email(self) -> str:
        return f"{self.team}@pelagos.example"


def init(folder: Path, origin: str) -> None:
    """An empty repository with a branch `main` and a remote that is never contacted."""
    _git(folder, "init", "--quiet", "--initial-branch=main", "--object-format=sha1", "--template=")
    _git(folder, "config", "core.fileMode", "false")
    _git(folder, "config", "core.autocrlf", "false")
    _git(folder, "config", "remote.origin.url", origin)


def commit(folder: Path, paths: tuple[str, ...], author: Author, date: str, message: str) -> str:
    """Commits these paths as they are in the work tree; the id of the commit."""
    _git(folder, "add", "--", *paths)
    identity = {
        "GIT_AUTHOR_NAME": author.team,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_NAME": author.team,
        "GIT_COMMITTER_EMAIL": author.email,
        "GIT_COMMITTER_DATE": date,
    }
    _git(folder, "commit", "--quiet", "--no-gpg-sign", "--message", message, identity=identity)
    return _git(folder, "rev-parse", "HEAD")


def _git(folder: Path, *arguments: str, identity: dict[str, str] | None = None) -> str:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LC_ALL": "C",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        **(identity or {}),
    }
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise DemoGitError("git is not installed; the demo makes a Git repository") from None
    if done.returncode:
        said = done.stderr.strip()
        raise DemoGitError(f"git {arguments[0]} failed in {folder}: {said}")
    return done.stdout.strip()
