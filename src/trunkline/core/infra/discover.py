"""The units of a commit, from its files alone: no program runs, so a pull request's code neither.

Terragrunt's directories and stacks, and plain root modules. What is broken is a finding of its own
unit and takes no other away.
"""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from trunkline.core.component import Origin
from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.beyond import BEYOND, is_beyond
from trunkline.core.infra.graph import CycleError, Graph
from trunkline.core.infra.memory import Memory
from trunkline.core.infra.modules import Modules, code_of
from trunkline.core.infra.reading import Files, Reading
from trunkline.core.infra.roots import Facts, backends, facts_of, root_modules, workspaces
from trunkline.core.infra.rules import DiscoveryRules
from trunkline.core.infra.terragrunt import (
    STACK_FILE,
    UNIT_FILE,
    StackUnit,
    other_forms,
    read_stack,
    read_unit,
)
from trunkline.core.infra.unit import Unit, UnitKind, within
from trunkline.core.infra.units import Units
from trunkline.core.snapshot import Snapshot

_LEFT = frozenset({".terragrunt-cache", ".terraform", BEYOND})


def discover_units(
    files: Snapshot | Files, rules: DiscoveryRules | None = None, memory: Memory | None = None
) -> Units:
    """Everything that the files of a commit say of its infrastructure."""
    known = files if isinstance(files, Files) else Files(files)
    return _Discovery(known, rules or DiscoveryRules(), memory or Memory()).units()


