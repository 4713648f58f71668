"""Sources that lie outside of this repository: asked for once a run, and the same for all of it.

What a name means (a branch, a constraint of versions, a tag) is found out once, so that both
sides of a plan and everything in a sync see the same commits and charts. What fails is remembered
too: a server that is down is waited for once, however many components want something of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar, cast

from msgspec import Struct, field

from trunkline.core.event import Listener, Progress, unheard
from trunkline.core.infra.outputs import UnitOutputs
from trunkline.core.kinds.kustomization import FILES
from trunkline.core.kinds.work import Need
from trunkline.core.snapshot import FilesSnapshot, Snapshot
from trunkline.core.sources.access import Keyring, address_of
from trunkline.core.sources.address import Address, BadAddress
from trunkline.core.sources.archive import ArchiveSnapshot, BadArchive
from trunkline.core.sources.base import BaseFile
from trunkline.core.sources.chart import Found, Inflated, Wanted
from trunkline.core.sources.file import NAME, RemoteFile
from trunkline.core.sources.gitmodules import FILE
from trunkline.core.sources.whole import Gitlink
from trunkline.core.trouble import Trouble
from trunkline.edge.charts.errors import ChartError
from trunkline.edge.git import GitError, Mirrors

if TYPE_CHECKING:
    from trunkline.edge.charts.charts import Charts

T = TypeVar("T")
Work = Callable[[], Awaitable[object]]
ACTIVITY = "fetching sources"
OUTPUTS = ("outputs",)
KUSTOMIZATION = FILES[0]
AS_ANYBODY = "a change from outside gets what anybody gets: no credentials, no private address"


class SourceError(Trouble):
    """A source that cannot be had; the message names it, `remedy` says what to do."""


async def no_outputs() -> Mapping[str, UnitOutputs]:
    return {}


class Sources(Struct):
    """One per process is enough. `renew` begins a new round; `open_charts` is called when the
    first chart is asked for, `read_outputs` when the first Application asks for outputs of units.
    """

    keyring: Keyring
    open_charts: Callable[[], Charts]
    mirrors: Mirrors
    listener: Listener = unheard
    read_outputs: Callable[[], Awaitable[Mapping[str, UnitOutputs]]] = no_outputs
    round: int = 0
    _charts: Charts | None = None
    _flights: dict[Hashable, asyncio.Task[object]] = field(default_factory=dict)
    _works: dict[Hashable, Work] = field(default_factory=dict)
    _done: int = 0

    async def chart(self, wanted: Wanted) -> tuple[str, Snapshot]:
        """The files of a chart, and the name they go by. Raises SourceError."""
        return await self._once(("chart", wanted), lambda: self._chart(wanted))

    async def archive(self, wanted: Wanted) -> tuple[str, Snapshot]:
        """The archive of a chart as one file, and the name it goes by. Raises SourceError."""
        found = await self._once(("archive", wanted), lambda: self.charts.found(wanted))
        file = f"{found.name}-{found.version}.tgz"
        snapshot = FilesSnapshot({file: found.data}, found.version)
        return f"archive {found.digest}", snapshot

    async def commit(self, url: str, revision: str, project: str, tag_prefix: str = "") -> Snapshot:
        """The files of another repository. Raises SourceError."""
        asked = (url, revision, project, tag_prefix)
        return await self._once(("git", *asked), lambda: self.mirrors.snapshot(*asked))

    async def submodule(self, link: Gitlink, project: str) -> Snapshot:
        """The files of a submodule, fetched as those of any other repository, but with no other
        credentials than those of the repository that holds it. Raises SourceError.
        """
        try:
            address, parent = Address.parse(link.url), address_of(link.parent)
        except BadAddress as error:
            said = str(error) if link.url else "its address is relative to one that is not known"
            raise SourceError(said, remedy=f"mend its url in {FILE}") from None
        if not self.keyring.goes_along(address, parent, project):
            raise SourceError(
                f"{address} has credentials that {link.parent or 'this repository'} has not",
                remedy="name it as a source of its own, or give both the same credentials",
            )
        return await self.commit(link.url, link.commit, project)

    async def outputs(self) -> Mapping[str, UnitOutputs]:
        """What units of infrastructure give, the same for all of a round."""
        return await self._once(OUTPUTS, self.read_outputs)

    async def fetched(
        self, needs: Iterable[Need], project: str
    ) -> dict[Need, tuple[str, Snapshot]]:
        """Each with its name and its files. Raises SourceError."""
        wanted = list(dict.fromkeys(needs))
        found = await asyncio.gather(*(self._needed(one, project) for one in wanted))
        return dict(zip(wanted, found, strict=True))

    async def _needed(self, need: Need, project: str) -> tuple[str, Snapshot]:
        if isinstance(need, Wanted):
            return await self.archive(need)
        if isinstance(need, Inflated):
            return await self.chart(need.wanted)
        if isinstance(need, RemoteFile):
            return await self._once(("file", need), lambda: self._file(need))
        if isinstance(need, BaseFile):
            return await self._base_file(need)
        return need.name, await self.commit(need.url, need.revision, project)

    @property
    def charts(self) -> Charts:
        if self._charts is None:
            self._charts = self.open_charts()
        return self._charts

    def aliases(self) -> dict[str, str]:
        """What `@name` and `alias:name` stand for."""
        named = [one for one in self.keyring.accesses if one.name and not one.prefix]
        return {f"{sign}{one.name}": one.address.url for one in named for sign in ("@", "alias:")}

    def renew(self) -> None:
        """Names are asked for again from now on; what is pinned stays."""
        self.round += 1
        self._forget()

    def renew_outputs(self) -> None:
        """What units give is asked for again from now on; all else stays as it is known."""
        self.round += 1
        self._flights.pop(OUTPUTS, None)

    async def moved(self) -> bool:
        """Whether a name that was asked for means something else by now, or can be had again.

        If so, a new round has begun. What is exact costs no request.
        """
        before, works = await self._meanings(), dict(self._works)
        self._forget()
        again = (self._once(key, work) for key, work in works.items())
        await asyncio.gather(*again, return_exceptions=True)
        if await self._meanings() == before:
            return False
        self.round += 1
        return True

    def _forget(self) -> None:
        self._flights.clear()
        self._works.clear()
        if self._charts:
            self._charts.forget()
        self.mirrors.forget()

    async def _meanings(self) -> dict[Hashable, str]:
        flights = dict(self._flights)
        found = await asyncio.gather(*flights.values(), return_exceptions=True)
        return {key: _meaning(one) for key, one in zip(flights, found, strict=True)}

    async def close(self) -> None:
        flights = [one for one in self._flights.values() if not one.done()]
        for one in flights:
            one.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        if self._charts:
            await self._charts.close()

    async def _chart(self, wanted: Wanted) -> tuple[str, Snapshot]:
        found = await self._once(("archive", wanted), lambda: self.charts.found(wanted))
        snapshot = await asyncio.to_thread(_unpacked, found, wanted)
        return f"chart {found.digest}", snapshot

    async def _file(self, wanted: RemoteFile) -> tuple[str, Snapshot]:
        """Under a name that says what is in it: a page that changes is another file."""
        data = await self.charts.file(wanted.url)
        digest = hashlib.sha256(data).hexdigest()
        return f"file {digest}", FilesSnapshot({NAME: data}, digest)

    async def _base_file(self, wanted: BaseFile) -> tuple[str, Snapshot]:
        """The file with a kustomization beside it: what it is mounted as."""
        name, snapshot = await self._needed(wanted.file, "")
        files = {KUSTOMIZATION: f"resources: [{NAME}]\n".encode(), NAME: snapshot.read(NAME)}
        return name, FilesSnapshot(files, snapshot.commit)

    async def _once(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What the work gives, done once for all that ask. Raises SourceError."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._told(work()), name=f"source {key}")
            self._flights[key], self._works[key] = flight, work
        return cast(T, await asyncio.shield(flight))

    async def _told(self, work: Awaitable[object]) -> object:
        try:
            return await work
        except (ChartError, GitError) as error:
            if self.keyring.stranger:
                raise SourceError(f"{error}; {AS_ANYBODY}") from error
            raise SourceError(str(error), remedy=error.remedy) from error
        finally:
            self._done += 1
            self.listener(Progress(ACTIVITY, self._done, len(self._flights)))


def _meaning(found: object) -> str:
    """A commit, a digest, or why there is none."""
    if isinstance(found, Found):
        return found.digest
    if isinstance(found, tuple):
        return str(found[0])
    return str(found if isinstance(found, BaseException) else getattr(found, "commit", found))


def _unpacked(found: Found, wanted: Wanted) -> ArchiveSnapshot:
    """A chart lies in a folder of its archive; another artifact need not."""
    try:
        snapshot = ArchiveSnapshot(found.data, found.digest, found.version, inner=bool(wanted.name))
    except BadArchive as error:
        raise SourceError(
            f"{wanted}: {error}", remedy="ask the owner of the repository to publish it again"
        ) from None
    if wanted.name or snapshot.entry("Chart.yaml"):
        return snapshot
    return _of_chart(found, snapshot)


def _of_chart(found: Found, snapshot: ArchiveSnapshot) -> ArchiveSnapshot:
    """The artifact without the folder that a chart's archive has around all of it."""
    tops = {path.partition("/")[0] for path in snapshot.paths()}
    if len(tops) == 1 and snapshot.entry(f"{next(iter(tops))}/Chart.yaml"):
        return ArchiveSnapshot(found.data, found.digest, found.version, inner=True)
    return snapshot
