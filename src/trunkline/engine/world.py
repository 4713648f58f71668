"""A commit under plan, and which snapshot each source is read from.

Sources of this repository at its tracked branch are read from that very commit, which is what
makes the plan of a pull request right; another revision of this repository is read as it is.
Charts and repositories elsewhere are fetched, pinned for the run, before anything is rendered.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.repository import same_repository
from trunkline.core.argo.switches import Switches
from trunkline.core.component import Component, Source
from trunkline.core.infra.outputs import (
    NOTHING,
    Handed,
    OutputsError,
    Wish,
    handed,
    wishes_of,
)
from trunkline.core.infra.secret_outputs import Allowed
from trunkline.core.kinds import SourceWork, request
from trunkline.core.kinds.work import Need, NotHere
from trunkline.core.rendering import OWN, RenderError, RenderRequest
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.core.sources.base import Base
from trunkline.core.sources.chart import Inflated, Wanted
from trunkline.core.sources.file import RemoteFile
from trunkline.core.sources.mounted import MountedSnapshot
from trunkline.core.trouble import Trouble
from trunkline.edge.git import GitError, Repository
from trunkline.engine.sources import SourceError, Sources
from trunkline.engine.submodules import Submodules

# Bases of bases: no repository nests deeper by intention.
DEEPEST = 10
MOST_SUBMODULES = 200
NOBODY = Allowed()


class World(Struct, eq=False, weakref=True):
    """One commit of this repository, and how its neighbours are reached.

    `urls` are the addresses that mean this repository, `tracked` the revisions that mean this
    commit. `allowed` says whom units give their sensitive outputs. `loads_anywhere` lets
    kustomizations read files outside of their own directory; the commit itself may say that, and
    `switches`.
    """

    repository: Repository
    snapshot: Snapshot
    urls: tuple[str, ...]
    tracked: frozenset[str]
    sources: Sources | None = None
    remote_bases: bool = False
    allowed: Allowed = NOBODY
    loads_anywhere: bool = False
    submodules: Submodules = field(default_factory=Submodules)
    switches: Switches = Switches()
    _others: dict[str, Snapshot] = field(default_factory=dict)

    @property
    def whole(self) -> Snapshot:
        """The commit as a source sees it: with the files of its submodules, once they are here."""
        return self._whole(self.snapshot)

    def _whole(self, snapshot: Snapshot) -> Snapshot:
        return self.submodules.of(snapshot, self.urls[0] if self.urls else "")

    @property
    def round(self) -> int:
        """Which round of asking for what lies elsewhere this is."""
        return self.sources.round if self.sources else 0

    @property
    def terms(self) -> object:
        """What beside its files decides on how this commit's sources are read."""
        aliases = self.sources.aliases() if self.sources else {}
        said = self.remote_bases, self.loads_anywhere, self.allowed, self.switches
        return self.urls, self.tracked, said, aliases, self.round

    def settles(self, component: Component) -> bool:
        """Whether this commit alone decides what the component is made of, while what lies
        elsewhere stays as it was pinned. Another branch of this repository is pinned to nothing.
        """
        return all(
            self.is_elsewhere(one) or one.target_revision in self.tracked
            for one in component.sources
        )

    def is_own(self, url: str) -> bool:
        """A repository without a known address takes every source with a path as its own."""
        return not self.urls or any(same_repository(url, one) for one in self.urls)

    def is_elsewhere(self, source: Source) -> bool:
        """Whether the source has to be fetched."""
        chart = bool(source.chart) or source.repo_url.startswith("oci://")
        return chart or not self.is_own(source.repo_url)

    async def named(self, component: Component, source: Source) -> tuple[str, Snapshot]:
        """The snapshot of a source and its name. Raises RenderError."""
        origin = component.origin
        try:
            if source.chart or source.repo_url.startswith("oci://"):
                return await self._chart(component, source)
            if not self.is_own(source.repo_url):
                found = await self._other(component, source)
                return found.commit, found
            own = self.at(source.target_revision, source.tag_prefix)
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
        if own is self.snapshot:
            return OWN, self.whole
        return own.commit, self._whole(own)

    async def request(self, work: SourceWork) -> tuple[RenderRequest, SourceWork]:
        """The render request of a source, and the work with all that it needed of elsewhere.

        Raises RenderError.
        """
        aliases = self.sources.aliases() if self.sources else {}
        work = replace(
            work,
            aliases=aliases,
            bases={} if self.remote_bases else None,
            loads_anywhere=self.loads_anywhere,
            off=self.switches.off,
        )
        for _ in range(DEEPEST):
            try:
                return await self._asked(work), work
            except NotHere as missing:
                if self.sources is None:
                    raise
                work = await self._with(work, missing.needs)
        raise work.error(f"{work.component.id}: what lies elsewhere names more without end")

    async def _asked(self, work: SourceWork) -> RenderRequest:
        """The request, once all submodules that it asks for are here: an answer that was given
        without them is none, whatever it is. Raises RenderError.
        """
        for _ in range(MOST_SUBMODULES):
            self.submodules.begin()
            try:
                found = request(work.component, work.source, work)
            except (RenderError, SnapshotError):
                if not self.submodules.wanted:
                    raise
            else:
                if not self.submodules.wanted:
                    return found
            try:
                await self.submodules.fetch(self._outside(), work.component.project)
            except SourceError as error:
                raise work.error(f"{work.component.id}: {error}", error.remedy) from None
        raise work.error(f"{work.component.id}: submodules hold more of them without end")

    async def _with(self, work: SourceWork, needs: Sequence[Need]) -> SourceWork:
        """The work with what it lacked. Raises RenderError."""
        try:
            found = await self._outside().fetched(needs, work.component.project)
        except SourceError as error:
            raise work.error(f"{work.component.id}: {error}", error.remedy) from None
        snapshots, bases = dict(work.snapshots), dict(work.bases or {})
        charts, mounts = dict(work.charts), dict[str, Snapshot]()
        for need, (name, files) in found.items():
            if isinstance(need, Wanted | RemoteFile):
                snapshots[name], charts[need] = files, name
            elif isinstance(need, Inflated):
                mounts[need.place] = files
            else:
                url = need.url if isinstance(need, Base) else ""
                mounts[need.mount] = self.submodules.of(files, url) if url else files
                bases[need.name] = need.place
        if mounts:
            snapshots[work.repository] = MountedSnapshot(work.snapshot, mounts)
        return replace(
            work,
            snapshots=snapshots,
            charts=charts,
            bases=None if work.bases is None else bases,
            mounts=work.mounts | mounts.keys(),
        )

    async def handed(self, component: Component) -> Handed:
        """The values that units of infrastructure give to a component. Raises RenderError."""
        try:
            wishes = wishes_of(component.annotations)
            self._check(component, wishes)
            known = await self.sources.outputs() if wishes and self.sources else {}
            return handed(wishes, known) if wishes else NOTHING
        except Trouble as error:
            origin = component.origin
            raise RenderError(
                f"{component.id}: {error}",
                place=origin.file,
                line=origin.line,
                remedy=error.remedy,
                unit=error.unit if isinstance(error, OutputsError) else "",
            ) from error

    def _check(self, component: Component, wishes: Sequence[Wish]) -> None:
        """Raises OutputsError for a Secret that the component may not have."""
        for wish in wishes:
            if wish.secret and not self.allowed.allows(wish.unit, component.id):
                raise OutputsError(
                    f"nothing lets it have the sensitive outputs of {wish.unit}",
                    remedy="secretsFor of infra.units in trunkline.yaml names who may",
                )

    async def other(self, url: str, revision: str, project: str, tag_prefix: str = "") -> Snapshot:
        """Another repository at a revision. Raises SourceError."""
        return await self._outside().commit(url, revision, project, tag_prefix)

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
        url = source.repo_url
        revision, prefix = source.target_revision, source.tag_prefix
        found = await self.other(url, revision, component.project, prefix)
        return self.submodules.of(found, url)

    def _outside(self) -> Sources:
        if self.sources is None:
            raise SourceError("nothing outside of this repository is fetched here")
        return self.sources

    def at(self, revision: str, tag_prefix: str = "") -> Snapshot:
        """This repository at a revision: the commit under plan where that is the tracked branch.

        Raises GitError.
        """
        if revision in self.tracked:
            return self.snapshot
        commit = self.repository.meant(revision, tag_prefix)
        return self._others.setdefault(commit, self.repository.snapshot(commit))
