"""A component that cannot be rendered: nobody knows what of it changes, but when something may.

Its footprint holds what of the commit its render would rest on, as far as that can be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline.core.component import Component, Source
from trunkline.core.footprint import Footprint
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import Snapshot, SnapshotError, normal_path
from trunkline.engine.world import World

_WILD = re.compile(r"[*?\[{]")


class Unasked(RenderError):
    """A render that cannot even be asked for."""

    def __init__(self, error: RenderError, footprint: Footprint) -> None:
        super().__init__(
            str(error), place=error.place, line=error.line, remedy=error.remedy, unit=error.unit
        )
        self._footprint = footprint

    def is_as_before(self, before: Unasked, snapshot: Snapshot) -> bool:
        """Whether it fails as it did at an earlier commit, and rests on the same files there.

        What names the commit says so of another one now.
        """
        return self._reason == before._reason and before._footprint.holds_for(
            snapshot, whichever_commit=True
        )

    @property
    def places(self) -> frozenset[str]:
        """Where in its commit it rests."""
        return self._footprint.places

    @property
    def _reason(self) -> str:
        return str(self).replace(self._footprint.commit[:8], "")


def unasked(error: RenderError, component: Component, world: World, seen: Footprint) -> Unasked:
    """The error, with what was not reached because of it looked at too."""
    for one in component.sources:
        own = not world.is_elsewhere(one) and one.target_revision in world.tracked
        for path in (*_files(one), *([one.path] if own and one.path else ())):
            _look(seen, path)
    return Unasked(error, seen)


def _files(source: Source) -> Iterator[str]:
    """Where the files of `$ref` sources lie: a pattern's folder, for a pattern."""
    helm = source.helm or {}
    given = [one.get("path") for one in helm.get("fileParameters") or ()]
    for one in (*(helm.get("valueFiles") or ()), *given):
        reference, _, path = str(one).partition("/")
        if reference.startswith("$"):
            plain, *rest = _WILD.split(path, maxsplit=1)
            yield plain.rpartition("/")[0] if rest else plain


def _look(seen: Footprint, path: str) -> None:
    try:
        seen.object_id(seen.followed(normal_path(path)))
    except SnapshotError:
        return
