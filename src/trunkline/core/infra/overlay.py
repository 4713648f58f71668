"""A literal value of the code with the changes that somebody made outside.

Each change names a place in the value, what the state said there, and what is there now. Where the
code says anything else at that place, nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from trunkline.core.infra.plan.attributes import UNKNOWN_TEXT
from trunkline.core.infra.plan.values import AttributeChange

_PATH = re.compile(r'\.?([^.\[\]]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


class NotSafe(Exception):
    """Why a change is left to a person."""


def overlaid(value: Any, changes: Sequence[AttributeChange], where: str) -> Any:
    """The value with these changes of it. Raises NotSafe; `where` is its file and line."""
    for one in _ordered(changes):
        value = _with(value, steps_of(one.path)[1:], one, where)
    return value


def _ordered(some: Sequence[AttributeChange]) -> list[AttributeChange]:
    """What goes last, and of a list from its end."""
    gone = [one for one in some if one.after is None]
    return [*(one for one in some if one.after is not None), *reversed(gone)]


def _with(value: Any, steps: Sequence[str | int], one: AttributeChange, where: str) -> Any:
    """The value with one place changed. Raises NotSafe where it is not what the state said."""
    if not steps:
        if not _same(value, one.before):
            raise NotSafe(f"the code says otherwise than what was applied ({where})")
        if one.after is None or one.after == UNKNOWN_TEXT:
            raise NotSafe(f"it is not set any more ({where})")
        return one.after
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict) and isinstance(step, str):
        return _with_key(dict(value), step, rest, one, where)
    if isinstance(value, list) and isinstance(step, int):
        return _with_item(list(value), step, rest, one, where)
    raise NotSafe(f"the code says otherwise than what was applied ({where})")


def _with_key(
    value: dict[str, Any], step: str, rest: Sequence[str | int], one: AttributeChange, where: str
) -> Any:
    if step not in value and one.before is None and not rest:
        return {**value, step: one.after}
    if step in value and one.after is None and not rest and _same(value[step], one.before):
        del value[step]
        if not value:
            raise NotSafe(f"it is not set any more ({where})")
        return value
    if step not in value:
        raise NotSafe(f"the code says otherwise than what was applied ({where})")
    return {**value, step: _with(value[step], rest, one, where)}


def _with_item(
    value: list[Any], step: int, rest: Sequence[str | int], one: AttributeChange, where: str
) -> Any:
    if one.after is None and not rest and value[step:] and _same(value[step], one.before):
        if value[step + 1 :]:
            raise NotSafe(f"an item in the middle is not set any more ({where})")
        return value[:step]
    if step == len(value) and one.before is None and not rest:
        return [*value, one.after]
    if step >= len(value):
        raise NotSafe(f"the code says otherwise than what was applied ({where})")
    return [*value[:step], _with(value[step], rest, one, where), *value[step + 1 :]]


def _same(code: Any, state: Any) -> bool:
    """The programs turn "20" into 20 and back where the attribute is of the other kind."""
    if isinstance(code, bool) or isinstance(state, bool):
        return _text(code) == _text(state)
    return bool(code == state) or (
        isinstance(code, str | int | float)
        and isinstance(state, str | int | float)
        and str(code) == str(state)
    )


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def steps_of(path: str) -> list[str | int]:
    """`zones[2]`, `tags.team`, `tags["a b"]` as their steps."""
    return [
        int(index) if index else name or key.replace('\\"', '"').replace("\\\\", "\\")
        for name, index, key in _PATH.findall(path)
    ]
