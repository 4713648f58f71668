"""Stacks: the units that a `terragrunt.stack.hcl` makes.

Terragrunt copies each unit's source into `.terragrunt-stack/<path>` beside the file. These copies
are in no commit, so their files are read where they come from.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from trunkline.core.infra.beyond import elsewhere_of
from trunkline.core.infra.hcl import Block, HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, evaluate, known_start
from trunkline.core.infra.hcl.functions import MOST
from trunkline.core.infra.hcl.syntax import Literal
from trunkline.core.infra.reading import Files, Reading, from_root, is_elsewhere
from trunkline.core.infra.terragrunt.config import Config
from trunkline.core.infra.terragrunt.template import needs_values

STACK_FILE = "terragrunt.stack.hcl"
GENERATED = ".terragrunt-stack"
DEEPEST = 8


class StackUnit(Struct, frozen=True):
    """`directory` is where Terragrunt makes it, `source` where its files come from, "" for a place
    outside of the repository. `stacks` are the files that make it: the one that Terragrunt is
    called with, its inner ones to any depth, the last with the unit's block at `line`. `labels` are
    those of the blocks in them. `recipe` is the same for blocks of one source and the same values,
    "" where that is not known.
    """

    directory: str
    source: str
    stacks: tuple[str, ...]
    line: int
    values: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    recipe: str = ""

    @property
    def stack(self) -> str:
        return self.stacks[0]

    def places(self) -> Iterator[str]:
        """Where values lead to that are paths: of a unit that nothing else is known of, these tell
        whom it waits for.
        """
        for text in _texts(self.values):
            place = from_root(text, self.directory) if text.startswith(".") else None
            if place:
                yield place


def read_stack(
    files: Files,
    file: str,
    found: Reading,
    values: Mapping[str, Any] | None = None,
    outer: StackUnit | None = None,
) -> Iterator[StackUnit]:
    """The units of a stack, those of its inner stacks too. What is wrong goes into `found`.

    `values` are those that the `outer` stack gives it.
    """
    stacks = (*(outer.stacks if outer else ()), files.real(file))
    labels = outer.labels if outer else ()
    try:
        body = files.body(file)
    except HclError as error:
        found.broken(stacks[-1], error)
        return
    if values is None and needs_values(files, file):
        return
    config = Config(files, file, body, posixpath.dirname(file), found, values=values or {})
    for block in body.of("unit"):
        if one := _made(block, config, stacks, labels):
            yield one
    for block in body.of("stack"):
        inner = _made(block, config, stacks, labels)
        if inner and not inner.source:
            found.unseen(stacks[-1], block.line, f"stack {inner.directory}")
        elif inner and len(stacks) <= DEEPEST:
            files.copied(inner.directory, inner.source)
            inside = posixpath.join(inner.directory, STACK_FILE)
            yield from read_stack(files, inside, found, inner.values, inner)


def _made(
    block: Block, config: Config, stacks: tuple[str, ...], labels: tuple[str, ...]
) -> StackUnit | None:
    origin = _origin(block, config, stacks[-1])
    path = _value(block, "path", config)
    plain = block.body.attribute("no_dot_terragrunt_stack")
    above = "" if plain and plain.value == Literal(True) else GENERATED
    directory = from_root(posixpath.join(above, str(path)), config.directory)
    if origin is None or directory is None:
        return None
    values = _value(block, "values", config)
    known = values if isinstance(values, dict) and _is_bounded(values) else {}
    recipe = _recipe(_value(block, "source", config), values)
    labels = (*labels, *block.labels[:1])
    return StackUnit(directory, origin, stacks, block.line, known, labels, recipe)


def _recipe(source: Any, values: Any) -> str:
    try:
        # What is not known is no JSON.
        said = json.dumps([source, values], sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return ""
    return hashlib.sha256(said.encode(errors="surrogateescape")).hexdigest()[:16]


def _origin(block: Block, config: Config, file: str) -> str | None:
    """The directory that is copied, "" for one elsewhere; None for what cannot be said."""
    written = block.body.attribute("source")
    source = evaluate(written.value, config) if written else None
    if written and is_elsewhere(known_start(written.value, config)):
        return _beyond(source, config) if block.kind == "stack" else ""
    if source is UNKNOWN:
        config.found.unclear(file, block.line, f"the source of this {block.kind}")
    if isinstance(source, str) and source.startswith((".", "/")):
        return from_root(source.replace("//", "/"), config.directory)
    return None


def _beyond(source: Any, config: Config) -> str:
    """Where the files of a stack from elsewhere are, "" where they are not here."""
    found = elsewhere_of(source) if isinstance(source, str) else None
    if found is None:
        return ""
    config.found.elsewhere.add(source)
    return found.directory if config.files.is_directory(found.directory) else ""


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, str):
            yield here
        elif isinstance(here, dict | list):
            waiting.extend(here.values() if isinstance(here, dict) else here)


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
