"""What a scalar of a YAML text means, as go-yaml v2 resolves it and sigs.k8s.io/yaml prints it.

The order of the rules is theirs, oddities included: `1e400` is a string, since no float holds it;
a number beyond 64 bits is the float next to it; a float as a key is written with 32 bits.
https://github.com/yaml/go-yaml/blob/v2/resolve.go
"""

from __future__ import annotations

import base64
import math
import re
import struct
from decimal import Decimal
from functools import lru_cache
from typing import Any

PLAIN = "plain"
"""The tag of a scalar that has neither quotes nor a tag."""

_PREFIX = "tag:yaml.org,2002:"
STRING, BINARY, MERGE = _PREFIX + "str", _PREFIX + "binary", _PREFIX + "merge"
_TIMESTAMP = _PREFIX + "timestamp"
_RESOLVED = {_PREFIX + name: name for name in ("bool", "int", "float", "null")}

_CONSTANTS: dict[str, tuple[str, Any]] = {
    **dict.fromkeys(["", "~", "null", "Null", "NULL"], ("null", None)),
    **dict.fromkeys("y Y yes Yes YES true True TRUE on On ON".split(), ("bool", True)),
    **dict.fromkeys("n N no No NO false False FALSE off Off OFF".split(), ("bool", False)),
    **dict.fromkeys(".nan .NaN .NAN".split(), ("float", math.nan)),
    **dict.fromkeys(".inf .Inf .INF +.inf +.Inf +.INF".split(), ("float", math.inf)),
    **dict.fromkeys("-.inf -.Inf -.INF".split(), ("float", -math.inf)),
}
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)")
_LONGEST_INTEGER = 100  # letters that 64 bits may take, with room for zeros before them
_BETWEEN = re.compile(r"(?<=[0-9])_(?=[0-9])")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d*)?)?.{0,6}")


@lru_cache(maxsize=20_000)
def meaning(tag: str, text: str) -> Any:
    """The value of a scalar. Raises ValueError: the tag forbids it, or JSON has no place for it."""
    if tag in (PLAIN, *_RESOLVED):
        kind, value = _resolved(text)
        wanted = _RESOLVED.get(tag, kind)
        if kind != wanted and (kind, wanted) != ("int", "float"):
            raise ValueError(f"cannot read {text[:40]!r} as {wanted}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{text} has no place in JSON")
        return _json_number(value) if isinstance(value, float) else value
    if tag == BINARY:
        return _decoded(text)
    if tag == _TIMESTAMP and not _DATE.fullmatch(text):
        raise ValueError(f"cannot read {text[:40]!r} as timestamp")
    return text


@lru_cache(maxsize=20_000)
def key(tag: str, text: str) -> str:
    """The scalar as a key of a JSON object. Raises ValueError for what cannot be one."""
    kind, value = _resolved(text) if tag in (PLAIN, *_RESOLVED) else ("str", meaning(tag, text))
    if tag != PLAIN:
        meaning(tag, text)
    if kind == "null" or (kind == "int" and value >= 2**63):
        raise ValueError(f"{text or 'null'} cannot be a key")
    if kind == "bool":
        return "true" if value else "false"
    return _written(value) if kind == "float" else str(value)


def is_string(text: str) -> bool:
    """Whether a text without quotes means itself."""
    return _resolved(text)[0] == "str"


@lru_cache(maxsize=20_000)
def _resolved(text: str) -> tuple[str, Any]:
    """(kind, value) of a scalar without quotes."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in "+-.0123456789":
        return "str", text
    bare = _BETWEEN.sub("", text) if text[0] == "." else text.replace("_", "")
    if len(bare) <= _LONGEST_INTEGER and _INTEGER.fullmatch(bare):
        number = _integer(bare)
        # Go reads an unsigned integer only where there is no sign.
        if -(2**63) <= number < (2**63 if bare[0] in "+-" else 2**64):
            return "int", number
    if _FLOAT.fullmatch(bare) and math.isfinite(value := float(bare)):
        return "float", value
    return "str", text


def _integer(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-").lower()
    if digits.startswith("0") and digits.isdigit():
        return sign * int(digits, 8)
    return sign * int(digits, 0)


def _json_number(value: float) -> int | float:
    """As what Go prints of a float64 is read again: an integer where 64 bits hold it, and no digits
    behind those that tell the float from its neighbours."""
    if not value.is_integer() or abs(value) >= 1e21:
        return value
    number = int(value) if abs(value) < 2**53 else int(Decimal(repr(value)))
    return number if -(2**63) <= number < 2**64 else value


def _written(value: float) -> str:
    """As Go's `strconv.FormatFloat(value, 'g', -1, 32)`; the infinities as YAML names them."""
    try:
        (short,) = struct.unpack("f", struct.pack("f", value))
    except OverflowError:
        short = math.copysign(math.inf, value)
    if not math.isfinite(short):
        return {math.inf: ".inf", -math.inf: "-.inf"}.get(short, ".nan")
    digits, _, exponent = _shortest(short).partition("e")
    if -4 <= int(exponent) < 6:
        return format(Decimal(f"{digits}e{exponent}"), "f")
    return f"{digits}e{exponent}"


def _shortest(short: float) -> str:
    """The fewest digits that still mean this 32-bit float, in scientific notation."""
    for precision in range(9):
        text = f"{short:.{precision}e}"
        if struct.pack("f", float(text)) == struct.pack("f", short):
            return text
    return f"{short:.9e}"


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except ValueError:
        raise ValueError(f"cannot read {text[:40]!r} as binary") from None
