"""Which units a commit range changes, how, and through which files."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from trunkline.core.finding import Finding
from trunkline.core.infra.left import left_behind
from trunkline.core.infra.likeness import Likeness
from trunkline.core.infra.moved import moves_of, unsure_moves
from trunkline.core.infra.reading import Files
from trunkline.core.infra.unit import Unit
from trunkline.core.infra.units import Units
from trunkline.core.snapshot import Snapshot


class How(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    LEFT = "left"
    """It is no unit any more, and its files are still there: nothing is done about it."""


class ChangedUnit(Struct, frozen=True):
    """`because` are the changed files that it reads, in their order. `moved_from` is the unit that
    it was before. A removed unit, or one that is left, is the one of the base; `left` says why.
    `unsure` says of a removed one what it may have become.
    """

    unit: Unit
    how: How
    because: tuple[str, ...] = ()
    moved_from: Unit | None = None
    left: Finding | None = None
    unsure: Finding | None = None

    @property
    def id(self) -> str:
        return self.unit.id

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(one for one in (self.left, self.unsure) if one)

    def as_json(self) -> dict[str, Any]:
        return {
            **self.unit.as_json(),
            "how": self.how.value,
            "because": list(self.because),
            "movedFrom": self.moved_from.id if self.moved_from else "",
        }


def changed_units(
    base: Units, head: Units, paths: Iterable[str], before: Snapshot, after: Snapshot
) -> tuple[ChangedUnit, ...]:
    """The units that differ between two commits, by id; `paths` are the files that do."""
    because = _touched(head, paths)
    for unit_id, some in _touched(base, paths).items():
        because.setdefault(unit_id, set()).update(some)
    added = [one for one in head.units if one.id not in base]
    gone = [one for one in base.units if one.id not in head]
    files = Files(after) if gone else None
    left = {one.id: said for one in gone if files and (said := left_behind(one, head, files))}
    removed = [one for one in gone if one.id not in left]
    for unit_id, some in _orphaned(base, head, gone, because).items():
        because.setdefault(unit_id, set()).update(some)
    like = Likeness(before, after)
    moves = moves_of(removed, added, like)
    unsure = unsure_moves(removed, added, moves, like)
    moved = {one.id for one in moves.values()}
    found = [
        _told(one, How.MOVED if one.id in moves else How.ADDED, because, moves.get(one.id))
        for one in added
    ]
    ends = [one for one in removed if one.id not in moved]
    found += [_told(one, How.REMOVED, because, unsure=unsure.get(one.id)) for one in ends]
    found += [_told(one, How.LEFT, because, left=left[one.id]) for one in gone if one.id in left]
    found += [
        _told(one, How.CHANGED, because)
        for one in head.units
        if one.id in base and (one.id in because or _differs(base[one.id], one))
    ]
    return tuple(sorted(found, key=lambda one: one.id))


def _told(
    unit: Unit,
    how: How,
    because: dict[str, set[str]],
    moved_from: Unit | None = None,
    left: Finding | None = None,
    unsure: Finding | None = None,
) -> ChangedUnit:
    reasons = tuple(sorted(because.get(unit.id, ())))
    return ChangedUnit(unit, how, reasons, moved_from, left, unsure)


def _orphaned(
    base: Units, head: Units, without: list[Unit], because: dict[str, set[str]]
) -> dict[str, set[str]]:
    """Units that stay as they are and lose what they depend on, by the files of the latter."""
    gone = {one.id for one in without}
    found: dict[str, set[str]] = {}
    for one in head.units:
        lost = gone.intersection(base[one.id].dependencies) if one.id in base else ()
        if lost and one.id in head.broken:
            found[one.id] = {file for unit_id in lost for file in because.get(unit_id, ())}
    return found


def _differs(one: Unit, other: Unit) -> bool:
    """Whether the settings made another unit of it."""
    before, after = ((u.kind, u.var_files, u.backend_files) for u in (one, other))
    return before != after


class _Touch(Struct):
    """The units by the files and directories on which they depend."""

    units: dict[str, list[Unit]] = field(default_factory=dict)
    above: set[str] = field(default_factory=set)
    """The directories above what is read: a submodule is one, and changes as a whole."""

    def put(self, unit: Unit) -> None:
        for place in {unit.path, *(one.rstrip("/") for one in unit.reads)}:
            if place in self.units:
                self.units[place].append(unit)
            else:
                self.units[place] = [unit]
                self._climb(place)

    def _climb(self, place: str) -> None:
        # Asked for every file that any unit reads: `posixpath.dirname` takes five times as long.
        while (place := place.rpartition("/")[0]) and place not in self.above:
            self.above.add(place)

    def below(self, path: str) -> Iterable[Unit]:
        """All that depend on something below what is no directory of the commit any more."""
        for place, units in self.units.items() if path in self.above else ():
            if place.startswith(f"{path}/"):
                yield from units

    def near(self, path: str) -> Iterable[Unit]:
        """All that depend on this path or on a directory above it."""
        here = path
        while True:
            yield from self.units.get(here, ())
            if not here:
                return
            here = posixpath.dirname(here)


def _touched(units: Units, paths: Iterable[str]) -> dict[str, set[str]]:
    touch = _Touch()
    for unit in units.units:
        touch.put(unit)
    found: dict[str, set[str]] = {}
    for path in paths:
        for unit in touch.near(path):
            if unit.touched_by(path):
                found.setdefault(unit.id, set()).add(path)
        for unit in touch.below(path):
            found.setdefault(unit.id, set()).add(path)
    return found
