"""Code that a unit takes from outside of the repository: what lies there nobody has looked at.

Nor is it surely outside: a checkout is a folder of some name, so `../../tree/modules/x` may come in
again, to files of the commit that the unit does not seem to read. In the copies that Terragrunt
makes of a source the same is true of what leads out of the copied folder.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.hcl import Block, HclError
from trunkline.core.infra.hcl.evaluate import choices, evaluate
from trunkline.core.infra.hcl.syntax import Literal, calls_in
from trunkline.core.infra.modules import Modules, code_of
from trunkline.core.infra.reading import Files, Reading, from_root, is_elsewhere
from trunkline.core.infra.terragrunt import STACK_FILE, UNIT_FILE, read_stack
from trunkline.core.infra.terragrunt.config import Config
from trunkline.core.infra.terragrunt.gather import gather_reads
from trunkline.core.infra.terragrunt.unit import local_module
from trunkline.core.infra.unit import Unit, UnitKind, within

READS_CONFIG = "read_terragrunt_config"
REPOSITORY = "the repository"


class Leaving(Struct, frozen=True):
    """`what` leads out, in words, and where it says so."""

    what: str
    file: str
    line: int


def leaving(files: Files, unit: Unit) -> Iterator[Leaving]:
    """What a unit takes in that does not surely lie in the repository."""
    values = None
    if unit.generated_by:
        yield from _of_stacks(files, unit)
        values = _made_by_stack(files, unit)
    if unit.kind is UnitKind.TERRAFORM:
        yield from _of_modules(files, unit.path, "")
        return
    file = posixpath.join(unit.path, UNIT_FILE)
    try:
        yield from _of_terragrunt(files, unit, file, values)
    except HclError as error:
        yield Leaving("it cannot be parsed", files.real(file), error.line)
    except RecursionError:
        yield Leaving("it refers to itself without end", files.real(file), 1)


def _of_terragrunt(
    files: Files, unit: Unit, file: str, values: Mapping[str, Any] | None
) -> Iterator[Leaving]:
    config = Config(files, file, files.body(file), unit.path, Reading(), values=values or {})
    every = [config, *config.included()]
    for one in every:
        gather_reads(one)
    every += [one.config for one in config.found.read.values() if one is not None]
    for one in every:
        yield from _of_config(one)
    sources = [source for one in every for source in _sources(one)]
    for source, _ in sources:
        copied = source.partition("//")[0] if isinstance(source, str) else ""
        module, folder = (local_module(one, unit.path) for one in (source, copied))
        if module is not None and folder is not None:
            yield from _of_modules(files, module, folder)
    # With a source, the unit's own code is copied beside the module's: what is above is another.
    yield from _of_modules(files, unit.path, unit.path if sources else "")


def _of_config(config: Config) -> Iterator[Leaving]:
    files = config.files
    for block in config.body.of("include"):
        path = block.body.attribute("path")
        if path and from_root(evaluate(path.value, config), config.directory) is None:
            yield _out(block, config)
    for call in calls_in(config.body):
        path = evaluate(call.arguments[0], config) if call.arguments else None
        if call.name == READS_CONFIG and from_root(path, config.directory) is None:
            yield Leaving(f"{READS_CONFIG} out of {REPOSITORY}", files.real(config.file), 1)
    for source, line in _sources(config):
        elsewhere = isinstance(source, str) and is_elsewhere(source)
        if not elsewhere and local_module(source, config.unit) is None:
            yield Leaving(f"terraform out of {REPOSITORY}", files.real(config.file), line)


def _sources(config: Config) -> Iterator[tuple[Any, int]]:
    for block in config.body.of("terraform"):
        if source := block.body.attribute("source"):
            for choice in choices(source.value, config):
                yield evaluate(choice, config), source.line


def _of_modules(files: Files, start: str, folder: str) -> Iterator[Leaving]:
    """The calls of modules, from the one at `start` on, that lead out of a folder."""
    for directory in sorted({start, *Modules(files).reading(start, start).modules}):
        for path in code_of(files, directory):
            try:
                blocks = list(files.body(path).of("module"))
            except HclError:
                # It counts as code as a whole.
                continue
            for block in blocks:
                place = from_root(_written(block), directory)
                if place is None or not within(place, folder):
                    what = f"{_named(block)} out of {_folder(folder)}"
                    yield Leaving(what, files.real(path), block.line)


def _made_by_stack(files: Files, unit: Unit) -> Mapping[str, Any] | None:
    """What its stack gives the unit; from now on its files are read where they come from."""
    for one in read_stack(files, unit.generated_by, Reading()):
        if one.directory == unit.path and one.source:
            files.copied(one.directory, one.source)
            return one.values
    return None


def _of_stacks(files: Files, unit: Unit) -> Iterator[Leaving]:
    """A stack's sources; an inner stack may be made at a place that lies higher than its file."""
    top = posixpath.dirname(unit.generated_by)
    for path in files.every():
        if not path.endswith(STACK_FILE) or not _is_read(path, top, unit):
            continue
        highest = _depth(top) if path == unit.generated_by else _depth(top) + 1
        try:
            body = files.body(path)
        except HclError:
            continue
        config = Config(files, path, body, posixpath.dirname(path), Reading())
        for block, place in _stack_places(config):
            said = block.body.attribute(place)
            value = evaluate(said.value, config) if said else None
            if not _stays(value, min(highest, _depth(config.directory))):
                yield _out(block, config)


def _stack_places(config: Config) -> Iterator[tuple[Block, str]]:
    """The blocks of a stack, and of what it includes, each with what in it is a place."""
    for one in (config, *config.includes().values()):
        yield from ((block, "source") for kind in ("unit", "stack") for block in one.body.of(kind))
    yield from ((block, "path") for block in config.body.of("include"))


def _is_read(path: str, top: str, unit: Unit) -> bool:
    return within(path, top) or any(within(path, one.rstrip("/")) for one in unit.reads)


def _stays(source: Any, depth: int) -> bool:
    """Whether a source lies in the repository, seen from a directory so deep in it."""
    if not isinstance(source, str):
        return False
    place = source.replace("//", "/")
    if place.startswith("/"):
        return from_root(place, "") is not None
    return posixpath.normpath(place).split("/").count("..") <= depth


def _depth(directory: str) -> int:
    return len(directory.split("/")) if directory else 0


def _written(block: Block) -> str:
    """A module's source; what is no path that is written out counts elsewhere (`effects.py`)."""
    source = block.body.attribute("source")
    value = source.value.value if source and isinstance(source.value, Literal) else ""
    return str(value) if str(value).startswith(("./", "../")) else "."


def _out(block: Block, config: Config) -> Leaving:
    what = f"{_named(block)} out of {REPOSITORY}"
    return Leaving(what, config.files.real(config.file), block.line)


def _named(block: Block) -> str:
    return " ".join((block.kind, *block.labels))


def _folder(folder: str) -> str:
    return "the folder that is copied" if folder else REPOSITORY
