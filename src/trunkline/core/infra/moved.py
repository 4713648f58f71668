"""Which unit that comes is one that goes: it moved, and its state moves with it.

A wrong pair would hand one unit's state to another, so what fits twice fits nobody. A unit that a
stack makes has no files of its own: it is told by the labels of its block, or by its recipe. One
that was edited as it moved is told by how much of it is found again (`likeness.py`).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping

from msgspec import Struct

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.likeness import Likeness
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.snapshot import Snapshot, SnapshotError

# Among so many pairs each is held against each; Git has such a limit too.
MOST = 20_000
# So many units that another one may be are named.
NAMED = 4


def moves_of(removed: list[Unit], added: list[Unit], like: Likeness) -> dict[str, Unit]:
    """For each added unit the removed one that it was: by the surest sign first."""
    found: dict[str, Unit] = {}
    few = len(removed) * len(added) <= MOST
    for alike in _Signs(like.before, like.after, like, few).every():
        for one in added:
            known = {unit.id for unit in found.values()}
            if one.id in found:
                continue
            fits = [o for o in removed if o.id not in known and alike(o, one)]
            if len(fits) != 1:
                continue
            rivals = [o for o in added if alike(fits[0], o)]
            if len(rivals) == 1:
                found[one.id] = fits[0]
    return found


def unsure_moves(
    removed: list[Unit], added: list[Unit], moves: Mapping[str, Unit], like: Likeness
) -> dict[str, Finding]:
    """By removed unit that none of the added ones is said to be why that is not sure."""
    if len(removed) * len(added) > MOST:
        return {}
    moved = {one.id for one in moves.values()}
    left = [one for one in removed if one.id not in moved]
    come = [one for one in added if one.id not in moves]
    found = {one.id: [o.id for o in come if _alike(one, o) and like.alike(one, o)] for one in left}
    return {one: _unsure(one, sorted(maybe)) for one, maybe in found.items() if maybe}


def _unsure(unit: str, maybe: list[str]) -> Finding:
    *first, last = maybe[:NAMED]
    named = " or ".join(filter(None, (", ".join(first), last)))
    return Finding(
        "infra-moved",
        f"it may have moved to {named}, by most of its code, but others are as like: so it is "
        "destroyed, and what comes is new",
        severity=Severity.WARNING,
        component=unit,
        remedy="if it moved, move it in a change of its own, without edits",
    )


class _Signs(Struct, frozen=True):
    """Each is asked with the unit that goes and the one that comes."""

    before: Snapshot
    after: Snapshot
    like: Likeness
    few: bool

    def every(self) -> Iterator[Callable[[Unit, Unit], bool]]:
        yield self.same_tree
        yield self.same_block
        yield self.same_name_and_file
        yield self.same_block_elsewhere
        yield self.same_recipe
        yield self.same_variables
        yield self.same_name_and_alike
        if self.few:
            yield self.alike

    def same_tree(self, one: Unit, other: Unit) -> bool:
        return _alike(one, other) and self._same(one.path, other.path)

    def same_name_and_file(self, one: Unit, other: Unit) -> bool:
        if not _alike(one, other):
            return False
        if posixpath.basename(one.path) != posixpath.basename(other.path):
            return False
        return self._same(one.origin.file, other.origin.file)

    def same_block(self, one: Unit, other: Unit) -> bool:
        """A block of a stack, of which the path is another."""
        return _same_block(one, other) and one.generated_by == other.generated_by

    def same_block_elsewhere(self, one: Unit, other: Unit) -> bool:
        return _same_block(one, other) and self._same(one.generated_by, other.generated_by)

    def same_recipe(self, one: Unit, other: Unit) -> bool:
        """A block of a stack that got another label and another path."""
        made = bool(one.recipe) and one.recipe == other.recipe
        return made and one.generated_by == other.generated_by

    def same_variables(self, one: Unit, other: Unit) -> bool:
        """A workspace of which the files got another name. Empty ones say nothing."""
        if one.kind is not UnitKind.TERRAFORM or one.path != other.path:
            return False
        was, now = _named(one), _named(other)
        gone, come = sorted(was - now), sorted(now - was)
        held = [self.before.object_id(path) for path in gone]
        if None in held or held != [self.after.object_id(path) for path in come]:
            return False
        return any(_says(self.before, path) for path in gone)

    def same_name_and_alike(self, one: Unit, other: Unit) -> bool:
        named = posixpath.basename(one.path), posixpath.basename(other.path)
        return named[0] == named[1] and self.alike(one, other)

    def alike(self, one: Unit, other: Unit) -> bool:
        """Edited as it moved."""
        return one.path != other.path and _alike(one, other) and self.like.alike(one, other)

    def _same(self, path: str, other: str) -> bool:
        known = self.before.object_id(path) if path else None
        return known is not None and known == self.after.object_id(other)


def _alike(one: Unit, other: Unit) -> bool:
    return one.kind is other.kind and one.workspace == other.workspace


def _same_block(one: Unit, other: Unit) -> bool:
    return bool(one.block) and one.block == other.block


def _named(unit: Unit) -> set[str]:
    return {*unit.var_files, *unit.backend_files}


def _says(files: Snapshot, path: str) -> bool:
    try:
        return bool(files.read(path).strip())
    except SnapshotError:
        return False
