"""Quantities: `1000m` is `1`, `1Gi` is `1024Mi`.

The grammar is that of Kubernetes' resource quantities (API reference, "Quantity"): a decimal
number with a binary suffix, a decimal suffix or an exponent. Only fields that hold quantities are
asked; the text `1Gi` in a ConfigMap is a text.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from trunkline.core.diff.path import Path

_GRAMMAR = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d{1,2}))?"
)
_LONGEST = 64
_BINARY = {suffix: Decimal(1024) ** power for power, suffix in enumerate(["", *"KMGTPE"])}
_DECIMAL = {
    suffix: Decimal(10) ** power
    for suffix, power in zip("numkMGTPE", (-9, -6, -3, 3, 6, 9, 12, 15, 18), strict=True)
}

# The last map key of the field itself, and of a map whose values are quantities.
_FIELDS = frozenset({"sizeLimit", "averageValue", "divisor", "memory", "cpu", "storage"})
_MAPS = frozenset(
    "limits requests hard capacity overhead podFixed default defaultRequest max min "
    "maxLimitRequestRatio allocatedResources".split()
)


def quantity(value: Any) -> Decimal | None:
    """The value of a quantity, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value)
    match = _GRAMMAR.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    number, binary, decimal, exponent = match.groups()
    scale = Decimal(10) ** int(exponent) if exponent else Decimal(1)
    if binary:
        scale = _BINARY[binary[0]]
    elif decimal:
        scale = _DECIMAL[decimal]
    return Decimal(number) * scale


def holds_quantity(path: Path) -> bool:
    """Whether the field at this path is a quantity by its name and the map it stands in."""
    names = [step for step in path if isinstance(step, str)]
    if not names or "data" in names[:1]:
        return False
    return (len(names) > 1 and names[-2] in _MAPS) or names[-1] in _FIELDS


def same_quantity(path: Path, one: Any, other: Any) -> bool:
    """Whether two spellings at this path are one quantity."""
    if not holds_quantity(path):
        return False
    value = quantity(one)
    return value is not None and value == quantity(other)
