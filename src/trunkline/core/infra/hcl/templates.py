"""Text with expressions in it: in quotes, in a heredoc, or a file that is a template."""

from __future__ import annotations

import re
from abc import abstractmethod
from functools import lru_cache

from trunkline.core.infra.hcl.cursor import NAME, Cursor
from trunkline.core.infra.hcl.escapes import unescaped
from trunkline.core.infra.hcl.syntax import Expression, Joined, Literal, Template

_PLAIN = re.compile(r'(?:[^"\\$%\n]+|\\[^\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{))+')
HEREDOC = re.compile(r"<<(-?)([^\W\d][\w-]*)[ \t]*\r?\n")
# What is taken off a line before it is compared with the marker of a heredoc (Go's TrimSpace).
_SPACE = r"[ \t\v\f\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
_FILLED = re.compile(r"(?P<escaped>\$\$\{|%%\{)|[$%]\{")


class Templates(Cursor):
    """What reads an expression within the text is its heir's."""

    @abstractmethod
    def expression(self) -> Expression: ...

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

    def quoted(self) -> Expression:
        """Text up to its closing quote; the opening one is taken already."""
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
            if found["escaped"] is not None:
                parts.append(Literal(found["escaped"][1:]))
            else:
                self.at = found.start()
                parts += self._filled()


@lru_cache(maxsize=100)
def _stop(marker: str) -> re.Pattern[str]:
    """What ends the plain text of a heredoc: its marker, an expression, an escaped one."""
    end = rf"(?<=\n){_SPACE}*{re.escape(marker)}{_SPACE}*(?=\n|\Z)"
    return re.compile(rf"(?P<escaped>\$\$\{{|%%\{{)|(?P<filled>[$%]\{{)|(?P<end>{end})")


def _template(parts: list[Expression]) -> Expression:
    if not parts:
        return Literal("")
    return parts[0] if len(parts) == 1 else Template(tuple(parts))