class _Discovery:
    def __init__(self, files: Files, rules: DiscoveryRules, memory: Memory) -> None:
        self._files = files
        self._rules = rules
        self._memory = memory
        self._modules = Modules(files)
        self._directories = sorted(one for one in files.directories() if not _is_left(one))
        self._findings: list[Finding] = []
        self._used: set[str] = set()
        self._elsewhere: set[str] = set()
        self._stack_reads: dict[str, set[str]] = {}
        self._made: list[Unit] = []

    def units(self) -> Units:
        found = [*self._terragrunt(), *self._plain()]
        self._made = [one for one in found if one.generated_by]
        ids = {one.id: one.id for one in found} | {
            one.path: one.id for one in found if not one.workspace
        }
        paths = sorted({one.path for one in found})
        shaped = [self._shaped(one, ids, paths) for one in sorted(found, key=lambda one: one.id)]
        for path in Graph.of({one.id: one.dependencies for one in shaped}).cycles():
            self._circle(path, shaped)
        wanted = filter(self._rules.wants, self._directories)
        self._findings += other_forms(self._files, wanted)
        self._findings.sort(key=lambda one: (one.file, one.line, one.component, one.message))
        found_here = tuple(dict.fromkeys(self._findings))
        return Units(tuple(shaped), found_here, tuple(sorted(self._elsewhere)))

    def _terragrunt(self) -> Iterator[Unit]:
        readings = dict(self._readings())
        parents = {file for reading, _ in readings.values() for file in reading.includes}
        for directory, (reading, stack) in readings.items():
            broken = any(one.severity is Severity.ERROR for one in reading.findings)
            file = posixpath.join(directory, UNIT_FILE)
            if file in parents or reading.excluded or not (reading.runs or broken):
                continue
            if not self._rules.wants(directory):
                continue
            origin = _said_at(stack) if stack else Origin(file, 1)
            yield Unit(
                directory,
                UnitKind.TERRAGRUNT,
                directory,
                dependencies=tuple(sorted(reading.dependencies | _added(stack))),
                reads=self._reads(reading, directory, stack),
                origin=origin,
                generated_by=stack.stack if stack else "",
                kept_from=tuple(sorted(reading.kept_from & {"apply", "destroy"})),
                unread=tuple(sorted(reading.unread)),
                block=stack.labels if stack else (),
                recipe=stack.recipe if stack else "",
            )
            self._told(reading, directory)

    def _readings(self) -> Iterator[tuple[str, tuple[Reading, StackUnit | None]]]:
        stacks = self._stacks()
        templates = self._files.sources
        own = {one for one in self._directories if self._has(UNIT_FILE, one)}
        known = own | {one.directory for one in stacks}
        for stack in stacks:
            if stack.source:
                reading = self._reading(stack.directory, stack.values)
            else:
                reading = Reading(dependencies=known.intersection(stack.places()))
            yield stack.directory, (reading, stack)
        for directory in sorted(own - templates):
            yield directory, (self._reading(directory, None), None)

    def _stacks(self) -> list[StackUnit]:
        """The units that stacks make; what a stack is made from is a template, and makes none."""
        made: dict[str, tuple[list[StackUnit], Reading]] = {}
        for directory in self._directories:
            if self._has(STACK_FILE, directory) and self._rules.wants(directory):
                found = Reading()
                file = posixpath.join(directory, STACK_FILE)
                made[directory] = ([*read_stack(self._files, file, found)], found)
                self._stack_reads[file] = found.reads
        for one in (one for units, _ in made.values() for one in units if one.source):
            self._files.copied(one.directory, one.source)
        live = [said for one, said in made.items() if one not in self._files.sources]
        for directory, (_, found) in made.items():
            if directory not in self._files.sources:
                self._elsewhere |= found.elsewhere
                self._findings += [_of_here(one, directory) for one in found.findings]
        return [one for units, _ in live for one in units]

    def _has(self, name: str, directory: str) -> bool:
        return self._files.is_known(f"{directory}/{name}" if directory else name)

    def _reading(self, directory: str, values: Mapping[str, Any] | None) -> Reading:
        found = self._remembered(
            directory,
            values or {},
            lambda: read_unit(self._files, self._modules, directory, values),
        )
        self._used |= found.modules
        return found

    def _remembered(
        self, directory: str, values: Mapping[str, Any], read: Callable[[], Reading]
    ) -> Reading:
        found = self._memory.reading(directory, self._files, values)
        if found is None:
            found = read()
            self._memory.keep_reading(directory, self._files, values, found)
        return found

    def _reads(self, one: Reading, directory: str, stack: StackUnit | None) -> tuple[str, ...]:
        """The paths as they are in the commit; a module counts with all that lies in it."""
        modules = {self._files.real(module) for module in one.modules}
        reads = {self._files.real(path) for path in one.reads}
        if stack:
            said = map(self._files.real, self._stack_reads[stack.stack])
            reads |= {*stack.stacks, *said, *_folder(self._files.real(directory), stack)}
        reads |= {f"{module}/" for module in modules if module}
        reads |= self._files.beyond([*reads, f"{directory}/"])
        outside = (path for path in reads if not (_is_own(path, directory) or is_beyond(path)))
        return tuple(sorted(outside))

    def _plain(self) -> Iterator[Unit]:
        directories = [one for one in self._directories if code_of(self._files, one)]
        facts = {one: self._facts(one) for one in directories}
        grunt = {one for one in directories if self._has(UNIT_FILE, one)}
        plain = {one: said for one, said in facts.items() if one not in grunt}
        found = [*root_modules(plain, self._used), *(self._rules.added & plain.keys())]
        for directory in sorted(set(found)):
            if self._rules.wants(directory):
                yield from self._workspaces(directory, facts[directory])

    def _facts(self, directory: str) -> Facts:
        found = self._memory.facts_of(directory, self._files)
        if found is None:
            found = facts_of(self._files, directory)
            self._memory.keep_facts(directory, self._files, found)
        return found

    def _workspaces(self, directory: str, facts: Facts) -> Iterator[Unit]:
        reading = self._remembered(
            directory, {}, lambda: self._modules.reading(directory, directory)
        )
        reads = self._reads(reading, directory, None)
        origin = Origin(facts.file or directory, facts.line)
        known, completed = workspaces(self._files, directory), backends(self._files, directory)
        for name in sorted({*known, *completed} - {""}) or [""]:
            shown = directory or "."
            one = f"{shown}@{name}" if name else shown
            yield Unit(
                one,
                UnitKind.TERRAFORM,
                directory,
                name,
                reads=reads,
                origin=origin,
                var_files=known.get(name, ()),
                backend_files=completed.get(name) or completed.get("", ()),
                early=facts.early,
                keyed=facts.keyed,
            )
            self._told(reading, one)

    def _told(self, reading: Reading, unit: str) -> None:
        self._findings += [replace(one, component=unit) for one in reading.findings]

    def _shaped(self, unit: Unit, ids: Mapping[str, str], paths: list[str]) -> Unit:
        """The unit as the settings name it, its dependencies as ids of units that there are.

        What the settings have it wait for, and is no unit, may be an Application.
        """
        unit = self._rules.applied(unit)
        said = self._rules.waits_for(unit)
        known = {ids[one] for one in (*unit.dependencies, *said) if one in ids}
        apart = [one for one in unit.dependencies if one not in ids]
        stacks = [one for one in apart if self._files.is_file(posixpath.join(one, STACK_FILE))]
        known |= {one.id for one in self._made if any(within(one.path, s) for s in stacks)}
        # What excludes itself, or is excluded by the settings, may have outputs all the same.
        if gone := [d for d in apart if d not in stacks and not self._has(UNIT_FILE, d)]:
            self._missing(unit, gone)
        return replace(
            unit,
            dependencies=tuple(sorted(known - {unit.id})),
            nested=_below(unit.path, paths),
            applications=tuple(sorted(one for one in said if one not in ids)),
        )

    def _missing(self, unit: Unit, gone: list[str]) -> None:
        said = f"{gone[0]}, which is no unit"
        if len(gone) > 1:
            said = f"{', '.join(gone[:-1])} and {gone[-1]}, which are no units"
        self._findings.append(
            Finding(
                "infra-dependency",
                f"it depends on {said} of this commit",
                file=unit.origin.file,
                component=unit.id,
                remedy="was it removed or moved? Take the dependency out, or name its new place",
            )
        )

    def _circle(self, path: tuple[str, ...], units: Iterable[Unit]) -> None:
        said = CycleError(path)
        finding = Finding("infra-cycle", str(said), remedy=said.remedy)
        self._findings += [
            replace(finding, file=one.origin.file, component=one.id)
            for one in units
            if one.id in path
        ]


