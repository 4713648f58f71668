"""HCL written as JSON: `*.tf.json` as generators make it, and `*.hcl.json`.

A property of JSON does not say whether it is a block or an attribute: the kinds of blocks of the
Terraform language and of Terragrunt's say it, wherever they stand. Text is a template. Where each
block stands is looked for in the text; values are read by Python's own decoder.

Source: the HCL JSON syntax specification (hashicorp/hcl, json/spec.md); the JSON configuration
syntax of the Terraform language.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.core.infra.hcl.expressions import Expressions
from trunkline.core.infra.hcl.numbers import number
from trunkline.core.infra.hcl.syntax import (
    Attribute,
    Block,
    Body,
    Expression,
    HclError,
    Items,
    Literal,
    Pairs,
)

# Programs write these files, and longer ones than people do.
LARGEST = 2**23

# How many labels a block has, by the kind of the block that it stands in; the rest are attributes.
Labels = Mapping[str, Mapping[str, int]]
_INSIDE = {"lifecycle": 0, "provisioner": 1, "connection": 0, "dynamic": 1}
TERRAFORM: Labels = {
    "": {
        **dict.fromkeys(("terraform", "locals", "moved", "import", "removed"), 0),
        **dict.fromkeys(("provider", "variable", "output", "module", "check"), 1),
        **dict.fromkeys(("resource", "data", "ephemeral", "action"), 2),
    },
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0, "encryption": 0},
    "provider": {"exec": 0},
    "resource": _INSIDE,
    "data": _INSIDE,
    "ephemeral": _INSIDE,
    "removed": _INSIDE,
    "check": {"data": 2, "assert": 0},
}
TERRAGRUNT: Labels = {
    "": {
        **dict.fromkeys(("terraform", "locals", "remote_state", "dependencies"), 0),
        **dict.fromkeys(("exclude", "errors", "engine", "catalog"), 0),
        **dict.fromkeys(("include", "dependency", "generate", "feature", "unit", "stack"), 1),
    },
    "terraform": dict.fromkeys(
        ("extra_arguments", "before_hook", "after_hook", "error_hook"), 1
    ),
    "errors": {"retry": 1, "ignore": 1},
}  # fmt: skip

_BLANK = re.compile(r"[ \t\r\n]*")
_COMMENT = "//"


class _Members(tuple[tuple[str, Any], ...]):
    """An object's properties in their order: one that is named twice counts twice."""

    __slots__ = ()


_DECODER = json.JSONDecoder(
    object_pairs_hook=_Members, parse_int=number, parse_float=number, strict=False
)


def parse_json(text: str, labels: Labels = TERRAFORM) -> Body:
    """The file's body. Raises HclError."""
    text = text.removeprefix("\ufeff")
    if len(text) > LARGEST:
        raise HclError(f"it is longer than {LARGEST} characters", 1)
    try:
        whole = _DECODER.decode(text)
        if not isinstance(whole, _Members | list):
            raise HclError("an object is expected here", 1)
        return _Reader(text, labels).body(0, "")
    except json.JSONDecodeError as error:
        raise HclError(f"{error.msg[0].lower()}{error.msg[1:]}", error.lineno) from None
    except RecursionError:
        raise HclError("values are nested too deep", 1) from None


class _Reader(Expressions):
    """Reads text that is known to be JSON, by where its values begin."""

    def __init__(self, text: str, labels: Labels) -> None:
        super().__init__(text)
        self._labels = labels

    def body(self, at: int, kind: str) -> Body:
        """The body in an object, or in a list of objects, in a block of this kind."""
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        inner = self._labels.get(kind, {})
        for start in self._objects(at):
            for name, where, value in self._members(start):
                self.at = where
                line = self.line
                if name in inner and isinstance(value, _Members | list):
                    blocks += self._blocks(name, (), inner[name], where)
                elif name != _COMMENT:
                    attributes.append(Attribute(name, _expression(value), line))
        return Body(tuple(attributes), tuple(blocks))

    def _blocks(self, kind: str, labels: tuple[str, ...], more: int, at: int) -> Iterator[Block]:
        """The blocks in a value in which so many labels are still to come."""
        for start in self._objects(at):
            if not more:
                self.at = start
                line = self.line
                yield Block(kind, labels, self.body(start, kind), line)
                continue
            for name, where, value in self._members(start):
                if isinstance(value, _Members | list):
                    yield from self._blocks(kind, (*labels, name), more - 1, where)

    def _objects(self, at: int) -> Iterator[int]:
        """Where the objects begin that stand here: one, or each of a list."""
        at = self._next(at)
        if self.text[at] == "{":
            yield at
        elif self.text[at] == "[":
            at = self._next(at + 1)
            while self.text[at] != "]":
                if self.text[at] == "{":
                    yield at
                at = self._after(_DECODER.raw_decode(self.text, at)[1])

    def _members(self, at: int) -> Iterator[tuple[str, int, Any]]:
        """(name, where its value begins, its value) of the object that begins here."""
        at = self._next(at + 1)
        while self.text[at] != "}":
            name, at = _DECODER.raw_decode(self.text, at)
            where = self._next(self._next(at) + len(":"))
            value, at = _DECODER.raw_decode(self.text, where)
            yield name, where, value
            at = self._after(at)

    def _after(self, at: int) -> int:
        """Where what follows a value begins, or the bracket that ends them."""
        at = self._next(at)
        return self._next(at + 1) if self.text[at] == "," else at

    def _next(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return found.end() if found else at


def _expression(value: Any) -> Expression:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, _Members):
        return Pairs(tuple((_text(name), _expression(one)) for name, one in value))
    if isinstance(value, list):
        return Items(tuple(map(_expression, value)))
    return Literal(value)


def _text(value: str) -> Expression:
    """Text as a template; what cannot be read as one is for the programs to say."""
    if "{" not in value:
        return Literal(value)
    try:
        return Expressions(value).template()
    except HclError:
        return Literal(value)
