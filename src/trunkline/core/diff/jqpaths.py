"""jq path expressions, confined.

jq can loop for ever, read the environment and the clock, and it runs in this process. An
expression that names fields to ignore needs none of that, so only functions that end and that
look at nothing but the object are allowed; Argo CD puts a time limit there. jq only says *where*;
the object itself never goes through it, so no number is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jq
import orjson

# Longer expressions, or ones with more branches, could make too many combinations.
_LONGEST = 1_000
_MOST_BRANCHES = 16
_MOST_BINDINGS = 4

_ALLOWED = frozenset(
    "select map map_values has in contains inside index rindex indices startswith endswith "
    "ltrimstr rtrimstr test match capture split join ascii_downcase ascii_upcase tostring "
    "tonumber tojson fromjson length utf8bytelength not and or any all keys keys_unsorted values "
    "first last nth type empty null true false objects iterables booleans numbers strings nulls "
    "arrays scalars if then elif else end as getpath path paths to_entries from_entries "
    "with_entries add min max unique unique_by group_by sort sort_by flatten recurse error try "
    "catch abs floor sqrt trim ltrim rtrim isempty".split()
)
# recurse(f) may never end; recurse alone goes down the object.
_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*"|\.\.|[.$@]?[A-Za-z_]\w*(?:::\w+)*(?:\s*\()?|\d+(?:\.\d+)?|\s+|#.*|.', re.S
)


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


def refusal(expression: str) -> str:
    """Why this expression is not run, "" if it may be."""
    if len(expression) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    tokens = [match[0] for match in _TOKEN.finditer(expression)]
    if tokens.count(",") > _MOST_BRANCHES or tokens.count("as") > _MOST_BINDINGS:
        return f"more than {_MOST_BRANCHES} commas or {_MOST_BINDINGS} variables"
    for token in tokens:
        name = token.rstrip("(").strip()
        if token.startswith('"') and "\\(" in token:
            return "text with \\(…) inside is not allowed"
        if name in ("$ENV", "$__loc__", "$__prog_args") or name.startswith("@"):
            return f"{name} is not allowed"
        if name == "recurse" and token.endswith("("):
            return "recurse(…) is not allowed; .. and recurse are"
        if re.fullmatch(r"[A-Za-z_][\w:]*", name) and name not in _ALLOWED:
            return f"{name} is not allowed here"
    return ""


def _json(value: Any) -> str:
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode()


def _steps(path: list[Any]) -> Iterator[tuple[str | int, ...]]:
    """The path as plain steps; a slice (`.a[1:3]`) names its items."""
    if all(isinstance(step, str | int) for step in path):
        yield tuple(path)
