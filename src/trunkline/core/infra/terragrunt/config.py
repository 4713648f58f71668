"""One file of Terragrunt's, as it is read for one unit: the scope of its expressions."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from trunkline.core.infra.hcl import Block, Body, HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, Function, evaluate
from trunkline.core.infra.hcl.syntax import Call, Expression, Literal
from trunkline.core.infra.reading import Files, Reading, from_root
from trunkline.core.infra.terragrunt.functions import functions_of
from trunkline.core.infra.terragrunt.gather import gather_asked, gather_reads

# Includes of includes; Terragrunt allows one level.
DEEPEST = 10
# Files that are opened for one unit, each time counted.
MOST_FILES = 300


class Config(Struct):
    """`child` is the file that includes this one; `values` those that a stack gives the unit;
    `components` where a stack's own units and stacks are made. `is_merged` is False for a file that
    is included for what it says, and not taken in.
    """

    files: Files
    file: str
    body: Body
    unit: str
    found: Reading
    child: Config | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    vouching: bool = False
    components: Mapping[str, Any] = field(default_factory=dict)
    is_merged: bool = True
    _locals: dict[str, Any] = field(default_factory=dict)
    _busy: set[str] = field(default_factory=set)
    _included: dict[str, Config] | None = None
    _including: bool = False
    _functions: Mapping[str, Function] | None = None

    @property
    def directory(self) -> str:
        return posixpath.dirname(self.file)

    @property
    def functions(self) -> Mapping[str, Function]:
        if self._functions is None:
            self._functions = functions_of(self)
        return self._functions

    def named(self, name: str) -> Any:
        if name == "local":
            return Locals(self)
        if name == "values":
            return self.values
        if name == "include":
            return {key: Attributes(one) for key, one in self.includes().items()}
        if name == "feature" and not self.vouching:
            return self._flags()
        return self.components.get(name, UNKNOWN)

    def _flags(self) -> Mapping[str, Any]:
        """Feature flags by their defaults: TG_FEATURE of a shell is not passed on."""
        found: dict[str, Any] = {}
        above = (self.child,) if self.child else tuple(self.included())
        for one in (*reversed(above), self):
            for block in one.body.of("feature"):
                said = block.body.attribute("default")
                if said and block.labels:
                    found[block.labels[0]] = {"value": evaluate(said.value, one)}
        return found

    def included(self) -> Iterator[Config]:
        for one in self.includes().values():
            yield one
            yield from one.included()

    def includes(self) -> dict[str, Config]:
        """The files that this one includes, by label."""
        if self._included is None:
            self._included = {}
            self._including = True
            if self._depth() < DEEPEST:
                for block in self.body.of("include"):
                    self._include(block)
            self._including = False
        return self._included

    def parent(self, name: str) -> Config:
        """The file that includes are relative to: itself, where it is the included one, and while
        its own includes are worked out.
        """
        if self.child is not None or self._including:
            return self
        known = self.includes()
        return known.get(name) or next(iter(known.values()), self)

    def local(self, name: str) -> Any:
        if name not in self._locals:
            self._locals[name] = self._worked_out(name)
        return self._locals[name]

    def attribute(self, name: str) -> Any:
        one = self.body.attribute(name)
        return evaluate(one.value, self) if one else UNKNOWN

    def opened(self, file: str) -> Config | None:
        """Another file, read for the same unit; None where it cannot be."""
        self.found.reads.add(file)
        if self._is_too_much(file):
            return None
        try:
            body = self.files.body(file)
        except HclError as error:
            if self.files.is_file(file):
                self.found.broken(file, error)
            return None
        return Config(
            self.files,
            file,
            body,
            self.unit,
            self.found,
            values=self.values,
            vouching=self.vouching,
        )

    def read(self, file: str) -> Attributes | None:
        """Another file's values, and what it reads in its turn; None where it cannot be read.

        It is the same for all that read it for this unit; who reads itself finds nothing.
        """
        known = self.found.read
        if file not in known:
            known[file] = None
            opened = self.opened(file)
            if opened is not None:
                gather_reads(opened)
                gather_asked(opened)
                known[file] = Attributes(opened)
        found: Attributes | None = known[file]
        return found

    def _worked_out(self, name: str) -> Any:
        for block in self.body.of("locals"):
            one = block.body.attribute(name)
            if one is not None and name not in self._busy:
                self._busy.add(name)
                try:
                    return evaluate(one.value, self)
                finally:
                    self._busy.discard(name)
        return UNKNOWN

    def _include(self, block: Block) -> None:
        path = block.body.attribute("path")
        file = from_root(evaluate(path.value, self), self.directory) if path else None
        if path and file is None:
            self._include_of(path.value, block.line)
        parent = self.opened(file) if file is not None else None
        if file is not None and not self.files.is_file(file):
            self.found.missing(self.file, block.line, f"it includes {file}")
        if parent is not None and self._included is not None:
            parent.child = self
            strategy = block.body.attribute("merge_strategy")
            parent.is_merged = not (strategy and evaluate(strategy.value, self) == "no_merge")
            self.found.includes.add(parent.file)
            self._included[block.labels[0] if block.labels else ""] = parent

    def _include_of(self, path: Expression, line: int) -> None:
        """Say of a path that leads to no file of this repository why it does not."""
        match path:
            case Call("find_in_parent_folders", (Literal(str(name)),)):
                self._none_above(name, line)
            case Call("find_in_parent_folders", ()):
                self._none_above("terragrunt.hcl", line)
            case _:
                self.found.unclear(self.file, line, "the path of this include")

    def _none_above(self, name: str, line: int) -> None:
        self.found.missing(self.file, line, f"it includes a file {name} of a directory above")

    def _is_too_much(self, file: str) -> bool:
        self.found.opened += 1
        if self.found.opened == MOST_FILES:
            self.found.broken(
                file, HclError(f"more than {MOST_FILES} files are read for a unit", 0)
            )
        return self.found.opened >= MOST_FILES

    def _depth(self) -> int:
        depth, here = 0, self.child
        while here is not None:
            depth, here = depth + 1, here.child
        return depth


class Locals(Struct, frozen=True):
    """The locals of a file, each worked out when it is asked for."""

    config: Config

    def take(self, key: str) -> Any:
        return self.config.local(key)


class Attributes(Struct, frozen=True):
    """A file that was read for its values: its locals and its attributes."""

    config: Config

    def take(self, key: str) -> Any:
        return Locals(self.config) if key == "locals" else self.config.attribute(key)
