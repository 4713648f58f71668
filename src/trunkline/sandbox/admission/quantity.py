"""Quantities in their canonical form, in which the API server writes them back.

The form is the one that the API's reference of `Quantity` describes: no fraction, the largest
suffix that leaves none, in the family of suffixes (binary, decimal, exponent) that was sent.
"""

from __future__ import annotations

import re
from decimal import ROUND_UP, Decimal

_QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))([KMGTPE]i|[numkMGTPE]?|[eE][+-]?\d+)\Z")
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_PLAIN = re.compile(r"[1-9]\d{0,2}(m|[KMGT]i)?\Z")


def is_quantity(text: str) -> bool:
    return bool(_QUANTITY.match(text))


def amount(text: str) -> Decimal:
    """What a quantity is worth; 0 for a text that is none."""
    found = _QUANTITY.match(text)
    if not found:
        return Decimal(0)
    number, suffix = Decimal(found[1]), found[2]
    if suffix in _BINARY:
        return number * Decimal(1024 ** _BINARY[suffix])
    return number.scaleb(_DECIMAL[suffix] if suffix in _DECIMAL else int(suffix[1:]))


def canonical(text: str) -> str:
    """The canonical form; a text that is no quantity stays as it is, for validation to refuse."""
    if _PLAIN.match(text):
        return text
    found = _QUANTITY.match(text)
    if not found:
        return text
    number, suffix = Decimal(found[1]), found[2]
    if suffix in _BINARY:
        return _binary(number * 1024 ** _BINARY[suffix])
    if suffix in _DECIMAL:
        return _decimal(number.scaleb(_DECIMAL[suffix]))
    return _exponent(number.scaleb(int(suffix[1:])))


def _binary(value: Decimal) -> str:
    if value != value.to_integral_value() or abs(value) < 1024:
        return _decimal(value)
    whole, power = int(value), 0
    while whole and whole % 1024 == 0 and power < len(_BINARY):
        whole, power = whole // 1024, power + 1
    return f"{whole}{['', *_BINARY][power]}"


def _decimal(value: Decimal) -> str:
    whole, exponent = _scaled(value)
    names = {power: name for name, power in _DECIMAL.items()}
    return f"{whole}{names[exponent]}"


def _exponent(value: Decimal) -> str:
    whole, exponent = _scaled(value)
    return f"{whole}e{exponent}" if exponent else str(whole)


def _scaled(value: Decimal) -> tuple[int, int]:
    """A whole number and the largest exponent, a multiple of three, that leaves no fraction."""
    nano = int(value.scaleb(9).to_integral_value(ROUND_UP))
    exponent = -9
    while nano and nano % 1000 == 0 and exponent < 18:
        nano, exponent = nano // 1000, exponent + 3
    return (nano, exponent) if nano else (0, 0)
