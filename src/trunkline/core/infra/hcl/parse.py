"""The bodies of HCL's native syntax: attributes and blocks.

Source of the grammar: the HCL Native Syntax Specification (hashicorp/hcl, hclsyntax/spec.md).
"""

from __future__ import annotations

import re

from trunkline.core.infra.hcl.escapes import unescaped
from trunkline.core.infra.hcl.expressions import DEEPEST, Expressions
from trunkline.core.infra.hcl.syntax import Attribute, Block, Body, HclError

BOM = "\ufeff"

# Nobody writes so much by hand, and whoever sends a pull request decides how long a file is.
LARGEST = 2**20

_NAME = re.compile(r"[^\W\d][\w-]*")
_LABEL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|([^\W\d][\w-]*)')


def parse(text: str) -> Body:
    """The file's body. Raises HclError."""
    if len(text) > LARGEST:
        raise HclError(f"it is longer than {LARGEST} characters", 1)
    try:
        return _Bodies(text.removeprefix(BOM)).whole()
    except RecursionError:
        raise HclError("expressions are nested too deep", 1) from None


class _Bodies(Expressions):
    """Reads bodies; the expressions in them are the base's."""

    _depth = 0

    def whole(self) -> Body:
        found = self._body(closing="")
        if self.at < len(self.text):
            raise self.wrong("a name is expected here")
        return found

    def _body(self, closing: str) -> Body:
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        while True:
            self.skip()
            if closing and self.take(closing):
                break
            found = _NAME.match(self.text, self.at)
            if found is None:
                if closing:
                    raise self.wrong(f"{closing} is missing")
                break
            line = self.line
            self.at = found.end()
            self.skip()
            if self.peek("=") and not self.peek("=="):
                self.at += 1
                attributes.append(self._attribute(found[0], line))
            else:
                blocks.append(self._block(found[0], line))
        return Body(tuple(attributes), tuple(blocks))

    def _attribute(self, name: str, line: int) -> Attribute:
        self.skip()
        start = self.at
        return Attribute(name, self.expression(), line, start, self.at)

    def _block(self, kind: str, line: int) -> Block:
        labels = []
        while found := _LABEL.match(self.text, self.at):
            labels.append(unescaped(found[1]) if found[1] is not None else found[2])
            self.at = found.end()
            self.skip()
        if not self.take("{"):
            raise self.wrong(f"after {kind}, = or {{ is expected")
        self._depth += 1
        if self._depth > DEEPEST:
            raise self.wrong("blocks are nested too deep")
        body = self._body("}")
        self._depth -= 1
        return Block(kind, tuple(labels), body, line)
