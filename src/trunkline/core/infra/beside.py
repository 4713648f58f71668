"""Units and Applications in one graph, where units wait for Applications too.

    infra:
      units:
        - path: infra/live/eu/dns
          dependsOn: [edge-eu, infra/live/eu/vpc]

An id means one of its own kind first: of what the settings have a unit wait for, a unit, else an
Application. What Applications wait for is in `core/depends.py`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from msgspec import Struct

from trunkline.core.component import Origin
from trunkline.core.finding import Finding
from trunkline.core.infra.graph import CycleError, Graph
from trunkline.core.infra.unit import Unit, as_application
from trunkline.core.infra.units import Units

Path = tuple[str, ...]


class Needs(Struct, frozen=True):
    """What an Application waits for, by ids."""

    applications: tuple[str, ...] = ()
    units: tuple[str, ...] = ()


def beside(
    units: Units, needs: Mapping[str, Needs], places: Mapping[str, Origin] | None = None
) -> Units:
    """The units with what is wrong between them and the Applications, which are known by id.
    `places` are those of the ids in the settings.
    """
    unknown = _unknown(units.units, needs, places or {})
    found = [*unknown, *_told(units, circles(units, needs))]
    return replace(units, findings=(*units.findings, *found))


def circles(units: Units, needs: Mapping[str, Needs]) -> tuple[Path, ...]:
    """Units and Applications that wait for each other; those of one kind alone are told by it."""
    graph = Graph.of(_edges(units, needs))
    kinds = ((path, {one in units for one in path}) for path in graph.cycles())
    return tuple(path for path, both in kinds if len(both) == 2)


def line_of(
    wanted: Iterable[str], units: Units, needs: Mapping[str, Needs]
) -> dict[str, frozenset[str]]:
    """For each of these all units that come before it, through others and through Applications."""
    graph = Graph.of(_edges(units, needs))
    every = {one.id for one in units.units}
    return {one: graph.dependencies([one]) & every for one in wanted}


def behind(applications: Iterable[str], needs: Mapping[str, Needs]) -> frozenset[str]:
    """These and all Applications that they wait for, directly or through others."""
    asked = frozenset(applications)
    edges = Graph.of({one: its.applications for one, its in needs.items()})
    return asked | edges.dependencies(asked)


def with_waiting(held: Mapping[str, str], needs: Mapping[str, Needs]) -> dict[str, str]:
    """Those that are held, each with the reason, and all Applications that wait for one of them."""
    graph = Graph.of({one: its.applications for one, its in needs.items()})
    found = dict(held)
    for one in graph.dependents(held) - held.keys() if held else ():
        first = min(behind([one], needs) & held.keys())
        found[one] = f"waits for {first}, which {held[first]}"
    return found


def _edges(units: Units, needs: Mapping[str, Needs]) -> dict[str, Iterable[str]]:
    edges: dict[str, Iterable[str]] = {
        one.id: (*one.dependencies, *map(as_application, one.applications)) for one in units.units
    }
    for one, its in needs.items():
        edges[as_application(one)] = (*map(as_application, its.applications), *its.units)
    return edges


def _unknown(
    units: Iterable[Unit], known: Container[str], places: Mapping[str, Origin]
) -> Iterator[Finding]:
    for unit in units:
        for one in unit.applications:
            if one not in known:
                place = places.get(one, unit.origin)
                yield Finding(
                    "infra-dependency",
                    f"it waits for {one}, which is no unit and no Application of this commit",
                    file=place.file,
                    line=place.line if one in places else 0,
                    component=unit.id,
                    remedy="take it out of infra.units in trunkline.yaml, or name what it is now",
                )


def _told(units: Units, paths: Iterable[Path]) -> Iterator[Finding]:
    """Each circle as an error of each unit in it: such a one is neither planned nor applied."""
    for path in paths:
        said = CycleError(path)
        for one in sorted({unit for unit in path if unit in units}):
            file = units[one].origin.file
            yield Finding("infra-cycle", str(said), file=file, component=one, remedy=said.remedy)
