"""What one file of Terragrunt's names: files, and units that it depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trunkline.core.infra.hcl import Block, Body
from trunkline.core.infra.hcl.evaluate import UNKNOWN, evaluate
from trunkline.core.infra.hcl.syntax import Call, Expression, Template, calls_in, parts_of
from trunkline.core.infra.modules import READERS, read_by
from trunkline.core.infra.reading import ROOT, Reading, from_root
from trunkline.core.infra.terragrunt.functions import READING, UNIT_FILE

if TYPE_CHECKING:
    from trunkline.core.infra.terragrunt.config import Config

# A path below the repository inside of a text.
_IN_TEXT = re.compile(rf"{re.escape(ROOT)}/[^\s'\",;:=]+")
# Their paths are worked out on their own.
_APART = ("include", "dependency", "dependencies")
# What of a dependency says whether its outputs are asked for, and whose they are.
ASKED = ("enabled", "config_path", "skip_outputs")


def gather(config: Config) -> None:
    """Put down all that a unit's file, or one that it includes, names."""
    gather_reads(config)
    if not config.is_merged:
        return
    for one in _paths(config.body):
        _named_file(evaluate(one, config), config)
    _var_files(config)
    _dependencies(config)


def gather_reads(config: Config) -> None:
    """Put down what the functions of a file read."""
    for call in calls_in(config.body):
        if call.name in READERS or call.name == "fileset":
            read_by(call, config, config.directory, config.found)
        elif call.name in READING:
            evaluate(call, config)


def gather_asked(config: Config) -> None:
    """Put down whose outputs a file that is read for its values asks for: Terragrunt gets those of
    each `dependency` in it, used or not. Its paths begin where it lies itself.
    """
    for block in config.body.of("dependency"):
        said = {name: _value(block.body, name, config) for name in ASKED}
        place = from_root(said["config_path"], config.directory)
        if place is None or said["enabled"] is False or said["skip_outputs"] is True:
            continue
        place = place.removesuffix(f"/{UNIT_FILE}")
        # A file may be read in a `try`, so what is not there is for Terragrunt to say.
        if config.files.is_file(f"{place}/{UNIT_FILE}"):
            config.found.dependencies.add(place)


def _named_file(value: Any, config: Config) -> None:
    """A path that is only named: an input, a script of a hook, also with what surrounds it, as in
    `-var-file=…` or a line for a shell.
    """
    for place in (value, *_IN_TEXT.findall(value)) if isinstance(value, str) else ():
        path = from_root(place, config.directory) if place.startswith(ROOT) else None
        if path and config.files.is_file(path):
            config.found.reads.add(path)


def _paths(body: Body) -> Iterator[Expression]:
    """The expressions of a body that may be a path in the repository: those with a call in them."""
    for block in body.blocks:
        if block.kind not in _APART:
            yield from _paths(block.body)
    for attribute in body.attributes:
        waiting: list[Expression] = [attribute.value]
        while waiting:
            here = waiting.pop()
            if isinstance(here, Call | Template):
                yield here
            waiting.extend(parts_of(here))


def _var_files(config: Config) -> None:
    for terraform in config.body.of("terraform"):
        for block in terraform.body.of("extra_arguments"):
            for name in ("required_var_files", "optional_var_files"):
                for path in _list(block.body, name, config):
                    file = from_root(path, config.unit)
                    if file is not None:
                        config.found.reads.add(file)


def _dependencies(config: Config) -> None:
    for block in config.body.of("dependency"):
        _dependency(block, config)
    for block in config.body.of("dependencies"):
        for one in _list(block.body, "paths", config):
            _depends(one, block.line, config)


def _dependency(block: Block, config: Config) -> None:
    """Of one label the child's word counts, and its parents' where it says nothing."""
    label = block.labels[0] if block.labels else ""
    said = config.found.labelled.setdefault(label, {})
    for name in ASKED:
        if (one := block.body.attribute(name)) and name not in said:
            said[name] = (evaluate(one.value, config), block.line, config)


def settle_dependencies(found: Reading) -> None:
    """Put down the dependencies by label, once all files of a unit were read."""
    for said in found.labelled.values():
        enabled, *_ = said.get("enabled", (True,))
        if "config_path" in said and enabled is not False:
            place = _depends(*said["config_path"])
            skips, *_ = said.get("skip_outputs", (False,))
            if place is not None and skips is True:
                found.unread.add(place)


def _depends(path: Any, line: int, config: Config) -> str | None:
    """Where the unit is that is depended on. A path in an included file begins where the unit is,
    as Terragrunt has it.
    """
    directory = from_root(path, config.unit)
    if directory is None:
        if path is UNKNOWN:
            config.found.unclear(config.file, line, "the path of this dependency")
        return None
    directory = directory.removesuffix(f"/{UNIT_FILE}")
    config.found.dependencies.add(directory)
    return directory


def _list(body: Body, name: str, config: Config) -> list[Any]:
    value = _value(body, name, config)
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _value(body: Body, name: str, config: Config) -> Any:
    one = body.attribute(name)
    return evaluate(one.value, config) if one else None
