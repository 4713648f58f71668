"""The expressions of HCL's native syntax, and the templates in its text."""

from __future__ import annotations

import re
from functools import lru_cache

from trunkline.core.infra.hcl.cursor import Cursor
from trunkline.core.infra.hcl.escapes import unescaped
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
    Template,
)

_SAME_LINE = re.compile(r"(?:[ \t]+|/\*[^\n]*?\*/)+")
_NAME = re.compile(r"[^\W\d][\w-]*(?:::[^\W\d][\w-]*)*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_BINARY = re.compile(r"==|!=|<=|>=|&&|\|\||[-+*/%<>]")
_STEPS = re.compile(r"(?:\.(?:\*|[^\W\d][\w-]*|\d+))+")
_PLAIN = re.compile(r'(?:[^"\\$%\n]+|\\[^\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))+')
_HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")
# What is taken off a line before it is compared with the marker of a heredoc (Go's TrimSpace).
_SPACE = r"[ \t\v\f\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_FILLED = re.compile(r"(?P<escaped>\$\$\{|%%\{)|[$%]\{")
_WORDS = {"true": Literal(True), "false": Literal(False), "null": Literal(None)}
# How deep blocks, and names within values, may lie in each other.
DEEPEST = 100


class Expressions(Cursor):
    """Reads from `at` on; newlines between operators are allowed where HCL wants brackets."""

    def template(self) -> Expression:
        """All of the text as a template without quotes, in which nothing but `$${` is escaped."""
        parts: list[Expression] = []
        while self.at < len(self.text):
            found = _FILLED.search(self.text, self.at)
            end = found.start() if found else len(self.text)
            if end > self.at:
                parts.append(Literal(self.text[self.at : end]))
            self.at = end
            if found and found["escaped"]:
                self.at = found.end()
                parts.append(Literal(found["escaped"][1:]))
            elif found:
                parts += self._filled()
        return _template(parts)

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
            return self._quoted()
        if found := _NAME.match(text, at):
            self.at = found.end()
            return self._named(found[0])
        if found := _NUMBER.match(text, at):
            self.at = found.end()
            return Literal(float(found[0]))
        if self.take("("):
            inner = self.expression()
            self.expect(")")
            return inner
        if self.take("["):
            return self._list()
        if self.take("{"):
            return self._object()
        if found := _HEREDOC.match(text, at):
            return self._heredoc(found)
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
        found = _NAME.match(self.text, self.at)
        return bool(
            found and found[0] == "for" and self.text[found.end() : found.end() + 1].isspace()
        )

    def _loop(self, closing: str) -> Expression:
        """`for k, v in all : k => v... if condition`, of which the parts are kept."""
        self.at += len("for")
        while not self._word("in"):
            self.skip()
            found = _NAME.match(self.text, self.at)
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
        if self._word("if"):
            parts.append(self.expression())
        self.expect(closing)
        return Joined(tuple(parts))

    def _word(self, word: str) -> bool:
        self.skip()
        found = _NAME.match(self.text, self.at)
        if found is None or found[0] != word:
            return False
        self.at = found.end()
        return True

    def _quoted(self) -> Expression:
        parts: list[Expression] = []
        while not self.take('"'):
            if found := _PLAIN.match(self.text, self.at):
                self.at = found.end()
                parts.append(Literal(unescaped(found[0])))
            elif self.peek("${") or self.peek("%{"):
                parts += self._filled()
            else:
                raise self.wrong('a closing " is missing')
        return _template(parts)

    def _filled(self) -> list[Expression]:
        """What stands in `${…}` or `%{…}`; of a directive the expressions in it."""
        directive = self.peek("%{")
        self.at += 2
        self.take("~")
        parts: list[Expression] = []
        if directive:
            parts += self._directive()
        else:
            parts.append(self.expression())
        self.skip()
        self.take("~")
        self.expect("}")
        return parts

    def _directive(self) -> list[Expression]:
        if self._word("if"):
            return [Joined((self.expression(),))]
        if self._word("for"):
            while not self._word("in"):
                self.skip()
                found = _NAME.match(self.text, self.at)
                self.at = found.end() if found else self.at
                self.skip()
                if not self.take(",") and not found:
                    raise self.wrong("for … in is expected here")
            return [Joined((self.expression(),))]
        for word in ("else", "endif", "endfor"):
            if self._word(word):
                return [Joined(())]
        raise self.wrong("if, for, else, endif or endfor is expected here")

    def _heredoc(self, opening: re.Match[str]) -> Expression:
        """Text up to a line that holds the marker alone, unless that line is within `${…}`."""
        self.at = opening.end()
        stop = _stop(opening[2])
        parts: list[Expression] = []
        while True:
            found = stop.search(self.text, self.at)
            if found is None:
                raise self.wrong(f"the closing {opening[2]} is missing")
            if found.start() > self.at:
                parts.append(Literal(self.text[self.at : found.start()]))
            self.at = found.end()
            if found["end"] is not None:
                return _template(parts)
            if found["filled"] is not None:
                self.at = found.start()
                parts += self._filled()


@lru_cache(maxsize=100)
def _stop(marker: str) -> re.Pattern[str]:
    """What ends the plain text of a heredoc: its marker, an expression, an escaped one."""
    end = rf"(?<=\n){_SPACE}*{re.escape(marker)}{_SPACE}*(?=\n|\Z)"
    return re.compile(rf"(?P<escaped>\$\$\{{|%%\{{)|(?P<filled>[$%]\{{)|(?P<end>{end})")


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


def _template(parts: list[Expression]) -> Expression:
    if not parts:
        return Literal("")
    return parts[0] if len(parts) == 1 else Template(tuple(parts))
