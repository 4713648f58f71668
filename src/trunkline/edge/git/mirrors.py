"""Mirrors of other repositories: bare, shallow, pinned to a commit for as long as a run takes.

A commit that is here already needs no network. For a name the refs are asked for once a run, and
then only that commit's files are fetched, without any history.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import time
from pathlib import Path

import pygit2

from trunkline.core.sources.access import Keyring
from trunkline.edge.git.errors import GitError, NotAsked
from trunkline.edge.git.program import alone_at, run
from trunkline.edge.git.refs import FULL, SHORT, Refs
from trunkline.edge.git.remote import ASKING, Remote
from trunkline.edge.git.repository import Repository
from trunkline.edge.git.snapshot import GitSnapshot

UNUSED = 30 * 24 * 3600.0

_HEADS = ("+refs/heads/*:refs/trunkline/heads/*", "+refs/tags/*:refs/trunkline/tags/*")


class Mirrors:
    """The mirrors below one folder, shared by all processes of a user."""

    def __init__(self, keyring: Keyring, folder: Path) -> None:
        self._keyring = keyring
        self._folder = folder / "git"
        self._refs: dict[Path, asyncio.Task[Refs]] = {}
        self._opened: dict[Path, Repository] = {}

    async def snapshot(
        self, url: str, revision: str, project: str = "", tag_prefix: str = ""
    ) -> GitSnapshot:
        """The files of the commit that a revision means now. Raises GitError."""
        remote = Remote.located(url, project, self._keyring, self._folder)
        await self._prepare(remote)
        commit = await self._commit(remote, revision, tag_prefix)
        if not self._has(remote, commit):
            await self._fetch(remote, commit)
        return self._repository(remote).snapshot(commit)

    def forget(self) -> None:
        """Names are asked for again: a new round begins."""
        self._refs.clear()

    async def _commit(self, remote: Remote, revision: str, tag_prefix: str) -> str:
        if FULL.fullmatch(revision):
            return revision
        try:
            refs = await self._asked(remote)
        except NotAsked:
            raise
        except GitError as error:
            raise GitError(
                f"{error}; {revision or 'HEAD'} is a name that has to be asked for"
                f"{_newest(remote)}",
                remedy=error.remedy,
            ) from None
        if found := refs.commit(revision, tag_prefix):
            return found
        if SHORT.fullmatch(revision):
            return await self._of_short(remote, revision)
        raise GitError(
            f"{remote.address}: no branch, tag or commit is called {revision}{refs.near(revision)}"
        )

    async def _asked(self, remote: Remote) -> Refs:
        """The refs of the repository, asked for once and shared by all that wait."""
        task = self._refs.get(remote.path)
        if task is None:
            task = asyncio.create_task(remote.refs(), name=f"refs of {remote.address}")
            self._refs[remote.path] = task
        return await asyncio.shield(task)

    async def _fetch(self, remote: Remote, commit: str) -> None:
        """The one commit, or all where a server gives no single ones. Raises GitError."""
        async with alone_at(remote.path):
            if self._has(remote, commit):
                return
            try:
                kept = f"+{commit}:refs/trunkline/{commit}"
                await remote.fetch(kept, options=("--depth=1",))
            except GitError:
                with contextlib.suppress(GitError):
                    await self._whole(remote)
                if not self._has(remote, commit):
                    raise
        self._trim()

    async def _whole(self, remote: Remote) -> None:
        shallow = (remote.path / "shallow").exists()
        await remote.fetch(*_HEADS, options=("--unshallow",) if shallow else ())

    async def _of_short(self, remote: Remote, revision: str) -> str:
        """A shortened id says nothing to a server: the history is needed to find it."""
        repository = self._repository(remote)
        with contextlib.suppress(GitError):
            return repository.resolve(revision)
        async with alone_at(remote.path):
            await self._whole(remote)
        return repository.resolve(revision)

    async def _prepare(self, remote: Remote) -> None:
        """The mirror is there whole, or not at all, whoever else makes it at the same moment."""
        if not remote.path.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            async with alone_at(remote.path):
                if not remote.path.is_dir():
                    fresh = remote.path.with_suffix(".fresh")
                    shutil.rmtree(fresh, ignore_errors=True)
                    arguments = ("init", "--quiet", "--bare", "--", str(fresh))
                    await run(*arguments, seconds=ASKING, shown=str(remote.path))
                    fresh.rename(remote.path)
        with contextlib.suppress(OSError):
            os.utime(remote.path)

    def _has(self, remote: Remote, commit: str) -> bool:
        return self._repository(remote).has(commit)

    def _repository(self, remote: Remote) -> Repository:
        if remote.path not in self._opened:
            try:
                opened = pygit2.Repository(os.fspath(remote.path))
            except pygit2.GitError as error:
                raise GitError(
                    f"{remote.address}: its mirror is broken: {error}",
                    remedy=f"remove {remote.path}: it is made again",
                ) from error
            self._opened[remote.path] = Repository(opened)
        return self._opened[remote.path]

    def _trim(self) -> None:
        """Remove mirrors that nobody used for a month."""
        oldest = time.time() - UNUSED
        for path in self._folder.glob("*.git"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    shutil.rmtree(path, ignore_errors=True)


def _newest(remote: Remote) -> str:
    """What a mirror still serves, for whoever cannot reach the repository."""
    folder = remote.path / "refs" / "trunkline"
    known = sorted((one.stat().st_mtime, one.name) for one in folder.glob("*"))
    commits = [name for _, name in known if FULL.fullmatch(name)]
    return f" (the mirror holds commit {commits[-1][:12]})" if commits else ""
