"""Long texts by a part of them: of one its beginning, of two the place where they differ."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

LONGEST = 160
# So much is shown on either side of what differs, where no line begins or ends nearer.
AROUND = 40

_FOLDED = re.compile(r"… \(\d+ characters\)$")


def folded(value: Any) -> Any:
    """A long text by its beginning."""
    return _side(value, 0, 0) if isinstance(value, str) else value


def folded_apart(old: str, new: str) -> tuple[str, str]:
    """Two texts, of which the long one is shown from where it begins to differ."""
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    start = _shared(old, new)
    short = min(len(old), len(new)) - start
    end = _shared(old[::-1][:short], new[::-1][:short])
    return _side(old, *_around(old, start, end)), _side(new, *_around(new, start, end))


def _shared(one: str, other: str) -> int:
    """How many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def is_folded(value: Any) -> bool:
    """Whether a value was cut, itself or something in it."""
    if isinstance(value, Mapping | list):
        inner = value.values() if isinstance(value, Mapping) else value
        return any(map(is_folded, inner))
    return isinstance(value, str) and bool(_FOLDED.search(value))


def _around(text: str, start: int, end: int) -> tuple[int, int]:
    """How much is left out before and after, at the ends of lines where those are near."""
    last = len(text) - end
    line = text.rfind("\n", 0, start) + 1
    following = text.find("\n", last)
    following = len(text) if following < 0 else following
    return max(line, start - AROUND, 0), len(text) - min(following, last + AROUND)


def _side(text: str, before: int, after: int) -> str:
    shown = text[before : len(text) - after]
    if len(text) <= LONGEST or not (before or after or len(shown) > LONGEST):
        return text
    return f"{'…' if before else ''}{shown[:LONGEST]}… ({len(text)} characters)"
