"""Which jq expressions are run: those whose work has a bound, whatever object they meet.

jq runs in this process, and whoever sends a pull request writes the expression and the object.
An expression that names fields needs little of the language: it walks down, and selects. So what
looks at anything else is refused (environment, clock), what may run for ever, what makes texts and
lists grow (sums, products, assignments), and what tries each item of one list against each item
of another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

_LONGEST = 1_000
_MOST_WALKS = 2
_MOST_ITERATIONS = 8
_MOST_WAYS = 64

_ALLOWED = frozenset(
    "select map map_values has in contains index rindex indices startswith endswith "
    "ltrimstr rtrimstr test match capture split ascii_downcase ascii_upcase tostring "
    "tonumber length utf8bytelength not and or any all keys keys_unsorted values "
    "first last nth type empty null true false objects iterables booleans numbers strings nulls "
    "arrays scalars if then elif else end getpath path paths to_entries from_entries "
    "with_entries min max unique unique_by group_by sort sort_by flatten recurse error try "
    "catch abs floor sqrt trim ltrim rtrim isempty".split()
)
# Each compares its argument with all of its input: with a text that is written out it is quick.
_OF_A_TEXT = frozenset({"contains", "index", "rindex", "indices"})
_WALKS = frozenset({"..", "recurse", "paths"})
_GROWING = ("+", "*", "%", "|=", "=", "-")

_TOKEN = re.compile(
    r'"(?:[^"\\]|\\.)*+"|\.\.|\?//|//|==|!=|<=|>=|[-+*/%|]?=|[.$@]?[A-Za-z_]\w*+(?:::\w+)*+'
    r"|\d+(?:\.\d+)?|\s+|#[^\n]*|.",
    re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_][\w:]*")
_OPERATORS = frozenset({"==", "!=", "<=", ">=", "<", ">", "and", "or", "//", "?//", "/", ";"})
_STAGES = frozenset({",", "then", "elif", "else", "if"})
_CLOSES = {"(": ")", "[": "]"}


def refusal(expression: str) -> str:
    """Why this expression is not run, "" if it may be."""
    if len(expression) > _LONGEST:
        return f"longer than {_LONGEST} characters"
    tokens = [
        found[0]
        for found in _TOKEN.finditer(expression)
        if not found[0].isspace() and not found[0].startswith("#")
    ]
    checks = (_words(tokens), _signs(tokens), _counts(tokens), _products(tokens))
    return next((reason for reasons in checks for reason in reasons), "")


def _words(tokens: Sequence[str]) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token.startswith('"') and "\\(" in token:
            yield "text with \\(…) inside is not allowed"
        if token.startswith(("$", "@")):
            yield f"{token} is not allowed"
        if _NAME.fullmatch(token) and token not in _ALLOWED and tokens[at + 1 : at + 2] != [":"]:
            yield f"{token} is not allowed here"
        if token == "recurse" and tokens[at + 1 : at + 2] == ["("]:
            yield "recurse(…) is not allowed; .. and recurse are"
        if token in _OF_A_TEXT and not _given_a_text(tokens[at + 1 : at + 4]):
            yield f'{token} is allowed with a text only: {token}("…")'


def _given_a_text(after: Sequence[str]) -> bool:
    return len(after) == 3 and after[0] == "(" and after[1].startswith('"') and after[2] == ")"


def _signs(tokens: Sequence[str]) -> Iterator[str]:
    for at, token in enumerate(tokens):
        minus = token == "-" and tokens[at + 1 : at + 2] and tokens[at + 1][0].isdigit()
        if minus and (at == 0 or tokens[at - 1] in {"[", "(", ":", ",", *_OPERATORS}):
            continue
        if token in _GROWING or token == "{" or (token.endswith("=") and token not in _OPERATORS):
            yield f"{token} is not allowed: an expression only names fields"


def _counts(tokens: Sequence[str]) -> Iterator[str]:
    if sum(token in _WALKS for token in tokens) > _MOST_WALKS:
        yield f"more than {_MOST_WALKS} walks over all that is below (..)"
    if sum(pair == ("[", "]") for pair in pairwise(tokens)) > _MOST_ITERATIONS:
        yield f"more than {_MOST_ITERATIONS} times all items ([])"
    ways, here = 1, 1
    for token in (*tokens, "|"):
        here += token == ","
        if token == "|":
            ways, here = ways * here, 1
    if ways > _MOST_WAYS:
        yield f"more than {_MOST_WAYS} ways through its alternatives"


class _Group(Struct):
    """What stands between two brackets: how many of the present stage's operands give several
    values, whether the present operand does, and whether anything here does."""

    closes: str
    is_index: bool = False
    manifold: int = 0
    operand: bool = False
    any: bool = False


def _products(tokens: Sequence[str]) -> Iterator[str]:
    """Two operands that give several values each are tried with each other."""
    groups = [_Group("")]
    for at, token in enumerate((*tokens, "|")):
        group = groups[-1]
        if token in _CLOSES:
            groups.append(_Group(_CLOSES[token], token == "[" and _ends_a_term(tokens[:at])))
        elif token == group.closes and len(groups) > 1:
            inner = groups.pop()
            empty = tokens[at - 1] == "["
            if inner.is_index and inner.any:
                yield "an index may not give several values"
            if inner.any or empty:
                groups[-1].operand = groups[-1].any = True
            group = groups[-1]
        elif token in _WALKS:
            group.operand = group.any = True
        elif token in _OPERATORS or token in _STAGES or token == "|":
            group.manifold += group.operand
            group.operand = False
        if group.manifold + group.operand > 1:
            yield "each item of one list would be tried with each of another"
        if token in _STAGES or token == "|":
            group.manifold = 0


def _ends_a_term(before: Sequence[str]) -> bool:
    return bool(before) and (
        before[-1] in (")", "]", ".", "?") or before[-1].startswith((".", '"'))
    )
