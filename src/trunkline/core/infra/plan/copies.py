"""Copies of what a plan marks as sensitive, at places that nobody marked: what a provider gives
back of a password that it was given, an address with the password in it.

A copy is covered by a sign of its own while values are compared and folded: so none is cut in two,
and that it changes is seen. What comes out has the mask in the place of each sign.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

MASK = "(sensitive)"

# Signs that no text has a use for: Unicode's private ones of plane 15.
_FIRST, _SIGNS = 0xF0000, 0xFFF0
_ANY_SIGN = re.compile(f"[{chr(_FIRST)}-{chr(_FIRST + _SIGNS)}]+")


class Copies:
    """Of these secrets, wherever they occur, also in JSON or in base64."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._signs: dict[str, str] = {}
        for number, secret in enumerate(secrets):
            for form in _forms(secret):
                self._signs.setdefault(form, chr(_FIRST + number % _SIGNS))
        longest_first = sorted(self._signs, key=lambda one: (-len(one), one))
        self._known = re.compile("|".join(map(re.escape, longest_first))) if self._signs else None

    def covered(self, value: Any) -> Any:
        """The value with a sign for each copy."""
        known = self._known
        if known is None:
            return value
        return _of_texts(value, lambda text: known.sub(lambda one: self._signs[one[0]], text))


def masked(value: Any) -> Any:
    """The value with the mask for each sign."""
    return _of_texts(value, lambda text: _ANY_SIGN.sub(MASK, text))


def _forms(secret: str) -> Sequence[str]:
    data = secret.encode(errors="surrogateescape")
    return secret, json.dumps(secret)[1:-1], b64encode(data).decode()


def _of_texts(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {change(str(key)): _of_texts(one, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_of_texts(one, change) for one in value]
    return value
