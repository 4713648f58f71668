"""The bodies of HCL's native syntax: attributes and blocks.

Source of the grammar: the HCL Native Syntax Specification (hashicorp/hcl, hclsyntax/spec.md).
"""

from __future__ import annotations

import re

from trunkline.core.infra.hcl.expressions import Expressions
from trunkline.core.infra.hcl.syntax import Attribute, Block, Body, HclError

BOM = "\ufeff"

_NAME = re.compile(r"[^\W\d][\w-]*")
_LABEL = re.compile(r'"((?:[^"\\\n]|\\.)*)"|([^\W\d][\w-]*)')


def parse(text: str) -> Body:
    """The file's body. Raises HclError."""
    try:
        return _Bodies(text.removeprefix(BOM)).whole()
    except RecursionError:
        raise HclError("expressions are nested too deep", 1) from None


class _Bodies(Expressions):
    """Reads bodies; the expressions in them are the base's."""

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
            labels.append(found[1] if found[1] is not None else found[2])
            self.at = found.end()
            self.skip()
        if not self.take("{"):
            raise self.wrong(f"after {kind}, = or {{ is expected")
        return Block(kind, tuple(labels), self._body("}"), line)
