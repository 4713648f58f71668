"""A commit under plan, and which snapshot each source is read from.

Sources of this repository at its tracked branch are read from that very commit, which is what
makes the plan of a pull request right; another revision of this repository is read as it is.
Charts and repositories elsewhere are fetched, pinned for the run, before anything is rendered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from trunkline.core.argo.repository import same_repository
from trunkline.core.component import Component, Source
from trunkline.core.kinds import SourceWork, needs
from trunkline.core.rendering import OWN, RenderError
from trunkline.core.snapshot import Snapshot
from trunkline.core.sources.base import Base
from trunkline.core.sources.chart import Wanted
from trunkline.core.sources.mounted import MountedSnapshot
from trunkline.edge.git import GitError, Repository
from trunkline.engine.sources import SourceError, Sources

# Bases of bases: no repository nests deeper by intention.
DEEPEST = 10


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
    sources: Sources | None = None
    remote_bases: bool = False
    _others: dict[str, Snapshot] = field(default_factory=dict)

    @property
    def round(self) -> int:
        """Which round of asking for what lies elsewhere this is."""
        return self.sources.round if self.sources else 0

    @property
    def terms(self) -> object:
        """What beside its files decides on how this commit's sources are read."""
        aliases = self.sources.aliases() if self.sources else {}
        return self.urls, self.tracked, self.remote_bases, aliases

    def is_own(self, url: str) -> bool:
        """A repository without a known address takes every source with a path as its own."""
        return not self.urls or any(same_repository(url, one) for one in self.urls)

    async def named(self, component: Component, source: Source) -> tuple[str, Snapshot]:
        """The snapshot of a source and its name. Raises RenderError."""
        origin = component.origin
        try:
            if source.chart or source.repo_url.startswith("oci://"):
                return await self._chart(component, source)
            if not self.is_own(source.repo_url):
                found = await self._other(component, source)
                return found.commit, found
            own = self.at(source.target_revision)
        except SourceError as error:
            raise RenderError(
                f"{component.id}: {error}",
                place=origin.file,
                line=origin.line,
                remedy=error.remedy,
            ) from None
        except GitError as error:
            raise RenderError(
                f"{component.id}: targetRevision: {error}", place=origin.file, line=origin.line
            ) from None
        return (OWN, own) if own is self.snapshot else (own.commit, own)

    async def prepared(self, work: SourceWork) -> SourceWork:
        """The work with all that its source needs from elsewhere. Raises RenderError."""
        aliases = self.sources.aliases() if self.sources else {}
        work = replace(work, aliases=aliases, bases={} if self.remote_bases else None)
        try:
            for _ in range(DEEPEST):
                missing = [one for one in dict.fromkeys(needs(work)) if one not in work.charts]
                if not missing:
                    return work
                work = await self._with(work, missing)
        except SourceError as error:
            raise work.error(f"{work.component.id}: {error}", error.remedy) from None
        raise work.error(f"{work.component.id}: bases name each other without end")

    async def _with(self, work: SourceWork, missing: Sequence[Wanted | Base]) -> SourceWork:
        """The work with what was missing. Raises SourceError."""
        charts = [one for one in missing if isinstance(one, Wanted)]
        bases = [one for one in missing if isinstance(one, Base)]
        project = work.component.project
        archives = await asyncio.gather(*map(self._outside().archive, charts))
        others = await asyncio.gather(
            *(self.other(one.url, one.revision, project) for one in bases)
        )
        snapshots = {**work.snapshots, **dict(archives)}
        if bases:
            mounts = {base.mount: one for base, one in zip(bases, others, strict=True)}
            snapshots[work.repository] = MountedSnapshot(work.snapshot, mounts)
        names = {one: name for one, (name, _) in zip(charts, archives, strict=True)}
        places = {one.name: one.place for one in bases}
        return replace(
            work,
            snapshots=snapshots,
            charts={**work.charts, **names},
            bases={**work.bases, **places} if work.bases is not None else None,
        )

    async def other(self, url: str, revision: str, project: str) -> Snapshot:
        """Another repository at a revision. Raises SourceError."""
        return await self._outside().commit(url, revision, project)

    async def _chart(self, component: Component, source: Source) -> tuple[str, Snapshot]:
        helm = source.helm or {}
        wanted = Wanted(
            source.repo_url,
            source.chart,
            source.target_revision,
            component.project,
            bool(helm.get("passCredentials")),
        )
        return await self._outside().chart(wanted)

    async def _other(self, component: Component, source: Source) -> Snapshot:
        return await self.other(source.repo_url, source.target_revision, component.project)

    def _outside(self) -> Sources:
        if self.sources is None:
            raise SourceError("nothing outside of this repository is fetched here")
        return self.sources

    def at(self, revision: str) -> Snapshot:
        """This repository at a revision: the commit under plan where that is the tracked branch.

        Raises GitError.
        """
        if revision in self.tracked:
            return self.snapshot
        commit = self.repository.resolve(revision)
        return self._others.setdefault(commit, self.repository.snapshot(commit))
