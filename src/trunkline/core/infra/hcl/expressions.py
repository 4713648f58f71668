"""The expressions of HCL's native syntax."""

from __future__ import annotations

import re

from trunkline.core.infra.hcl.cursor import NAME
from trunkline.core.infra.hcl.numbers import number
from trunkline.core.infra.hcl.operators import chained
from trunkline.core.infra.hcl.syntax import (
    Call,
    Expression,
    Items,
    Joined,
    Literal,
    Name,
    Pairs,
    Taken,
)
from trunkline.core.infra.hcl.templates import HEREDOC, Templates

_SAME_LINE = re.compile(r"(?:[ \t]+|/\*[^\n]*?\*/)+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BINARY = re.compile(r"==|!=|<=|>=|&&|\|\||[-+*/%<>]")
_STEPS = re.compile(r"(?:\.(?:\*|[^\W\d][\w-]*|\d+))+")
_WORDS = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}
# How deep blocks, and names within values, may lie in each other.
DEEPEST = 100


class Expressions(Templates):
    """Reads from `at` on; newlines between operators are allowed where HCL wants brackets."""

    def expression(self) -> Expression:
        parts, signs = [self._operand()], list[str]()
        while True:
            before = self.at
            self.skip()
            if found := _BINARY.match(self.text, self.at):
                self.at = found.end()
                signs.append(found[0])
                parts.append(self._operand())
            elif self.take("?"):
                then = self.expression()
                self.expect(":")
                return Joined((chained(parts, signs), then, self.expression()), ("?", ":"))
            else:
                self.at = before
                return chained(parts, signs)

    def _operand(self) -> Expression:
        self.skip()
        for sign in ("-", "!"):
            if self.take(sign):
                return Joined((self._operand(),), (sign,))
        return self._followed(self._term())

    def _term(self) -> Expression:
        text, at = self.text, self.at
        if self.take('"'):
            return self.quoted()
        if found := NAME.match(text, at):
            self.at = found.end()
            return self._named(found[0])
        if found := _NUMBER.match(text, at):
            self.at = found.end()
            return Literal(number(found[0]))
        if self.take("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.take("["):
            return self._list()
        if self.take("{"):
            return self._object()
        if found := HEREDOC.match(text, at):
            return self.heredoc(found)
        raise self.wrong("an expression is expected here")

    def _named(self, name: str) -> Expression:
        before = self.at
        if found := _SAME_LINE.match(self.text, self.at):
            self.at = found.end()
        if self.take("("):
            return Call(name, self._arguments())
        self.at = before
        return _WORDS.get(name) or Name((name,))

    def _arguments(self) -> tuple[Expression, ...]:
        found: list[Expression] = []
        while True:
            self.skip()
            if self.take(")"):
                return tuple(found)
            found.append(self.expression())
            self.skip()
            self.take("...")
            self.skip()
            if not self.take(","):
                self.expect(")")
                return tuple(found)

    def _followed(self, one: Expression) -> Expression:
        """The term with what is taken from it: `.name`, `[index]`, `.*`, `[*]`."""
        while True:
            if found := _STEPS.match(self.text, self.at):
                self.at = found.end()
                names = found[0][1:].split(".")
                if len(names) > DEEPEST:
                    raise self.wrong("expressions are nested too deep")
                one = _stepped(one, names)
            elif self.take("["):
                self.skip()
                one = Joined((one,)) if self.take("*") else _taken(one, self.expression())
                self.expect("]")
            else:
                return one

    def _list(self) -> Expression:
        self.skip()
        if self._is_loop():
            return self._loop("]")
        found: list[Expression] = []
        while True:
            self.skip()
            if self.take("]"):
                return Items(tuple(found))
            found.append(self.expression())
            self.skip()
            if not self.take(","):
                self.expect("]")
                return Items(tuple(found))

    def _object(self) -> Expression:
        self.skip()
        if self._is_loop():
            return self._loop("}")
        found: list[tuple[Expression, Expression]] = []
        while True:
            self.skip()
            if self.take("}"):
                return Pairs(tuple(found))
            key = self.expression()
            self.skip()
            if not (self.take("=") or self.take(":")):
                raise self.wrong("= is expected here")
            found.append((_key(key), self.expression()))
            self.skip()
            self.take(",")

    def _is_loop(self) -> bool:
        found = NAME.match(self.text, self.at)
        return bool(
            found and found[0] == "for" and self.text[found.end() : found.end() + 1].isspace()
        )

    def _loop(self, closing: str) -> Expression:
        """`for k, v in all : k => v... if condition`, of which the parts are kept."""
        self.at += len("for")
        while not self.word("in"):
            self.skip()
            found = NAME.match(self.text, self.at)
            if found is None:
                raise self.wrong("for … in is expected here")
            self.at = found.end()
            self.skip()
            self.take(",")
        parts = [self.expression()]
        self.expect(":")
        parts.append(self.expression())
        self.skip()
        if self.take("=>"):
            parts.append(self.expression())
            self.skip()
            self.take("...")
        if self.word("if"):
            parts.append(self.expression())
        self.expect(closing)
        return Joined(tuple(parts))


def _stepped(one: Expression, names: list[str]) -> Expression:
    if isinstance(one, Name):
        return Name((*one.steps, *names))
    for name in names:
        one = Taken(one, Literal(name))
    return one


def _taken(one: Expression, key: Expression) -> Expression:
    if isinstance(one, Name) and isinstance(key, Literal) and isinstance(key.value, str):
        return Name((*one.steps, key.value))
    return Taken(one, key)


def _key(one: Expression) -> Expression:
    """A bare name as the key of an object is text."""
    return Literal(one.steps[0]) if isinstance(one, Name) and len(one.steps) == 1 else one
