"""A commit under plan, and which snapshot each source is read from.

Sources of this repository at its tracked branch are read from that very commit, which is what
makes the plan of a pull request right; another revision of this repository is read as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trunkline.core.argo.repository import same_repository
from trunkline.core.component import Component, Source
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import Snapshot
from trunkline.edge.git import GitError, Repository

OWN = ""
"""The name of the commit under plan among a component's snapshots."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class World:
    """One commit of this repository, and how its neighbours are reached.

    `urls` are the addresses that mean this repository, `tracked` the revisions that mean this
    commit.
    """

    repository: Repository
    snapshot: Snapshot
    urls: tuple[str, ...]
    tracked: frozenset[str]
    _others: dict[str, Snapshot] = field(default_factory=dict)

    def is_own(self, url: str) -> bool:
        """A repository without a known address takes every source with a path as its own."""
        return not self.urls or any(same_repository(url, one) for one in self.urls)

    def named(self, component: Component, source: Source) -> tuple[str, Snapshot]:
        """The snapshot of a source and its name. Raises RenderError."""
        origin = component.origin
        if not self.is_own(source.repo_url):
            raise RenderError(
                f"{component.id}: {source.repo_url} is another repository",
                place=origin.file,
                line=origin.line,
                remedy="list its address under `repository.urls` if it means this one",
            )
        try:
            found = self.at(source.target_revision)
        except GitError as error:
            raise RenderError(
                f"{component.id}: targetRevision: {error}", place=origin.file, line=origin.line
            ) from None
        return (OWN, found) if found is self.snapshot else (found.commit, found)

    def at(self, revision: str) -> Snapshot:
        """This repository at a revision: the commit under plan where that is the tracked branch.

        Raises GitError.
        """
        if revision in self.tracked:
            return self.snapshot
        commit = self.repository.resolve(revision)
        return self._others.setdefault(commit, self.repository.snapshot(commit))
