"""The causes that most rules are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from trunkline.sandbox.admission.metadata import required, wrong
from trunkline.sandbox.errors import Cause

Json = dict[str, Any]

IMMUTABLE = "field is immutable"

__all__ = [
    "at",
    "duplicate",
    "forbidden",
    "missing",
    "one_of",
    "port_causes",
    "required",
    "unchanged",
    "wrong",
]


def at(obj: Any, path: str) -> Any:
    """The value at `spec.selector`, None where the way ends early."""
    for step in path.split("."):
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def unchanged(new: Json, old: Json | None, *paths: str, rule: str = IMMUTABLE) -> Iterator[Cause]:
    """Each of these fields must be as it was."""
    for path in paths if old is not None else ():
        value = at(new, path)
        if value != at(old, path):
            yield wrong(path, value, rule)


def missing(obj: Json, *paths: str) -> Iterator[Cause]:
    """Each of these fields must have a value."""
    for path in paths:
        if at(obj, path) in (None, "", [], {}):
            yield required(path)


def one_of(value: object, choices: Sequence[str], path: str) -> Iterator[Cause]:
    if value not in choices:
        shown = ", ".join(f'"{one}"' for one in sorted(choices))
        said = f'Unsupported value: "{value}": supported values: {shown}'
        yield Cause("FieldValueNotSupported", said, path)


def duplicate(path: str, value: object) -> Cause:
    shown = f'"{value}"' if isinstance(value, str) else orjson.dumps(value).decode()
    return Cause("FieldValueDuplicate", f"Duplicate value: {shown}", path)


def forbidden(path: str, why: str) -> Cause:
    return Cause("FieldValueForbidden", f"Forbidden: {why}", path)


def port_causes(value: Any, path: str) -> Iterator[Cause]:
    if not isinstance(value, int) or not 1 <= value <= 65535:
        yield wrong(
            path, value if value is not None else 0, "must be between 1 and 65535, inclusive"
        )
