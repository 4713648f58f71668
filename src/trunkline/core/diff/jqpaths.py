"""jq path expressions. jq only says *where*; the object itself never goes through it, so no number
is rewritten. It is run by nobody here: whoever sends a pull request writes the expression and the
object, and even what `jqbounds` lets through may take long (`edge/render/jq.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from trunkline.core.component import IgnoreRule
from trunkline.core.diff.jqbounds import refusal
from trunkline.core.manifest import Manifest
from trunkline.core.trouble import Trouble

Location = tuple[str | int, ...]
Places = Callable[[Manifest, str], Iterable[Location]]
"""The locations in an object that an expression names."""


class BadExpression(Trouble):
    """A jq expression that cannot be used; the message holds it and says why."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"jqPathExpressions: {expression!r}: {reason}")


def nowhere(_manifest: Manifest, _expression: str) -> Iterable[Location]:
    """Where no rule has an expression."""
    return ()


def checked(expression: str) -> str:
    """The expression, if it is one that is run at all. Raises BadExpression."""
    if reason := refusal(expression):
        raise BadExpression(expression, reason)
    return expression


def expressions_of(rules: Iterable[IgnoreRule]) -> tuple[str, ...]:
    """The expressions of the rules, each once."""
    return tuple(dict.fromkeys(one for rule in rules for one in rule.jq_expressions))


def locations(paths: Iterable[list[Any]]) -> Iterator[Location]:
    """Paths as jq gives them; a slice (`.a[1:3]`) names its items, and is none of ours."""
    for path in paths:
        if all(isinstance(step, str | int) for step in path):
            yield tuple(path)
