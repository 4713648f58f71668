"""The order of units: who waits for whom.

A graph is over ids, so that applications can stand in it beside units: `trunkline/depends-on`
gives edges like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from msgspec import Struct

from trunkline.core.trouble import Trouble


class CycleError(Trouble):
    """Units that wait for each other; `path` begins and ends with the same id."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(
            f"dependencies lead in a circle: {' → '.join(path)}",
            remedy="take one of these dependencies out",
        )
        self.path = path


class Graph(Struct, frozen=True):
    """`needs` names for each id what it depends on; ids that are no key are not in the graph."""

    needs: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, edges: Mapping[str, Iterable[str]]) -> Graph:
        known = {
            one: tuple(sorted({other for other in needs if other in edges}))
            for one, needs in sorted(edges.items())
        }
        return cls(known)

    def order(self) -> tuple[str, ...]:
        """Every id after all that it needs; among those that could come next by name.

        Raises CycleError.
        """
        waiting = {one: len(needs) for one, needs in self.needs.items()}
        readers = self.readers()
        ready = [one for one, left in waiting.items() if not left]
        heapify(ready)
        found: list[str] = []
        while ready:
            here = heappop(ready)
            found.append(here)
            for one in readers[here]:
                waiting[one] -= 1
                if not waiting[one]:
                    heappush(ready, one)
        if len(found) < len(self.needs):
            raise CycleError(self._cycle({one for one, left in waiting.items() if left}))
        return tuple(found)

    def readers(self) -> dict[str, tuple[str, ...]]:
        """For each id those that need it directly."""
        found: dict[str, list[str]] = {one: [] for one in self.needs}
        for one, needs in self.needs.items():
            for other in needs:
                found[other].append(one)
        return {one: tuple(sorted(others)) for one, others in found.items()}

    def dependents(self, ids: Iterable[str]) -> frozenset[str]:
        """All that need one of these, directly or through others."""
        return _reached(ids, self.readers())

    def dependencies(self, ids: Iterable[str]) -> frozenset[str]:
        """All that these need, directly or through others."""
        return _reached(ids, self.needs)

    def cycles(self) -> tuple[tuple[str, ...], ...]:
        """A path for each circle, no id in two of them; () where there is none."""
        left, found = dict(self.needs), []
        while True:
            try:
                Graph.of(left).order()
            except CycleError as error:
                found.append(error.path)
                left = {one: needs for one, needs in left.items() if one not in error.path}
            else:
                return tuple(found)

    def _cycle(self, among: set[str]) -> tuple[str, ...]:
        """One circle among ids that all wait: whoever only waits for a circle is walked past."""
        path: list[str] = []
        here = min(among)
        while here not in path:
            path.append(here)
            here = next(one for one in self.needs[here] if one in among)
        circle = path[path.index(here) :]
        first = circle.index(min(circle))
        return (*circle[first:], *circle[:first], circle[first])


def _reached(ids: Iterable[str], edges: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    asked = set(ids)
    found: set[str] = set()
    waiting = list(asked)
    while waiting:
        for one in edges.get(waiting.pop(), ()):
            if one not in found:
                found.add(one)
                waiting.append(one)
    return frozenset(found)
