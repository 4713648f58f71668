"""Code that Terragrunt generates for a unit: whether values in it could be more than values.

    contents = "provider \"aws\" { region = \"${local.region}\" }"

A region that holds a quotation mark would be code. One that is a plain word is none.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from trunkline.core.infra.effects_of_values import stays_where_it_is
from trunkline.core.infra.hcl import Block, HclError
from trunkline.core.infra.hcl.evaluate import evaluate
from trunkline.core.infra.hcl.syntax import Literal, Template
from trunkline.core.infra.reading import Files, Reading
from trunkline.core.infra.terragrunt import UNIT_FILE
from trunkline.core.infra.terragrunt.config import Config
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.infra.vouched import TELLING

_WORD = re.compile(r"[\w.-]*")
# What stands before a value: an attribute of its own line, in quotation marks.
_VALUE_OF = re.compile(r'(?:^|\n)[ \t]*(\w+)[ \t]*=[ \t]*"[\w./-]*$')

Place = tuple[str, int]
"""A file, and a line in it."""


def plain_generates(files: Files, unit: Unit) -> frozenset[Place]:
    """The `generate` blocks of a unit's files in which only plain words are filled in."""
    if unit.kind is not UnitKind.TERRAGRUNT:
        return frozenset()
    file = posixpath.join(unit.path, UNIT_FILE)
    try:
        config = Config(files, file, files.body(file), unit.path, Reading(), vouching=True)
        return frozenset(_plain(config))
    except (HclError, RecursionError):
        return frozenset()


def _plain(config: Config) -> Iterator[Place]:
    for one in (config, *config.included()):
        for block in one.body.of("generate"):
            if _is_plain(block, one):
                yield one.file, block.line


def _is_plain(block: Block, config: Config) -> bool:
    contents = block.body.attribute("contents")
    if contents is None or not isinstance(contents.value, Template):
        return False
    path = block.body.attribute("path")
    if path and not stays_where_it_is(path.value):
        return False
    before = ""
    for part in contents.value.parts:
        if isinstance(part, Literal):
            before += str(part.value)
        elif not (_is_value(before) and _is_word(evaluate(part, config))):
            return False
        else:
            before += "x"
    return True


def _is_value(before: str) -> bool:
    """Whether what comes next is a value of an attribute that chooses no program and no source."""
    found = _VALUE_OF.search(before)
    return found is not None and not any(word in found[1] for word in (*TELLING, "source"))


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None
