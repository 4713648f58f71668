"""Text with expressions in it: in quotes, in a heredoc, or a file that is a template."""

from __future__ import annotations

import re
from abc import abstractmethod
from functools import lru_cache
from itertools import groupby
from typing import cast

from trunkline.core.infra.hcl.cursor import NAME, Cursor
from trunkline.core.infra.hcl.escapes import unescaped
from trunkline.core.infra.hcl.functions import SPACE
from trunkline.core.infra.hcl.syntax import Expression, Joined, Literal, Template

_PLAIN = re.compile(r'(?:[^"\\$%\n]+|\\[^\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))+')
HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")
# What is taken off a line before it is compared with the marker of a heredoc.
_SPACE = f"[{SPACE.replace(chr(10), '')}]"
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_FILLED = re.compile(r"(?P<escaped>\$\$\{|%%\{)|[$%]\{")


class _Parts:
    """The parts of a text as they are read, its text line by line. A `~` takes the space off the
    line on its side.

    Source: the HCL Native Syntax Specification, "Template Literals"; by lines as the programs do.
    """

    def __init__(self) -> None:
        self._found: list[str | Expression] = []
        self._trims = False

    def text(self, *lines: str) -> None:
        first, *rest = lines
        self._found += [first.lstrip(SPACE) if self._trims else first, *rest]
        self._trims = False

    def filled(self, found: list[Expression], *, before: bool, after: bool) -> None:
        if before and self._found and isinstance(last := self._found[-1], str):
            self._found[-1] = last.rstrip(SPACE)
        self._found += found
        self._trims = after

    def flush(self) -> None:
        """Take off what all lines are indented by, but for blank ones."""
        begins, lines = True, list[int]()
        for at, one in enumerate(self._found):
            if begins and not (isinstance(one, str) and one.endswith("\n") and one.isspace()):
                lines.append(at)
            begins = isinstance(one, str) and one.endswith("\n")
        found = [(at, one) for at in lines if isinstance(one := self._found[at], str)]
        if len(found) == len(lines):
            least = min((_indent(one) for _, one in found), default=0)
            for at, one in found:
                self._found[at] = one[least:]

    def whole(self) -> Expression:
        parts: list[Expression] = []
        for _, some in groupby(self._found, lambda one: isinstance(one, str)):
            found = list(some)
            texts = [one for one in found if isinstance(one, str)]
            parts += [Literal("".join(texts))] if texts else cast(list[Expression], found)
        if not parts:
            return Literal("")
        return parts[0] if len(parts) == 1 else Template(tuple(parts))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(SPACE))


class Templates(Cursor):
    """What reads an expression within the text is its heir's."""

    @abstractmethod
    def expression(self) -> Expression: ...

    def template(self) -> Expression:
        """All of the text as a template without quotes, in which nothing but `$${` is escaped."""
        parts = _Parts()
        while self.at < len(self.text):
            found = _FILLED.search(self.text, self.at)
            end = found.start() if found else len(self.text)
            if end > self.at:
                parts.text(*_LINES.findall(self.text[self.at : end]))
            self.at = end
            if found and found["escaped"]:
                self.at = found.end()
                parts.text(found["escaped"][1:])
            elif found:
                self._fill(parts)
        return parts.whole()

    def quoted(self) -> Expression:
        """Text up to its closing quote; the opening one is taken already."""
        parts = _Parts()
        while not self.take('"'):
            if found := _PLAIN.match(self.text, self.at):
                self.at = found.end()
                parts.text(unescaped(found[0]))
            elif self.peek("${") or self.peek("%{"):
                self._fill(parts)
            else:
                raise self.wrong('a closing " is missing')
        return parts.whole()

    def _fill(self, parts: _Parts) -> None:
        """What stands in `${…}` or `%{…}`; of a directive the expressions in it."""
        directive = self.peek("%{")
        self.at += 2
        before = self.take("~")
        found = self._directive() if directive else [self.expression()]
        self.skip()
        after = self.take("~")
        self.expect("}")
        parts.filled(found, before=before, after=after)

    def _directive(self) -> list[Expression]:
        if self.word("if"):
            return [Joined((self.expression(),))]
        if self.word("for"):
            while not self.word("in"):
                self.skip()
                found = NAME.match(self.text, self.at)
                self.at = found.end() if found else self.at
                self.skip()
                if not self.take(",") and not found:
                    raise self.wrong("for … in is expected here")
            return [Joined((self.expression(),))]
        for word in ("else", "endif", "endfor"):
            if self.word(word):
                return [Joined(())]
        raise self.wrong("if, for, else, endif or endfor is expected here")

    def heredoc(self, opening: re.Match[str]) -> Expression:
        """Text up to a line that holds the marker alone, unless that line is within `${…}`."""
        self.at = opening.end()
        stop = _stop(opening[2])
        parts = _Parts()
        while True:
            found = stop.search(self.text, self.at)
            if found is None:
                raise self.wrong(f"the closing {opening[2]} is missing")
            if found.start() > self.at:
                parts.text(*_LINES.findall(self.text[self.at : found.start()]))
            self.at = found.end()
            if found["end"] is not None:
                if opening[1]:
                    parts.flush()
                return parts.whole()
            if found["escaped"] is not None:
                parts.text(found["escaped"][1:])
            else:
                self.at = found.start()
                self._fill(parts)


@lru_cache(maxsize=100)
def _stop(marker: str) -> re.Pattern[str]:
    """What ends the plain text of a heredoc: its marker, an expression, an escaped one."""
    end = rf"(?<=\n){_SPACE}*{re.escape(marker)}{_SPACE}*(?=\n|\Z)"
    return re.compile(rf"(?P<escaped>\$\$\{{|%%\{{)|(?P<filled>[$%]\{{)|(?P<end>{end})")
