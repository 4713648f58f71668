"""The submodules of what one commit's sources are read from: fetched when a render asks for them.

They are fetched as any other repository's commit, so that who may not name an address as a source
gets nothing from there by a submodule either.
"""

from __future__ import annotations

from msgspec import Struct, field

from trunkline.core.snapshot import Snapshot
from trunkline.core.sources.whole import Gitlink, WholeSnapshot, whole
from trunkline.engine.sources import SourceError, Sources

Wanted = list[tuple[WholeSnapshot, Gitlink]]


class Submodules(Struct):
    """`wanted` are those that were asked for since `begin` and are not here. Not `read`: none."""

    read: bool = True
    wanted: Wanted = field(default_factory=list)
    _whole: dict[tuple[str, str], Snapshot] = field(default_factory=dict)

    def of(self, snapshot: Snapshot, url: str) -> Snapshot:
        """The snapshot of the repository at this address, with its submodules."""
        if not self.read:
            return snapshot
        key = (snapshot.commit, url)
        if key not in self._whole:
            self._whole[key] = whole(snapshot, url, self._want)
        return self._whole[key]

    def begin(self) -> None:
        self.wanted.clear()

    async def fetch(self, sources: Sources, project: str) -> None:
        """What was asked for is here now. Raises SourceError."""
        for holder, link in dict.fromkeys(self.wanted):
            try:
                found = await sources.submodule(link, project)
            except SourceError as error:
                raise SourceError(f"{link}: {error}", remedy=error.remedy) from error
            holder.put(link.path, self.of(found, link.url))

    def _want(self, holder: WholeSnapshot, link: Gitlink) -> None:
        self.wanted.append((holder, link))
