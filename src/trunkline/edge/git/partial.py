"""Clones that hold less than their history: partial (`--filter`) and shallow (`--depth`).

A partial clone promises that its remote gives what is missing. pygit2 does not ask for it, so Git
does, for a whole commit at once, before the commit is read.
https://git-scm.com/docs/partial-clone
"""

from __future__ import annotations

import pygit2

from trunkline.edge.git.errors import GitError
from trunkline.edge.git.program import Way, run

SECONDS = 600.0
# What the arguments of a program have room for.
AT_ONCE = 10_000
LIST = ("rev-list", "--no-walk", "--objects", "--no-object-names", "--missing=print")
FETCH = (
    *("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no"),
    *("--filter=blob:none",),
)

SHALLOW = "this clone is shallow: `git fetch --unshallow` gets the rest of its history"


def promisor(repository: pygit2.Repository) -> str:
    """The remote that gives what a partial clone lacks, "" for a whole clone."""
    for remote in repository.remotes:
        try:
            if remote.name and repository.config.get_bool(f"remote.{remote.name}.promisor"):
                return remote.name
        except KeyError:
            continue
    return ""


def whole_clone(repository: pygit2.Repository) -> str:
    """The command that makes a partial clone a whole one, "" where it is one."""
    remote = promisor(repository)
    return f"git -C {repository.path} fetch --refetch --no-filter {remote}" if remote else ""


async def complete(repository: pygit2.Repository, commit_id: str) -> None:
    """Fetch what a partial clone left out of this commit's files. Raises GitError."""
    if not (remote := promisor(repository)):
        return
    way = Way({"fetch.negotiationAlgorithm": "noop"}, {"GIT_DIR": repository.path})
    # Trees may be missing too: what is in them shows only once they are here.
    while missing := await _missing(repository.path, way, commit_id):
        try:
            for at in range(0, len(missing), AT_ONCE):
                asked = missing[at : at + AT_ONCE]
                await run(*FETCH, remote, *asked, way=way, seconds=SECONDS, shown=remote)
        except GitError as error:
            raise GitError(
                f"{repository.path} is a partial clone that lacks {len(missing)} objects of "
                f"{commit_id[:8]}: {error}",
                remedy=whole_clone(repository),
            ) from error


async def _missing(path: str, way: Way, commit_id: str) -> list[str]:
    told = await run(*LIST, commit_id, way=way, seconds=SECONDS, shown=path)
    return [line[1:] for line in told.decode().splitlines() if line.startswith("?")]
