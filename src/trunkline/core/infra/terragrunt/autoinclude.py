"""What a stack adds to the files that it makes: `autoinclude` blocks.

To a unit it adds dependencies and inputs, to an inner stack units and stacks. All of it is worked
out in the stack's own file, where `unit.NAME.path` is the place at which one of its units is made.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from trunkline.core.infra.hcl import Block
from trunkline.core.infra.hcl.evaluate import evaluate
from trunkline.core.infra.hcl.syntax import Literal
from trunkline.core.infra.reading import from_root, rooted
from trunkline.core.infra.terragrunt.config import Config

GENERATED = ".terragrunt-stack"


def places_of(kind: str, config: Config) -> Iterator[tuple[str, Any]]:
    """Where the stack's own units, or stacks, are made: `unit.vpc.path`."""
    for block in config.body.of(kind):
        directory = directory_of(block, config)
        if directory is not None and block.labels:
            yield block.labels[0], {"path": rooted(directory)}


def directory_of(block: Block, config: Config) -> str | None:
    path = value_of(block, "path", config)
    plain = block.body.attribute("no_dot_terragrunt_stack")
    above = "" if plain and plain.value == Literal(True) else GENERATED
    return from_root(posixpath.join(above, str(path)), config.directory)


def added_dependencies(block: Block, directory: str, config: Config) -> Iterator[str]:
    """What a unit depends on by what its stack adds to its file."""
    for body in (one.body for one in block.body.of("autoinclude")):
        said = [
            value_of(one, "config_path", config)
            for one in body.of("dependency")
            if value_of(one, "enabled", config) is not False
        ]
        listed = (value_of(one, "paths", config) for one in body.of("dependencies"))
        for path in (*said, *(one for some in listed if isinstance(some, list) for one in some)):
            place = from_root(path, directory)
            if place is None:
                config.found.unclear(
                    config.file, block.line, "the path of a dependency of this unit"
                )
            else:
                yield place


def added_blocks(block: Block, config: Config, inside: str) -> Iterator[tuple[Block, Config]]:
    """The blocks that a stack adds to an inner one, or puts in the place of its own. What they say
    is worked out in the outer file; they lie in the inner one.
    """
    there = Config(
        config.files,
        inside,
        config.body,
        posixpath.dirname(inside),
        config.found,
        values=config.values,
        components=config.components,
    )
    for one in block.body.of("autoinclude"):
        yield from ((new, there) for new in (*one.body.of("unit"), *one.body.of("stack")))


def value_of(block: Block, name: str, config: Config) -> Any:
    one = block.body.attribute(name)
    return evaluate(one.value, config) if one else None
