"""The components found so far, and which of them renders which.

Found twice is one component. What a parent renders is what would be applied, so it wins over a
file of the same name; among equals the first one wins, and a second that differs is told of.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.component import Component, Origin
from trunkline.core.finding import Finding, Severity


class Family(Struct):
    """Components by their ids, and findings about how they hang together.

    `parents` are all that render a component, whichever of them is taken for its parent.
    """

    components: dict[str, Component] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    parents: dict[str, set[str]] = field(default_factory=dict)

    def added(self, components: Iterable[Component]) -> list[Component]:
        """Those that are new, or render anew, and are to be looked into."""
        return [one for one in components if self._is_taken(one)]

    def ancestors(self, component_id: str) -> list[str]:
        """The component, its parent, and so on up to a root."""
        line: list[str] = []
        while component_id and component_id not in line:
            line.append(component_id)
            known = self.components.get(component_id)
            component_id = known.parent if known else ""
        return line

    def _is_taken(self, one: Component) -> bool:
        known = self.components.get(one.id)
        if one.parent and one.parent != one.id:
            self.parents.setdefault(one.id, set()).add(one.parent)
        if known is None:
            self.components[one.id] = one
            return True
        if one.parent and one.id in self.ancestors(one.parent):
            self._tell_of_cycle(one)
            return False
        if not one.parent or known.parent not in ("", one.parent):
            self._tell_of_second(known, one)
            return False
        self.components[one.id] = one
        return _rendering(known) != _rendering(one)

    def _tell_of_cycle(self, one: Component) -> None:
        """An Application that renders itself manages itself; a longer way round is a mistake."""
        line = self.ancestors(one.parent)
        if one.id == one.parent:
            return
        round_trip = [*reversed(line[: line.index(one.id) + 1]), one.id]
        parent = self.components[one.parent]
        self.findings.append(
            Finding(
                "cyclic-applications",
                f"Applications render each other in a circle: {' → '.join(round_trip)}",
                file=parent.origin.file,
                line=parent.origin.line,
                component=parent.id,
                remedy="let one of them not render the next",
            )
        )

    def _tell_of_second(self, known: Component, one: Component) -> None:
        if replace(one, origin=known.origin, parent=known.parent) == known:
            return
        unused = f"what {one.parent} renders" if one.parent else "this one"
        self.findings.append(
            Finding(
                "duplicate-component",
                f"{one.id} is declared twice, and not the same: {_source(known)} is used, "
                f"{unused} is not",
                Severity.WARNING,
                file=one.origin.file,
                line=one.origin.line,
                component=one.id,
                remedy="rename one of them, or leave it out by discovery.exclude in trunkline.yaml",
            )
        )


def _rendering(one: Component) -> object:
    """What decides on a component's render."""
    return one.sources, one.destination, one.project


def _source(one: Component) -> str:
    place = _place(one.origin)
    return f"what {one.parent} renders" if one.parent else f"that of {place}"


def _place(origin: Origin) -> str:
    return f"{origin.file}:{origin.line}" if origin.line else origin.file
