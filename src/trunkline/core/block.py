"""YAML as charts print it, read line by line.

Nearly all of it is block style of the plainest kind: one key or item a line, its value beside it or
below, texts behind `|`. That needs no parser, and most lines come again and again. Whatever else a
text holds (anchors, tags, tabs, a step to where no block is open) is left to `core/yaml`, and so is
all that is wrong: words for a fault are found there. So nothing is read here that it refuses, or
that it reads otherwise.
"""

from __future__ import annotations

from typing import Any

import orjson

from trunkline.core.blockline import (
    BARE,
    BELOW,
    FLOW,
    KEPT,
    NOTHING,
    QUOTE,
    TEXT,
    Unsure,
    behind,
    closed,
    is_plain,
    known,
    learned,
    parts,
    plain,
    unquoted,
)


def read(text: str) -> Any:
    """The map or list that is the text's one document; None: `core/yaml` has to read it."""
    if text[-1:] != "\n" or not text.replace("\n", "").isprintable():
        return None
    try:
        return _read(text.removeprefix("---\n").split("\n")[:-1])
    except Unsure:
        return None


def _read(lines: list[str]) -> Any:
    # One loop, with no call for a line that is known and goes on in its block: a render of a chart
    # is thousands of lines.
    whole: dict[str, Any] = {}
    above: list[tuple[Any, int]] = []
    # The innermost open block and its column; its last key, and whether that waits for a value.
    here: Any = whole
    column, last, below = -1, "", True
    following = 0
    for number, line in enumerate(lines):
        if number < following:
            continue
        dash, at, key, kind, value = known.get(line) or learned(line)
        if kind == NOTHING:
            continue
        if dash >= 0:
            if below and dash >= column:
                above.append((here, column))
                here[last] = here = []
                column = dash
            elif column != dash or type(here) is not list:
                here, column = _back(above, here, column, dash, list)
            if key is not None:
                above.append((here, column))
                inner: dict[str, Any] = {}
                here.append(inner)
                here, column = inner, at
        elif kind == BARE:
            if at <= column or column < 0:
                raise Unsure
            if not below:
                value, following = _continued(lines, number, following, column)
                here[-1 if type(here) is list else last] = value
                continue
            key, (kind, value) = last, behind(value)
        elif below and at > column:
            above.append((here, column))
            here[last] = here = {}
            column = at
        elif column != at or type(here) is list:
            here, column = _back(above, here, column, at, dict)
        if kind == TEXT:
            value, following = _text(lines, number + 1, column, value)
        elif kind == QUOTE:
            value, following = _quoted(lines, number + 1, column, value)
        elif kind == FLOW:
            value = orjson.loads(value)
        below = kind == BELOW
        if key is None:
            here.append(value)
        else:
            here[key] = value
            last = key
    return whole.get("")


def _back(
    above: list[tuple[Any, int]], here: Any, column: int, to: int, kind: type
) -> tuple[Any, int]:
    """The block of this kind that is open at the column `to`, and this; those within it end."""
    while column > to or (column == to and type(here) is not kind):
        here, column = above.pop()
    if column != to:
        raise Unsure
    return here, column


def _text(lines: list[str], first: int, column: int, end: str) -> tuple[str, int]:
    """The text behind a `|`, and the number of the line that follows it."""
    start = lines[first] if first < len(lines) else ""
    steps = _steps(start)
    if steps == len(start) or steps <= column:
        raise Unsure
    margin, following = start[:steps], first + 1
    while following < len(lines):
        line = lines[following]
        if not line.startswith(margin) and line.strip(" "):
            break
        following += 1
    text = "\n".join([line[steps:] for line in lines[first:following]])
    return (text if end == KEPT else text.rstrip("\n")) + end[:1], following


def _continued(lines: list[str], number: int, following: int, column: int) -> tuple[Any, int]:
    """The value of the scalar without quotes that the line before begins, and what follows it."""
    start = parts(lines[number - 1])[3]
    if number <= following or not start or not is_plain(start):
        raise Unsure
    found = [start.rstrip(" ")]
    while number < len(lines) and _steps(lines[number]) > column:
        bare = lines[number].strip(" ")
        if not bare:
            break
        found.append(bare)
        number += 1
    return plain(" ".join(found)), number


def _quoted(lines: list[str], first: int, column: int, start: str) -> tuple[str, int]:
    """The text of which `start` and its quotes are the beginning, and what follows it."""
    text, breaks = start.rstrip(" "), 0
    for number in range(first, len(lines)):
        bare = lines[number].strip(" ")
        if not bare:
            breaks += 1
            continue
        if _steps(lines[number]) <= column:
            break
        ends = closed(bare, 0, start[0])
        text += ("\n" * breaks or " ") + (bare if ends < 0 else bare[: ends + 1])
        breaks = 0
        if ends >= 0:
            return unquoted(text), number + 1
    raise Unsure


def _steps(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
