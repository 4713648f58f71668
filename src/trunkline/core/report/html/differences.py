"""A unified difference as rows that a style can lay out one below the other or side by side.

What was and what is stand in one row, `was` and `now`; a line that both share stands in the row
twice, and the page shows its second copy only side by side. What differs inside of two lines that
belong together is marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from trunkline.core.report.html.markup import Markup, join, tag, text

LONGEST = 2_000

# Longer lines are not compared letter by letter.
_LONG = 2_000


def difference(diff: str) -> Markup:
    """The difference, hunk by hunk; of one that nobody would read to its end, the beginning."""
    lines = diff.splitlines()
    more = len(lines) - LONGEST
    rest = tag("div", f"… {more} more lines: --output json has them", class_="at")
    return tag("div", *_rows(lines[:LONGEST]), rest if more > 0 else None, class_="diff")


Side = str | None
"""A line as it was or is; None where there is none."""


def sides(rows: Sequence[tuple[Side, Side, str]], rest: str = "") -> Markup:
    """What was beside what is, line by line, each with a note; `rest` is said below them."""
    lines = [_pair(*row) for row in rows[:LONGEST]]
    more = len(rows) - LONGEST
    cut = f"… {more} more: --output json has them" if more > 0 else ""
    told = [tag("div", said, class_="at") for said in (cut, rest) if said]
    return tag("div", *lines, *told, class_="diff")


def _pair(old: Side, new: Side, note: str) -> Markup:
    chip = tag("em", note) if note else None
    was, now = text(old or ""), text(new or "")
    if old is not None and new is not None:
        was, now = _marked(old, new), _marked(new, old)
    return tag(
        "div",
        tag(
            "div",
            _line("-", was, chip if new is None else None) if old is not None else None,
            class_="was",
        ),
        tag("div", _line("+", now, chip) if new is not None else None, class_="now"),
        class_="row",
    )


def _rows(lines: Sequence[str]) -> Iterator[Markup]:
    runs = [(sign, list(run)) for sign, run in groupby(lines, key=lambda line: line[:1])]
    at = 0
    while at < len(runs):
        sign, run = runs[at]
        follows = runs[at + 1][1] if at + 1 < len(runs) and runs[at + 1][0] == "+" else []
        if sign == "@":
            yield from (tag("div", line.strip("@ "), class_="at") for line in run)
        elif sign == "-":
            yield _row(_bare(run), _bare(follows))
            at += bool(follows)
        elif sign == "+":
            yield _row([], _bare(run))
        else:
            yield _shared(run)
        at += 1


def _shared(run: Sequence[str]) -> Markup:
    lines = join(_line(" ", text(line[1:])) for line in run)
    return tag(
        "div",
        tag("div", lines, class_="was"),
        tag("div", lines, class_="now", aria_hidden="true"),
        class_="row same",
    )


def _bare(lines: Sequence[str]) -> list[str]:
    return [line[1:] for line in lines]


def _row(removed: Sequence[str], added: Sequence[str]) -> Markup:
    return tag(
        "div",
        tag("div", *_beside("-", removed, added), class_="was"),
        tag("div", *_beside("+", added, removed), class_="now"),
        class_="row",
    )


def _beside(sign: str, lines: Sequence[str], others: Sequence[str]) -> Iterator[Markup]:
    for line, other in zip(lines, _partners(lines, others), strict=True):
        yield _line(sign, _marked(line, other))


def _partners(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """For each line what it was or became: by its place, or by its key where more came or went.
    "" for a line that has no other.
    """
    if len(lines) == len(others):
        return list(others)
    ours, theirs = Counter(map(_key, lines)), Counter(map(_key, others))
    by_key = {_key(one): one for one in others}
    alone = (key if ours[key] == theirs[key] == 1 else None for key in map(_key, lines))
    return [by_key[key] if key else "" for key in alone]


def _key(line: str) -> str:
    """What stands before the colon, with its place; "" for a line of no key."""
    key, colon, _ = line.partition(": ")
    return key if colon else ""


def _line(sign: str, content: Markup, note: Markup | None = None) -> Markup:
    said = tag("span", content or Markup("&nbsp;"), note)
    return tag("div", tag("i", sign), said, class_="line")


def _marked(line: str, other: str) -> Markup:
    """The line with what the other does not have marked; a line all new has no mark."""
    if not other or len(line) > _LONG or len(other) > _LONG:
        return text(line)
    head = _shared_length(line, other)
    while head and _in_word(line[head - 1]):
        head -= 1
    tail = _shared_length(line[head:][::-1], other[head:][::-1])
    while tail and _in_word(line[len(line) - tail]):
        tail -= 1
    inner = line[head : len(line) - tail]
    if not inner or head + tail <= len(line) - len(line.lstrip()):
        return text(line)
    return join([line[:head], tag("mark", inner), line[len(line) - tail :]])


def _in_word(letter: str) -> bool:
    """Whether a mark goes on to this letter: half a version number tells nobody anything."""
    return letter.isalnum() or letter in "._"


def _shared_length(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
