"""Operators and conditions of HCL: how tightly they bind, and what they give.

Source of the order: the HCL Native Syntax Specification, "Operations".
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from trunkline.core.infra.hcl.numbers import is_number, reckoned
from trunkline.core.infra.hcl.syntax import Expression, Joined
from trunkline.core.infra.hcl.unknown import UNKNOWN

# From those that bind tightest on.
_ORDER = (("*", "/", "%"), ("+", "-"), (">", ">=", "<", "<="), ("==", "!="), ("&&",), ("||",))
_TRUTHS = {True: True, False: False, "true": True, "false": False}


def chained(parts: list[Expression], signs: list[str]) -> Expression:
    """Operands with the signs between them, as one expression."""
    for level in _ORDER:
        if not signs:
            break
        parts, signs = _bound(parts, signs, level)
    return parts[0]


def _bound(
    parts: list[Expression], signs: list[str], level: tuple[str, ...]
) -> tuple[list[Expression], list[str]]:
    """The same where the signs of one level, and what stands between them, are one operand."""
    left: list[Expression] = []
    kept: list[str] = []
    chain, between = [parts[0]], list[str]()
    for sign, part in zip(signs, parts[1:], strict=True):
        if sign in level:
            chain.append(part)
            between.append(sign)
            continue
        left.append(_one(chain, between))
        kept.append(sign)
        chain, between = [part], []
    return [*left, _one(chain, between)], kept


def _one(chain: list[Expression], signs: list[str]) -> Expression:
    return Joined(tuple(chain), tuple(signs)) if signs else chain[0]


def truth(value: Any) -> bool | None:
    """What a value is as a condition; None for what is not known, or no truth."""
    return _TRUTHS.get(value) if isinstance(value, bool | str) else None


def worked_out(signs: tuple[str, ...], values: list[Any]) -> Any:
    """What a sign before a value, or a chain of values with signs between them, gives."""
    if len(signs) == len(values):
        return _before(signs[0], values[0])
    found = values[0]
    for sign, value in zip(signs, values[1:], strict=True):
        found = _between(sign, found, value)
    return found


def _before(sign: str, value: Any) -> Any:
    if sign == "!":
        known = truth(value)
        return UNKNOWN if known is None else not known
    return -value if is_number(value) else UNKNOWN


def _between(sign: str, left: Any, right: Any) -> Any:
    if sign in ("&&", "||"):
        return _both(sign, truth(left), truth(right))
    if sign in ("==", "!="):
        same = _same(left, right)
        return same if same is UNKNOWN else same == (sign == "==")
    if not (is_number(left) and is_number(right)):
        return UNKNOWN
    compared = _COMPARED.get(sign)
    return compared(left, right) if compared else reckoned(sign, left, right)


def _both(sign: str, left: bool | None, right: bool | None) -> Any:
    """One side may decide, whatever the other is."""
    decides = sign == "||"
    if decides in (left, right):
        return decides
    return UNKNOWN if None in (left, right) else not decides


def _same(left: Any, right: Any) -> Any:
    """Lists and objects are only told from empty ones: what is in them may be unknown."""
    if _is_plain(left) and _is_plain(right):
        return isinstance(left, bool) == isinstance(right, bool) and left == right
    for kind in (list, dict):
        if isinstance(left, kind) and isinstance(right, kind) and not (left and right):
            return not left and not right
    return UNKNOWN


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
