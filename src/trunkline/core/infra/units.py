"""The units of a commit as a value, with what was found wrong with them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.graph import Graph
from trunkline.core.infra.unit import Unit


@dataclass(frozen=True, slots=True)
class Units:
    """The units of one commit in the order of their ids, and what is to be said of them."""

    units: tuple[Unit, ...] = ()
    findings: tuple[Finding, ...] = ()
    elsewhere: tuple[str, ...] = ()
    """The sources of whole stacks that lie in other repositories, whether they were read or not."""
    _by_id: dict[str, Unit] = field(default_factory=dict, compare=False, repr=False)
    _graphs: list[Graph] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._by_id.update((one.id, one) for one in self.units)

    def __getitem__(self, unit_id: str) -> Unit:
        return self._by_id[unit_id]

    def __contains__(self, unit_id: object) -> bool:
        return unit_id in self._by_id

    @property
    def ids(self) -> Collection[str]:
        return self._by_id.keys()

    @property
    def graph(self) -> Graph:
        if not self._graphs:
            self._graphs.append(Graph.of({one.id: one.dependencies for one in self.units}))
        return self._graphs[0]

    @property
    def broken(self) -> frozenset[str]:
        """The ids of the units that an error was found in."""
        return frozenset(
            one.component
            for one in self.findings
            if one.severity is Severity.ERROR and one.component
        )

    def wrong_with(self, unit: str) -> str:
        """What discovery found wrong with a unit, "" for nothing; such a one is not run at all."""
        said = [
            f"{one.place}: {one.message}" if one.file else one.message
            for one in self.findings
            if one.component == unit and one.severity is Severity.ERROR
        ]
        return "\n".join(said)
