"""Numbers of HCL: decimals, of which 0.1 + 0.2 is 0.3. What neither an int nor a float holds as it
is written is not worked out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import (
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)

from trunkline.core.infra.hcl.unknown import UNKNOWN

# Source: cty's documentation of its number type, which has 512 bits.
_DIGITS = Context(prec=154, traps=[Inexact, DivisionByZero, InvalidOperation, Overflow])
# Whoever sends a pull request writes them: powers of powers are not worked out.
LONGEST = 400


def number(text: str) -> float:
    """What a number that is written so means: an int where it is whole, else a float."""
    found = float(text)
    if found.is_integer() and len(text) <= LONGEST:
        exact = Decimal(text)
        if exact == exact.to_integral_value():
            return int(exact)
    return found


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def digits(value: float) -> str:
    """A number as a part of a text: never with an exponent."""
    return str(int(value)) if value == int(value) else format(Decimal(repr(value)), "f")


def reckoned(sign: str, left: float, right: float) -> object:
    """What `+`, `-`, `*`, `/` or `%` gives, UNKNOWN where it has no end or is no number."""
    try:
        found = _SIGNS[sign](_exact(left), _exact(right))
    except ArithmeticError:
        return UNKNOWN
    if found.adjusted() > LONGEST:
        return UNKNOWN
    if found == found.to_integral_value():
        return int(found)
    near = float(found)
    return near if _exact(near) == found else UNKNOWN


def _exact(value: float) -> Decimal:
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


_SIGNS: Mapping[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": _DIGITS.add,
    "-": _DIGITS.subtract,
    "*": _DIGITS.multiply,
    "/": _DIGITS.divide,
    "%": _DIGITS.remainder,
}
