"""Consoles: what is painted for people, on stdout or stderr. Data goes through `cli/plain`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape as without_markup
from rich.markup import render

from trunkline.cli.signs import DARK, THEME
from trunkline.core.report.paint import safe

PIPE_WIDTH = 1000


def _theme() -> Any:
    """The colours for a dark terminal, unless COLORFGBG says that the ground is light."""
    ground = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return THEME if ground in ("7", "15") else DARK


def out() -> Console:
    """Stdout. Made anew each time, since tests and pipes exchange the stream."""
    return _console(sys.stdout)


def err() -> Console:
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    """Nothing is wrapped for whoever reads a pipe."""
    width = None if stream.isatty() else PIPE_WIDTH
    return Console(
        file=stream, theme=_theme(), highlight=False, soft_wrap=True, width=width, emoji=False
    )


def in_colour() -> bool:
    """Whether stdout may be painted: a terminal that takes colours, and no NO_COLOR."""
    console = out()
    return console.is_terminal and console.color_system is not None and not console.no_color


def hint_of_page(command: str) -> None:
    """What to do with a page that was written to a terminal."""
    if out().is_terminal:
        err().print(f"[soft]→ put it into a file: {command} … --output html > plan.html[/]")


def escape(text: str) -> str:
    """What a repository or a cluster says, inside of our markup: its own markup and its control
    characters mean nothing."""
    return str(without_markup(safe(text)))


def show_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table without lines on stdout; cells are markup. A pipe gets plain columns: a thousand rows
    should not wait for a layout that fits a screen."""
    console = out()
    if console.color_system is None:
        console.file.writelines(_columns([headings, *rows]))
        return
    # Loaded here: most commands print no table, and most tables go into a pipe.
    from rich.table import Table

    found = Table(box=None, pad_edge=False, header_style="soft", show_edge=False)
    lines = list(rows)
    names = max((cell_len(render(one[0]).plain) for one in lines), default=0)
    for heading in headings:
        # A name is copied from the first column: it stays in one piece where that leaves room.
        whole = heading == headings[0] and names <= console.width // 2
        room = cell_len(heading)
        found.add_column(heading, overflow="fold", no_wrap=whole, min_width=room)
    for row in lines:
        found.add_row(*row)
    console.print(found)


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    plain = [[render(one, emoji=False).plain for one in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*plain, strict=True)]
    for row in plain:
        cells = (
            one + " " * (width - cell_len(one)) for one, width in zip(row, widths, strict=True)
        )
        yield "  ".join(cells).rstrip() + "\n"
