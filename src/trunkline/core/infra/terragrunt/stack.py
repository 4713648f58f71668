"""Stacks: the units that a `terragrunt.stack.hcl` makes.

Terragrunt copies each unit's source into `.terragrunt-stack/<path>` beside the file. These copies
are in no commit, so their files are read where they come from.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from msgspec import Struct

from trunkline.core.infra.beyond import elsewhere_of
from trunkline.core.infra.hcl import Block, HclError
from trunkline.core.infra.hcl.evaluate import UNKNOWN, evaluate, known_start
from trunkline.core.infra.hcl.lists import MOST
from trunkline.core.infra.reading import ROOT, Files, Reading, from_root, is_elsewhere
from trunkline.core.infra.terragrunt.autoinclude import (
    added_blocks,
    added_dependencies,
    directory_of,
    places_of,
    value_of,
)
from trunkline.core.infra.terragrunt.config import Config
from trunkline.core.infra.terragrunt.gather import gather_reads
from trunkline.core.infra.terragrunt.template import needs_values

STACK_FILE = "terragrunt.stack.hcl"
DEEPEST = 8


class StackUnit(Struct, frozen=True):
    """`directory` is where Terragrunt makes it, `source` where its files come from, "" for a place
    outside of the repository. `stacks` are the files that make it: the one that Terragrunt is
    called with, its inner ones to any depth, the last with the unit's block at `line`. `labels` are
    those of the blocks in them. `recipe` is the same for blocks of one source and the same values,
    "" where that is not known. `dependencies` are those of its `autoinclude` block.
    """

    directory: str
    source: str
    stacks: tuple[str, ...]
    line: int
    values: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    recipe: str = ""
    dependencies: frozenset[str] = frozenset()

    @property
    def stack(self) -> str:
        return self.stacks[0]

    def places(self) -> Iterator[str]:
        """Where values lead to that are paths: of a unit that nothing else is known of, these tell
        whom it waits for.
        """
        for text in _texts(self.values):
            is_path = text.startswith((".", ROOT))
            place = from_root(text, self.directory) if is_path else None
            if place:
                yield place


def read_stack(
    files: Files,
    file: str,
    found: Reading,
    values: Mapping[str, Any] | None = None,
    outer: StackUnit | None = None,
    added: tuple[tuple[Block, Config], ...] = (),
) -> Iterator[StackUnit]:
    """The units of a stack, those of its inner stacks too. What is wrong goes into `found`.

    `values` are those that the `outer` stack gives it, `added` the blocks that it adds.
    """
    stacks = (*(outer.stacks if outer else ()), files.real(file))
    labels = outer.labels if outer else ()
    try:
        body = files.body(file)
    except HclError as error:
        found.broken(stacks[-1], error)
        return
    config = Config(files, file, body, posixpath.dirname(file), found, values=values or {})
    included = (one.body for one in config.includes().values())
    if values is None and needs_values(files, file, *included):
        return
    config.components = {kind: dict(places_of(kind, config)) for kind in ("unit", "stack")}
    gather_reads(config)
    blocks = (*body.of("unit"), *body.of("stack"), *_included(config, stacks[-1]))
    own = [(one, config) for one in blocks]
    instead = {_named(block) for block, _ in added}
    for block, scope in (*(one for one in own if _named(one[0]) not in instead), *added):
        one = _made(block, scope, stacks, labels)
        if one and block.kind == "unit":
            yield one
        elif one and not one.source:
            found.unseen(stacks[-1], block.line, f"stack {one.directory}")
        elif one and len(stacks) <= DEEPEST:
            files.copied(one.directory, one.source)
            inside = posixpath.join(one.directory, STACK_FILE)
            more = tuple(added_blocks(block, scope, inside))
            yield from read_stack(files, inside, found, one.values, one, more)


def _included(config: Config, file: str) -> Iterator[Block]:
    """The blocks of the files that a stack includes. They mean what they would mean in its own
    file, of which they are told by the line that includes them.
    """
    known = config.includes()
    for block in config.body.of("include"):
        one = known.get(block.labels[0] if block.labels else "")
        if one is None:
            config.found.unlisted(file, block.line)
        else:
            blocks = (*one.body.of("unit"), *one.body.of("stack"))
            yield from (replace(each, line=block.line) for each in blocks)


def _named(block: Block) -> tuple[str, tuple[str, ...]]:
    return block.kind, block.labels


def _made(
    block: Block, config: Config, stacks: tuple[str, ...], labels: tuple[str, ...]
) -> StackUnit | None:
    origin = _origin(block, config, stacks[-1])
    directory = directory_of(block, config)
    if origin is None or directory is None:
        return None
    values = value_of(block, "values", config)
    known = values if isinstance(values, dict) and _is_bounded(values) else {}
    recipe = _recipe(value_of(block, "source", config), values)
    labels = (*labels, *block.labels[:1])
    waits_for = frozenset(added_dependencies(block, directory, config))
    return StackUnit(directory, origin, stacks, block.line, known, labels, recipe, waits_for)


def _recipe(source: Any, values: Any) -> str:
    if not _is_bounded([source, values]):
        return ""
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
