"""Values as the programs pack them: MessagePack, read by their types.

A type is needed to tell a number that is too large for MessagePack, which is written as text, from
text. An extension stands for what is not known yet. A value of dynamic type is a pair: its type in
JSON, and the value. What does not fit its type is Unsure.
"""

from __future__ import annotations

import json
import math
import re
from enum import Enum
from typing import Any

import msgspec

from trunkline.core.infra.planfile.shapes import DYNAMIC, Shape, of_text
from trunkline.core.infra.planfile.unsure import Unsure

Path = tuple[str | int, ...]
"""Steps into a value: names of attributes, keys of maps, indexes of lists."""

# A plain unknown value, and one of which something is said: that it is not null, how it begins.
EXTENSIONS = (0, 12)

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Unknown(Enum):
    """What only the apply will say."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


def value_of(packed: bytes, shape: Shape = DYNAMIC) -> Any:
    """The value as JSON would have it, with UNKNOWN at each place that is not known.

    Raises Unsure.
    """
    return _typed(_decoded(packed), shape)


def key_of(packed: bytes) -> str | int:
    """A key of a map or an index of a list. What a set's element is has no path. Raises Unsure."""
    found = _decoded(packed)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise Unsure("a path leads through a set")
    return found


def known(value: Any) -> Any:
    """What is known of a value. In an object the rest is left out, elsewhere it is null."""
    if isinstance(value, dict):
        return {key: known(one) for key, one in value.items() if one is not UNKNOWN}
    if isinstance(value, list):
        return list(map(known, value))
    return None if value is UNKNOWN else value


def unknown(value: Any) -> Any:
    """The same form with `True` at each place that is not known."""
    if isinstance(value, dict):
        found = {key: unknown(one) for key, one in value.items()}
        return {key: one for key, one in found.items() if one is not False}
    if isinstance(value, list):
        return [unknown(one) for one in value]
    return value is UNKNOWN


def _decoded(packed: bytes) -> Any:
    try:
        return msgspec.msgpack.decode(packed, ext_hook=_extension)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        raise Unsure(f"a value cannot be read: {error}") from error


def _extension(code: int, data: memoryview) -> Unknown:
    if code in EXTENSIONS:
        return UNKNOWN
    raise Unsure(f"a value has the unknown extension {code}")


def _typed(value: Any, shape: Shape) -> Any:
    if value is None or value is UNKNOWN:
        return value
    match shape.form, value:
        case ("string", str()) | ("bool", bool()):
            return value
        case "number", str() | int() | float() if not isinstance(value, bool):
            return _number(value)
        case "object", dict() if value.keys() == shape.fields.keys():
            return {key: _typed(one, shape.fields[key]) for key, one in value.items()}
        case "map", dict() if all(isinstance(key, str) for key in value):
            return {key: _typed(one, _of(shape)) for key, one in value.items()}
        case (("list" | "set"), list()):
            return [_typed(one, _of(shape)) for one in value]
        case "tuple", list() if len(value) == len(shape.items):
            return [_typed(one, of) for one, of in zip(value, shape.items, strict=True)]
        case "dynamic", [bytes(type), inner]:
            return _typed(inner, of_text(type))
    raise Unsure(f"a value does not fit its type, {shape.form}")


def _of(shape: Shape) -> Shape:
    return shape.of or DYNAMIC


def _number(value: str | float) -> float:
    """Whole numbers are whole, however large, as the programs' JSON has them."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise Unsure("a number has an unknown form")
        try:
            found: float = json.loads(value)
        except ValueError as error:
            raise Unsure(f"a number cannot be read: {error}") from error
        return found
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unsure("a number is infinite")
        return int(value) if value.is_integer() else value
    return value


def from_state(value: Any, shape: Shape) -> Any:
    """The value in a state's JSON, where a dynamic one stands with its type. Raises Unsure."""
    if value is None:
        return None
    match shape.form, value:
        case "dynamic", {"value": inner, "type": type}:
            return from_state(inner, of_text(json.dumps(type).encode()))
        case ("object", dict()) if value.keys() <= shape.fields.keys():
            return {key: from_state(one, shape.fields[key]) for key, one in value.items()}
        case "map", dict():
            return {key: from_state(one, _of(shape)) for key, one in value.items()}
        case (("list" | "set"), list()):
            return [from_state(one, _of(shape)) for one in value]
        case "tuple", list() if len(value) == len(shape.items):
            return [from_state(one, of) for one, of in zip(value, shape.items, strict=True)]
        case (("string" | "number" | "bool"), str() | int() | float()):
            return value
    raise Unsure(f"a value of the state does not fit its type, {shape.form}")
