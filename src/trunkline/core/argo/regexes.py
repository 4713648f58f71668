"""Regular expressions from a repository's files: those that could run for ever are refused.

Python tries every way to match. Where a repeated group holds another repetition, or alternatives,
their number doubles with each letter. Whoever sends a pull request writes such expressions, so
that they are refused by their shape; a list of globs says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from trunkline.core.argo.glob import BadPattern

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*+\]|\{\d*,?\d*\}|.", re.DOTALL)
_REPEATS = frozenset("*+{")

# Repetitions beside each other cost the text's length to the power of their number.
_MOST_REPEATS = 4


@lru_cache(maxsize=1_000)
def expression(pattern: str) -> re.Pattern[str]:
    """The compiled expression. Raises BadPattern for one that is none, or may run for ever."""
    if reason := _refusal(pattern):
        raise BadPattern(f"{pattern!r}: {reason}; use globs")
    try:
        return re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(f"{pattern!r} is no regular expression: {error}") from None


def _refusal(pattern: str) -> str:
    repeats = 0
    for repeated, manifold in _groups(pattern):
        repeats += repeated
        if repeated and manifold:
            return "a repeated group may hold no repetition and no alternatives"
    return f"more than {_MOST_REPEATS} repetitions" if repeats > _MOST_REPEATS else ""


def _groups(pattern: str) -> Iterator[tuple[bool, bool]]:
    """For each sign or group: is it repeated, and does it hold several ways to match?"""
    tokens = [found[0] for found in _TOKEN.finditer(pattern)]
    inside = [False]
    for at, token in enumerate(tokens):
        repeated = tokens[at + 1 : at + 2] != [] and tokens[at + 1][0] in _REPEATS
        if token == "(":
            inside.append(False)
        elif token == ")" and len(inside) > 1:
            manifold = inside.pop()
            yield repeated, manifold
            inside[-1] = inside[-1] or manifold or repeated
        elif token == "|" or token == "?" or token[0] in _REPEATS:
            inside[-1] = inside[-1] or token == "|"
        else:
            yield repeated, False
            inside[-1] = inside[-1] or repeated
