"""What an Application waits for by its own word: other Applications, and units of infrastructure.

    metadata:
      annotations:
        trunkline/depends-on: operator, infra/live/eu/rds

An id that an Application has means that one; any other is the path of a unit. Who reads the
outputs of a unit (`trunkline/values-from`) waits for it too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from trunkline.core.argo.fields import Path, spelled
from trunkline.core.argo.place import line_of
from trunkline.core.component import Component
from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.outputs import VALUES_FROM, OutputsError, wishes_of
from trunkline.core.infra.unit import as_application

DEPENDS_ON = "trunkline/depends-on"


def depends_on(component: Component) -> tuple[str, ...]:
    """Ids, in the order in which they are written."""
    said = component.annotations.get(DEPENDS_ON, "").replace(",", " ").split()
    return tuple(dict.fromkeys(one.strip("/") for one in said))


def units_of(component: Component, components: Container[str]) -> tuple[str, ...]:
    """The units that must have been applied before it."""
    found = [one for one in depends_on(component) if one not in components]
    return tuple(dict.fromkeys([*found, *_read_by(component)]))


def _read_by(component: Component) -> Sequence[str]:
    """The units whose outputs it reads."""
    with contextlib.suppress(OutputsError):
        return [wish.unit for wish in wishes_of(component.annotations)]
    return ()


def awaited_units(components: Iterable[Component], known: Container[str]) -> frozenset[str]:
    """All units that some of these wait for; `known` are the ids of all Applications."""
    return frozenset(unit for one in components for unit in units_of(one, known))


def unknown_findings(components: Sequence[Component], units: Container[str]) -> list[Finding]:
    """What Applications say they wait for, and nobody is; `components` are all of the commit."""
    known = {one.id for one in components}
    return [
        Finding(
            "dependency-unknown",
            said,
            Severity.WARNING,
            file=one.origin.file,
            line=one.origin.line,
            component=one.id,
            remedy=f"{so}: take it out, or name what it is now",
        )
        for one in components
        for said, so in _unknown_of(one, known, units)
    ]


def _unknown_of(
    one: Component, components: Container[str], units: Container[str]
) -> Iterator[tuple[str, str]]:
    """What it names in vain, each with what follows."""
    for other in depends_on(one):
        if other not in components and other not in units:
            said = f"{DEPENDS_ON} names {other}, which is no Application and no unit of this commit"
            yield said, "it is not waited for"
    for unit in _read_by(one):
        if unit not in units:
            said = f"{VALUES_FROM} names {unit}, which is no unit of this commit"
            yield said, "once that is gone, nothing is rendered for want of its outputs"


class Said(Struct, frozen=True):
    """An id in the settings, and where it stands; `application` says that it may mean one too."""

    path: Path
    id: str
    application: bool = True


def unknown_waits(
    said: Iterable[Said],
    components: Sequence[Component],
    units: Container[str],
    data: bytes,
    file: str,
) -> list[Finding]:
    """The same of what the settings have units wait for, or clusters be made by; `data` are the
    bytes of their file.
    """
    known = {one.id for one in components}
    return [
        Finding(
            "dependency-unknown",
            _said_in_vain(one),
            Severity.WARNING,
            file=file,
            line=line_of(data, 1, one.path),
            remedy="what waits for it waits for ever: take it out, or name what it is now",
        )
        for one in said
        if one.id not in units and not (one.application and one.id in known)
    ]


def _said_in_vain(one: Said) -> str:
    where = spelled(one.path[:-1] if isinstance(one.path[-1], int) else one.path)
    neither = "no unit and no Application" if one.application else "no unit"
    return f"{where} names {one.id}, which is {neither} of this commit"


def circle_finding(ids: Sequence[str]) -> Finding:
    """Applications that wait for each other, which no order can satisfy."""
    return Finding(
        "dependency-circle",
        f"{DEPENDS_ON} leads in a circle: {' → '.join(ids)}",
        component=ids[0],
        remedy="take one of them out; until then they are synced in no particular order",
    )


def left_by(
    units: Iterable[str], before: Sequence[Component], after: Sequence[Component]
) -> dict[str, tuple[str, ...]]:
    """For each unit the Applications that needed it and need it no more, themselves gone or not."""
    once, now = (_readers(some) for some in (before, after))
    return {one: tuple(sorted(once.get(one, set()) - now.get(one, set()))) for one in units}


def _readers(components: Sequence[Component]) -> dict[str, set[str]]:
    known = {one.id for one in components}
    found: dict[str, set[str]] = {}
    for one in components:
        for unit in units_of(one, known):
            found.setdefault(unit, set()).add(one.id)
    return found


def held_back(
    components: Sequence[Component],
    pending: Mapping[str, str],
    paths: Iterable[Sequence[str]] = (),
) -> dict[str, str]:
    """Those that wait for a unit with a change that is not applied yet, each with what is said of
    it. `pending` says of such a unit what it waits for; `paths` are circles of units and
    Applications, which no apply will end.
    """
    ids = {one.id for one in components}
    found = {}
    for one in components:
        waiting: dict[str, list[str]] = {}
        for unit in units_of(one, ids):
            if unit in pending:
                said = _circle(one, unit, paths) or pending[unit]
                waiting.setdefault(said, []).append(unit)
        if waiting:
            said = "; ".join(f"{', '.join(units)}, {why}" for why, units in waiting.items())
            found[one.id] = f"waits for {said}"
    return found


def _circle(one: Component, unit: str, paths: Iterable[Sequence[str]]) -> str:
    name = as_application(one.id)
    path = next((path for path in paths if name in path and unit in path), ())
    return f"which waits for it: {' → '.join(path)}" if path else ""


def circles(components: Iterable[Component]) -> tuple[tuple[str, ...], ...]:
    """Applications that wait for each other by their own words, each circle once."""
    waits = {one.id: depends_on(one) for one in components}
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in sorted(waits):
        if path := _back_to(start, waits):
            found.setdefault(frozenset(path), path)
    return tuple(found.values())


def _back_to(start: str, waits: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The shortest way from an id back to itself."""
    ways: list[tuple[str, ...]] = [(start, one) for one in waits[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        if way[-1] == start:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            ways += [(*way, one) for one in waits.get(way[-1], ())]
    return ()
