"""A place in a text of HCL, and the plainest ways to go on from there."""

from __future__ import annotations

import re

from trunkline.core.infra.hcl.syntax import HclError

NAME = re.compile(r"[^\W\d][\w-]*(?:::[^\W\d][\w-]*)*")
_BLANK = re.compile(r"(?:\s+|#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.S)


class Cursor:
    """At `at` in the text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._counted = (0, 1)

    @property
    def line(self) -> int:
        """Counted on from where it was asked for last: a file may have a million lines."""
        before, line = self._counted
        if self.at < before:
            before, line = 0, 1
        line += self.text.count("\n", before, self.at)
        self._counted = (self.at, line)
        return line

    def wrong(self, message: str) -> HclError:
        return HclError(message, self.line)

    def skip(self) -> None:
        if found := _BLANK.match(self.text, self.at):
            self.at = found.end()

    def peek(self, what: str) -> bool:
        return self.text.startswith(what, self.at)

    def take(self, what: str) -> bool:
        if not self.peek(what):
            return False
        self.at += len(what)
        return True

    def expect(self, what: str) -> None:
        self.skip()
        if not self.take(what):
            raise self.wrong(f"{what} is expected here")

    def word(self, word: str) -> bool:
        """Take this name, and none that only begins so."""
        self.skip()
        found = NAME.match(self.text, self.at)
        if found is None or found[0] != word:
            return False
        self.at = found.end()
        return True
