"""What one file of Terragrunt's names: files, and units that it depends on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from trunkline.core.infra.hcl import Body
from trunkline.core.infra.hcl.evaluate import UNKNOWN, evaluate
from trunkline.core.infra.hcl.syntax import Call, Expression, Literal, Template, calls_in, parts_of
from trunkline.core.infra.modules import READERS, read_by
from trunkline.core.infra.reading import ROOT, from_root
from trunkline.core.infra.terragrunt.functions import READING, UNIT_FILE

if TYPE_CHECKING:
    from trunkline.core.infra.terragrunt.config import Config

# Their paths are worked out on their own.
_APART = ("include", "dependency", "dependencies")


def gather(config: Config) -> None:
    """Put down all that a unit's file, or one that it includes, names."""
    gather_reads(config)
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


def _named_file(value: Any, config: Config) -> None:
    """A path that is only named: an input, a script of a hook."""
    if isinstance(value, str) and value.startswith(ROOT):
        path = from_root(value, config.directory)
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
        enabled = block.body.attribute("enabled")
        path = block.body.attribute("config_path")
        if path and not (enabled and enabled.value == Literal(False)):
            _depends(evaluate(path.value, config), block.line, config)
    for block in config.body.of("dependencies"):
        for one in _list(block.body, "paths", config):
            _depends(one, block.line, config)


def _depends(path: Any, line: int, config: Config) -> None:
    """A path in an included file begins where the unit is, as Terragrunt has it."""
    directory = from_root(path, config.unit)
    if directory is not None:
        config.found.dependencies.add(directory.removesuffix(f"/{UNIT_FILE}"))
    elif path is UNKNOWN:
        config.found.unclear(config.file, line, "the path of this dependency")


def _list(body: Body, name: str, config: Config) -> list[Any]:
    one = body.attribute(name)
    value = evaluate(one.value, config) if one else []
    return value if isinstance(value, list) else [value]
