"""jq path expressions. jq only says *where*; the object itself never goes through it, so no number
is rewritten. What is run at all is for `jqbounds` to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jq
import orjson

from trunkline.core.diff.jqbounds import refusal


class BadExpression(ValueError):
    """A jq expression that cannot be used; the message holds it and says why."""

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"jqPathExpressions: {expression!r}: {reason}")


def jq_paths(value: Any, expression: str) -> Iterator[tuple[str | int, ...]]:
    """The locations in the value that the expression names. Raises BadExpression.

    An expression that fails on this value (`.a[]` where a is absent) names nothing, as in Argo CD.
    """
    program = _compiled(expression)
    try:
        found = orjson.loads(program.input_text(_json(value)).text() or "[]")
    except ValueError:
        return
    for path in found:
        yield from _steps(path)


@lru_cache(maxsize=1_000)
def _compiled(expression: str) -> Any:
    if reason := refusal(expression):
        raise BadExpression(expression, reason)
    try:
        return jq.compile(f"[path({expression}\n)]")
    except ValueError as error:
        said = str(error).splitlines()[0].removeprefix("jq: error: ")
        raise BadExpression(expression, said) from None


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _steps(path: list[Any]) -> Iterator[tuple[str | int, ...]]:
    """The path as plain steps; a slice (`.a[1:3]`) names its items."""
    if all(isinstance(step, str | int) for step in path):
        yield tuple(path)
