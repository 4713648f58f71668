"""Could a live value have come from the template that gave two others?

The parts in which the two agree are the template's own; between them anything may stand.
"""

from __future__ import annotations

import base64
import re
from typing import Any

from trunkline.core.unstable.leaves import shuffled

# What random functions make is one word: base64, hexadecimal, digits.
_WORDS = re.compile(r"([^A-Za-z0-9+/=_-]+)")
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL)
_HASH = re.compile(r"[0-9a-f]{32,128}")


def could_be(live: Any, value: Any, other: Any) -> bool:
    """Whether a third render might have given `live`. Of maps and lists nobody can say."""
    if type(live) is not type(value) or isinstance(value, dict):
        return False
    if isinstance(value, list):
        return isinstance(other, list) and shuffled(value, other) and shuffled(live, value)
    if not isinstance(value, str) or not isinstance(other, str):
        return True
    live, value, other = (plain(one) for one in (live, value, other))
    if shuffled(_WORDS.split(value), _WORDS.split(other)):
        return shuffled(_WORDS.split(live), _WORDS.split(value))
    return bool(re.fullmatch(_pattern(value, other), live))


def is_hash(value: Any) -> bool:
    """A checksum of something else: it follows from what it was made of."""
    return isinstance(value, str) and bool(_HASH.fullmatch(value))


def plain(text: str) -> str:
    """The text, out of base64 where it is a text in base64; certificates without their body."""
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except ValueError:
        decoded = text
    return _PEM.sub(r"-----\1-----", decoded)


def _pattern(one: str, other: str) -> str:
    """Line by line where both have the same number of them."""
    lines, others = one.split("\n"), other.split("\n")
    if len(lines) != len(others):
        return "(?s:" + _between(one, other) + ")"
    return "\n".join(_between(*pair) for pair in zip(lines, others, strict=True))


def _between(one: str, other: str) -> str:
    """The words that both begin and end with, and anything between them."""
    if one == other:
        return re.escape(one)
    words, others = _WORDS.split(one), _WORDS.split(other)
    most = min(len(words), len(others))
    head = _agreed(words, others, most)
    tail = _agreed(words[::-1], others[::-1], most - head)
    end = "".join(words[len(words) - tail :])
    return re.escape("".join(words[:head])) + ".*" + re.escape(end)


def _agreed(words: list[str], others: list[str], most: int) -> int:
    """How many words are the same from the start on, at most so many."""
    for number in range(most):
        if words[number] != others[number]:
            return number
    return most