def _said_at(stack: StackUnit) -> Origin:
    """The innermost file of this repository that makes it."""
    here = [one for one in stack.stacks if not is_beyond(one)]
    return Origin(here[-1], stack.line if here[-1] == stack.stacks[-1] else 0)


def _of_here(one: Finding, directory: str) -> Finding:
    """What is wrong with a file of elsewhere is told at the stack that takes it from there."""
    if not is_beyond(one.file):
        return one
    name = one.file.split("/", 2)[2]
    where = f"{name}:{one.line}" if one.line else name
    file = posixpath.join(directory, STACK_FILE)
    return replace(one, file=file, line=0, message=f"{where} of elsewhere: {one.message}")


def _added(stack: StackUnit | None) -> frozenset[str]:
    return stack.dependencies - {stack.directory} if stack else frozenset()


def _folder(directory: str, stack: StackUnit) -> list[str]:
    return [f"{directory}/"] if stack.source else []


def _is_left(directory: str) -> bool:
    """Whether a program left what lies there: somebody committed a working folder."""
    return not _LEFT.isdisjoint(directory.split("/"))


def _is_own(path: str, directory: str) -> bool:
    return bool(directory) and within(path.rstrip("/"), directory)


def _below(path: str, paths: list[str]) -> tuple[str, ...]:
    """Those of the sorted paths that lie below this one."""
    start = bisect_left(paths, f"{path}/") if path else 0
    end = bisect_left(paths, f"{path}0") if path else len(paths)
    return tuple(one for one in paths[start:end] if one != path)
