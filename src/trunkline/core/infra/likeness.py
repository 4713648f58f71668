"""How alike two units are by their files, as Git tells a renamed file that was edited: by how much
of the one is found again in the other. Half of it is enough, as in Git.

Source of the measure: Git's documentation of `--find-renames`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from msgspec import Struct, field

from trunkline.core.infra.reading import Files
from trunkline.core.infra.terragrunt import module_of
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.snapshot import Snapshot, SnapshotError

ENOUGH = 0.5
# Of larger ones it is asked whether they are the very same: nobody edits them line by line.
LARGEST = 1 << 20

Lines = Mapping[bytes, int]


class Held(Struct, frozen=True):
    """The lines of a unit's files, by their names in it, and the bytes of all."""

    lines: Mapping[str, Lines]
    size: int


class Likeness(Struct, frozen=True):
    """Of units of two commits. What both are read for is kept, for each is held against many."""

    before: Snapshot
    after: Snapshot
    _gone: dict[str, Held] = field(default_factory=dict)
    _come: dict[str, Held] = field(default_factory=dict)
    _files: dict[bool, Files] = field(default_factory=dict)
    _modules: dict[tuple[str, str], str] = field(default_factory=dict)
    _alike: dict[tuple[str, str], bool] = field(default_factory=dict)

    def alike(self, one: Unit, other: Unit) -> bool:
        """Whether the unit that goes holds most of the one that comes. What runs another module is
        another unit, whatever both have from one pattern.
        """
        key = (one.id, other.id)
        if key not in self._alike:
            self._alike[key] = self._runs_the_same(one, other) and self._is_found_again(one, other)
        return self._alike[key]

    def _runs_the_same(self, one: Unit, other: Unit) -> bool:
        if one.kind is not UnitKind.TERRAGRUNT:
            return True
        return self._module(self.before, one) == self._module(self.after, other)

    def _is_found_again(self, one: Unit, other: Unit) -> bool:
        gone = _held(one, self.before, self._gone)
        come = _held(other, self.after, self._come)
        return bool(gone.size and come.size) and _share(gone, come) >= ENOUGH

    def _module(self, files: Snapshot, unit: Unit) -> str:
        key = (files.commit, unit.id)
        if key not in self._modules:
            # What many units include is parsed once.
            parsed = self._files.setdefault(files is self.after, Files(files))
            self._modules[key] = module_of(parsed, unit.path)
        return self._modules[key]


def _held(unit: Unit, files: Snapshot, known: dict[str, Held]) -> Held:
    """The lines of its own files; none of what a stack makes."""
    if unit.id not in known:
        own = () if unit.generated_by or not unit.path else _files_of(unit, files)
        lines = {path[len(unit.path) :]: _lines(files, path) for path in own}
        known[unit.id] = Held(lines, sum(map(_size, lines.values())))
    return known[unit.id]


def _files_of(unit: Unit, files: Snapshot) -> Iterator[str]:
    return (path for path in files.paths(unit.path) if unit.owns(path) and _tells(unit, path))


def _tells(unit: Unit, path: str) -> bool:
    return unit.touched_by(path) and not path.endswith("/.terraform.lock.hcl")


def _lines(files: Snapshot, path: str) -> Lines:
    try:
        data = files.read(path)
    except SnapshotError:
        return {}
    return Counter(data.splitlines(keepends=True) if len(data) <= LARGEST else [data])


def _share(gone: Held, come: Held) -> float:
    """How much of the larger one both have."""
    both = sum(_common(lines, come.lines.get(name, {})) for name, lines in gone.lines.items())
    return both / (max(gone.size, come.size) or 1)


def _common(one: Lines, other: Lines) -> int:
    return sum(len(line) * min(one[line], other[line]) for line in one.keys() & other.keys())


def _size(lines: Lines) -> int:
    return sum(len(line) * times for line, times in lines.items())
