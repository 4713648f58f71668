"""Mirrors of other repositories: bare, shallow, pinned to a commit for as long as a run takes.

A commit that is here already needs no network. For a name the refs are asked for once a run, and
then only that commit's files are fetched, without any history.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pygit2

from trunkline.core.sources.access import Access, Keyring
from trunkline.core.sources.address import Address, BadAddress
from trunkline.edge.git.errors import GitError
from trunkline.edge.git.program import Way, locked, run, way_to
from trunkline.edge.git.reach import checked_addresses
from trunkline.edge.git.refs import FULL, SHORT, Refs
from trunkline.edge.git.repository import Repository
from trunkline.edge.git.snapshot import GitSnapshot

ASKING, FETCHING = 60.0, 600.0
UNUSED = 30 * 24 * 3600.0

_HEADS = ("+refs/heads/*:refs/trunkline/heads/*", "+refs/tags/*:refs/trunkline/tags/*")


@dataclass(frozen=True, slots=True)
class Remote:
    """One repository, and as whom it is asked."""

    address: Address
    access: Access | None
    path: Path

    @property
    def url(self) -> str:
        return self.address.url


class Mirrors:
    """The mirrors below one folder, shared by all processes of a user."""

    def __init__(self, keyring: Keyring, folder: Path) -> None:
        self._keyring = keyring
        self._folder = folder / "git"
        self._refs: dict[Path, asyncio.Task[Refs]] = {}
        self._opened: dict[Path, Repository] = {}

    async def snapshot(self, url: str, revision: str, project: str = "") -> GitSnapshot:
        """The files of the commit that a revision means now. Raises GitError."""
        remote = self._remote(url, project)
        await self._prepare(remote)
        commit = await self._commit(remote, revision)
        if not self._has(remote, commit):
            await self._fetch(remote, commit)
        return self._repository(remote).snapshot(commit)

    def forget(self) -> None:
        """Names are asked for again: a new round begins."""
        self._refs.clear()

    def _remote(self, url: str, project: str) -> Remote:
        try:
            address = Address.parse(url)
        except BadAddress as error:
            raise GitError(str(error)) from None
        if address.scheme == "oci":
            raise GitError(f"{url} is no Git repository")
        access = self._keyring.access(address, project)
        if reason := self._keyring.refusal(address):
            raise GitError(
                f"{address}: {reason}",
                remedy=f"if it is yours, add it to repositories in {self._keyring.file}",
            )
        key = f"{address.url} {access.known if access else ''}"
        words = re.sub(r"[^\w.-]+", "-", f"{address.host}{address.path}").strip("-.")
        name = f"{words[-60:]}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.git"
        return Remote(address, access, self._folder / name)

    async def _commit(self, remote: Remote, revision: str) -> str:
        if FULL.fullmatch(revision):
            return revision
        try:
            refs = await self._asked(remote)
        except GitError as error:
            raise GitError(
                f"{error}; {revision or 'HEAD'} is a name that has to be asked for"
                f"{self._last(remote)}",
                remedy=error.remedy,
            ) from None
        if found := refs.commit(revision):
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
            name = f"refs of {remote.address}"
            task = asyncio.create_task(self._ls_remote(remote), name=name)
            self._refs[remote.path] = task
        return await asyncio.shield(task)

    async def _ls_remote(self, remote: Remote) -> Refs:
        try:
            return await self._refs_at(remote)
        except GitError as error:
            # Some hosts serve a repository at `….git` alone and redirect to it.
            if remote.address.scheme != "https" or "redirects" not in str(error):
                raise
            address = replace(remote.address, path=f"{remote.address.path}.git")
            return await self._refs_at(replace(remote, address=address))

    async def _refs_at(self, remote: Remote) -> Refs:
        arguments = ("ls-remote", "--quiet", "--", remote.url)
        with self._way(remote, await checked_addresses(remote.address, self._keyring)) as way:
            return Refs.read(
                await run(*arguments, way=way, seconds=ASKING, shown=str(remote.address))
            )

    async def _fetch(self, remote: Remote, commit: str) -> None:
        """The one commit, or all where a server gives no single ones. Raises GitError."""
        async with locked(remote.path / "trunkline.lock"):
            if self._has(remote, commit):
                return
            target = f"+{commit}:refs/trunkline/{commit}"
            try:
                await self._fetched(remote, "--depth=1", target)
            except GitError:
                with contextlib.suppress(GitError):
                    await self._whole(remote)
                if not self._has(remote, commit):
                    raise
        self._trim()

    async def _whole(self, remote: Remote) -> None:
        shallow = ["--unshallow"] if (remote.path / "shallow").exists() else []
        await self._fetched(remote, *shallow, *_HEADS)

    async def _fetched(self, remote: Remote, *what: str) -> None:
        options = [one for one in what if one.startswith("--")]
        refs = [one for one in what if not one.startswith("--")]
        fixed = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
        with self._way(remote, await checked_addresses(remote.address, self._keyring)) as way:
            await run(
                "-C",
                str(remote.path),
                "fetch",
                *fixed,
                *options,
                "--",
                remote.url,
                *refs,
                way=way,
                seconds=FETCHING,
                shown=str(remote.address),
            )

    async def _of_short(self, remote: Remote, revision: str) -> str:
        """A shortened id says nothing to a server: the history is needed to find it."""
        repository = self._repository(remote)
        with contextlib.suppress(GitError):
            return repository.resolve(revision)
        async with locked(remote.path / "trunkline.lock"):
            await self._whole(remote)
        return repository.resolve(revision)

    async def _prepare(self, remote: Remote) -> None:
        if not (remote.path / "HEAD").is_file():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            arguments = ("init", "--quiet", "--bare", "--", str(remote.path))
            await run(*arguments, seconds=ASKING, shown=str(remote.path))
        with contextlib.suppress(OSError):
            os.utime(remote.path)

    def _has(self, remote: Remote, commit: str) -> bool:
        return self._repository(remote).has(commit)

    def _repository(self, remote: Remote) -> Repository:
        if remote.path not in self._opened:
            self._opened[remote.path] = Repository(pygit2.Repository(os.fspath(remote.path)))
        return self._opened[remote.path]

    def _last(self, remote: Remote) -> str:
        """What a mirror still serves, for whoever cannot reach the repository."""
        folder = remote.path / "refs" / "trunkline"
        known = sorted(folder.glob("*"), key=lambda one: one.stat().st_mtime) if folder else []
        commits = [one.name for one in known if FULL.fullmatch(one.name)]
        return f" (the mirror holds commit {commits[-1][:12]})" if commits else ""

    @contextlib.contextmanager
    def _way(self, remote: Remote, addresses: str) -> Iterator[Way]:
        """With the IP addresses that were looked at, so that no other is connected to."""
        keyring = self._keyring
        base = f"{remote.address.scheme}://{remote.address.place}/"
        with way_to(remote.access, base, keyring.known_hosts, keyring.file) as way:
            pinned = {"http.curloptResolve": addresses} if addresses else {}
            yield replace(way, settings={**way.settings, **pinned})

    def _trim(self) -> None:
        """Remove mirrors that nobody used for a month."""
        oldest = time.time() - UNUSED
        for path in self._folder.glob("*.git"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < oldest:
                    shutil.rmtree(path, ignore_errors=True)
