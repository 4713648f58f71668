"""Lines on a terminal: what does not fit goes on below where its line began, and no word breaks."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions
from rich.text import Text


class Laid:
    """The lines of a text, each so many columns in."""

    def __init__(self, text: Text, indent: int = 0) -> None:
        self._text = text
        self._indent = indent

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        for line in self._text.split("\n", allow_blank=True):
            begins = len(line) - len(line.plain.lstrip(" "))
            margin = " " * (begins + self._indent)
            rest = line[begins:]
            room = max(options.max_width - len(margin), 1)
            parts = [rest] if options.no_wrap else rest.wrap(console, room)
            for part in parts:
                part.rstrip()
                yield Text(margin if part else "").append_text(part)
