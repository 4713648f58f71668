"""Stacks: the units that a `terragrunt.stack.hcl` makes.

Terragrunt copies each unit's source into `.terragrunt-stack/<path>` beside the file. These copies
are in no commit, so their files are read where they come from.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.hcl import Block, HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, evaluate
from trunkline.core.infra.hcl.functions import MOST
from trunkline.core.infra.hcl.syntax import Literal
from trunkline.core.infra.reading import Files, Reading, from_root
from trunkline.core.infra.terragrunt.config import Config

STACK_FILE = "terragrunt.stack.hcl"
GENERATED = ".terragrunt-stack"
DEEPEST = 8


class StackUnit(Struct, frozen=True):
    """`directory` is where Terragrunt makes it, `source` where its files come from."""

    directory: str
    source: str
    stack: str
    line: int
    values: Mapping[str, Any]


def read_stack(files: Files, file: str, found: Reading, depth: int = 0) -> Iterator[StackUnit]:
    """The units of a stack, those of its inner stacks too. What is wrong goes into `found`."""
    try:
        body = files.body(file)
    except HclError as error:
        found.broken(file, error)
        return
    config = Config(files, file, body, posixpath.dirname(file), found)
    for block in body.of("unit"):
        if one := _made(block, config):
            yield one
    for block in body.of("stack"):
        inner = _made(block, config)
        if inner and depth < DEEPEST:
            files.copied(inner.directory, inner.source)
            yield from read_stack(
                files, posixpath.join(inner.directory, STACK_FILE), found, depth + 1
            )


def _made(block: Block, config: Config) -> StackUnit | None:
    source = _value(block, "source", config)
    path = _value(block, "path", config)
    origin = from_root(source, config.directory)
    if origin is None or not isinstance(source, str) or not source.startswith((".", "/")):
        if source is UNKNOWN:
            config.found.unclear(config.file, block.line, "the source of this unit")
        return None
    plain = block.body.attribute("no_dot_terragrunt_stack")
    above = "" if plain and plain.value == Literal(True) else GENERATED
    directory = from_root(posixpath.join(above, str(path)), config.directory)
    values = _value(block, "values", config)
    if directory is None:
        return None
    known = values if isinstance(values, dict) and _is_bounded(values) else {}
    return StackUnit(directory, origin, config.file, block.line, known)


def _is_bounded(value: Any) -> bool:
    """Whether it is of a size to be written out: lists that hold each other twice double it."""
    waiting, left = [value], MOST
    while waiting and left:
        here, left = waiting.pop(), left - 1
        if isinstance(here, dict | list):
            waiting.extend(here.values() if isinstance(here, dict) else here)
    return left > 0


def _value(block: Block, name: str, config: Config) -> Any:
    one = block.body.attribute(name)
    return evaluate(one.value, config) if one else None
