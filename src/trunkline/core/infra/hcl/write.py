"""Literal values as HCL, and the literal values that HCL has."""

from __future__ import annotations

import json
import re
from typing import Any

from trunkline.core.infra.hcl.spelling import spelled
from trunkline.core.infra.hcl.syntax import Expression, Items, Literal, Pairs

_NAME = re.compile(r"[^\W\d][\w-]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class NoLiteral(Exception):
    """An expression that is put together from others."""


def literal(one: Expression) -> Any:
    """The value of an expression that has one whatever else there is. Raises NoLiteral."""
    match one:
        case Literal(value):
            return value
        case Items(items):
            return [literal(each) for each in items]
        case Pairs(items):
            return {spelled(literal(key)): literal(value) for key, value in items}
    raise NoLiteral


def written(value: Any, indent: int = 0, *, wide: bool = False) -> str:
    """A value as `fmt` leaves it. `wide` has lists and objects one item a line, indented below a
    line that is indented by so many blanks.
    """
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list) and value:
        return _around([written(one) for one in value], "[]", indent, wide, ",")
    if isinstance(value, dict) and value:
        return _around(_pairs(value, wide), "{}", indent, wide, "")
    return json.dumps(value)


def _pairs(value: dict[str, Any], wide: bool) -> list[str]:
    keys = {key: key if _NAME.fullmatch(key) else _quoted(key) for key in value}
    width = max(map(len, keys.values())) if wide else 0
    return [f"{keys[key]:<{width}} = {written(one)}" for key, one in value.items()]


def _around(items: list[str], brackets: str, indent: int, wide: bool, end: str) -> str:
    opening, closing = brackets[0], brackets[1]
    if wide:
        lines = [f"{' ' * (indent + 2)}{one}{end}\n" for one in items]
        return f"{opening}\n{''.join(lines)}{' ' * indent}{closing}"
    blank = " " if brackets == "{}" else ""
    return f"{opening}{blank}{', '.join(items)}{blank}{closing}"


def _quoted(text: str) -> str:
    escaped = "".join(_ESCAPES.get(one, one) for one in text)
    return f'"{escaped.replace("${", "$${").replace("%{", "%%{")}"'
