"""Lines that are longer than the terminal is wide, cut where nothing differs.

A certificate or a line of JSON that wraps over half a screen hides the three characters that
changed. A removed and an added line that belong together keep what differs in sight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

CUT = "…"

# So many characters before the first difference stay in sight.
BEFORE = 24


def fitted(lines: Sequence[str], width: int) -> Iterator[str]:
    """The lines, none longer than `width` (0: any length)."""
    if width <= 0 or all(len(line) <= width for line in lines):
        yield from lines
        return
    runs = [(sign, list(run)) for sign, run in groupby(lines, key=lambda line: line[:1])]
    at = 0
    while at < len(runs):
        sign, run = runs[at]
        other = runs[at + 1][1] if at + 1 < len(runs) and runs[at + 1][0] == "+" else []
        if sign == "-" and len(run) == len(other):
            yield from _pairs(run, other, width)
            at += 2
        else:
            yield from (_cut(line, 0, width) for line in run)
            at += 1


def _pairs(removed: Sequence[str], added: Sequence[str], width: int) -> Iterator[str]:
    starts = [
        _first_difference(one[1:], other[1:]) for one, other in zip(removed, added, strict=True)
    ]
    for lines in (removed, added):
        for line, start in zip(lines, starts, strict=True):
            yield _cut(line, start, width)


def _first_difference(one: str, other: str) -> int:
    for at, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return at
    return min(len(one), len(other))


def _cut(line: str, start: int, width: int) -> str:
    """The line within the width, with `start` (counted after the sign) in sight."""
    if len(line) <= width:
        return line
    indent = len(line) - len(line[1:].lstrip()) if line else 0
    begin = max(start - BEFORE, indent)
    if start + 1 <= width // 2 or begin <= indent + 1:
        return line[: width - 1] + CUT
    rest = line[1 + begin :]
    room = width - indent - 1
    return line[:indent] + CUT + (rest if len(rest) <= room else rest[: room - 1] + CUT)
