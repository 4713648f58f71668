"""Values as parts of a text, and as keys of an object."""

from __future__ import annotations

from typing import Any

from trunkline.core.infra.hcl.numbers import digits, is_number


def is_spelled(value: Any) -> bool:
    """Whether a value is text as a part of a text."""
    return isinstance(value, str | bool) or is_number(value)


def spelled(value: str | float | bool) -> str:
    """A value as a part of a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else digits(value)
