"""Objects in protobuf, as typed clients send them (`kubectl create namespace` is one).

An object stands in an envelope that says its apiVersion and kind; the numbers of its fields are in
the table of built-in kinds. Only reading is needed: every client takes JSON as an answer.
https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
"""

from __future__ import annotations

import base64
import struct as binary
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson

from trunkline.sandbox.errors import ApiStatus, bad_request
from trunkline.sandbox.typed.schema import ListOf, MapOf, Scalar, Struct, Type

MAGIC = b"k8s\x00"
# The last of the ten bytes that 64 bits take.
LONGEST_SHIFT = 63
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Message = dict[int, list[Any]]
"""The values of each field number, in the order in which they were sent."""

TypeOf = Callable[[str, str], Struct | None]
"""From apiVersion and kind to the type, None if it is not known."""


def decoded(data: bytes, type_of: TypeOf) -> dict[str, Any]:
    """The object of an envelope. Raises ApiStatus 400 or 415."""
    try:
        envelope = _message(data.removeprefix(MAGIC))
        meta = _message(_last(envelope, 1, b""))
        version, kind = (_last(meta, number, b"").decode() for number in (1, 2))
        of = type_of(version, kind)
        if of is None:
            said = f"the practice cluster does not read {version} {kind} as protobuf, send JSON"
            raise ApiStatus(415, "UnsupportedMediaType", said)
        found = _struct(_message(_last(envelope, 2, b"")), of)
    except (IndexError, ValueError, OverflowError, OSError, TypeError, binary.error) as error:
        raise bad_request(f"the body is no protobuf of an object: {error}") from None
    except RecursionError:
        raise bad_request("the body is no protobuf of an object: it nests too deep") from None
    return {"apiVersion": version, "kind": kind, **found}


def _message(data: bytes) -> Message:
    found: Message = {}
    for number, value in _parts(data):
        found.setdefault(number, []).append(value)
    return found


def _parts(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(data, at)
            yield number, value
        elif wire == BYTES:
            size, at = _varint(data, at)
            if at + size > len(data):
                raise ValueError(f"field {number} is cut short")
            yield number, data[at : at + size]
            at += size
        elif wire in (FIXED64, FIXED32):
            form, size = ("<d", 8) if wire == FIXED64 else ("<f", 4)
            yield number, binary.unpack_from(form, data, at)[0]
            at += size
        else:
            raise ValueError(f"field {number} has the unknown wire type {wire}")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        if shift > LONGEST_SHIFT:
            raise ValueError("a number has more than 64 bits")
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _last(message: Message, number: int, default: Any) -> Any:
    return message.get(number, [default])[-1]


def _struct(message: Message, of: Struct) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind in of.fields.items():
        values = _at(message, of.numbers.get(name, ()))
        if values:
            found[name] = _value(values, kind)
    return found


def _at(message: Message, path: Any) -> list[Any]:
    """The values at the end of a way of numbers; all but the last lead into messages."""
    *above, last = path or (0,)
    for number in above:
        message = _message(_last(message, number, b""))
    return message.get(last, [])


def _value(values: list[Any], of: Type) -> Any:
    if isinstance(of, ListOf):
        return [_value([one], of.of) for one in values]
    if isinstance(of, MapOf):
        entries = map(_message, values)
        return {_last(one, 1, b"").decode(): _value(one.get(2, [b""]), of.of) for one in entries}
    if isinstance(of, Struct):
        return _struct(_message(values[-1]), of)
    return _READERS[of.name if isinstance(of, Scalar) else "any"](values[-1])


def _signed(value: int) -> int:
    """A negative number is sent as the 64 bits of its two's complement."""
    return value - (1 << 64) if value >= 1 << 63 else value


def _time(data: bytes) -> str | None:
    """Seconds since the epoch; an empty message is no time."""
    message = _message(data)
    if not message:
        return None
    time = datetime.fromtimestamp(_signed(_last(message, 1, 0)), UTC)
    nanos = _last(message, 2, 0)
    fraction = f".{nanos // 1000:06d}" if nanos else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _int_or_string(data: bytes) -> int | str:
    message = _message(data)
    if _last(message, 1, 0):
        return str(_last(message, 3, b"").decode())
    return _signed(_last(message, 2, 0))


def _any(data: bytes) -> Any:
    """JSON inside of protobuf."""
    raw = _last(_message(data), 1, b"")
    return orjson.loads(raw) if raw else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "any": _any,
    "boolean": bool,
    "byte": lambda data: base64.b64encode(data).decode(),
    "int-or-string": _int_or_string,
    "integer": _signed,
    "number": float,
    "quantity": lambda data: _last(_message(data), 1, b"").decode(),
    "string": lambda data: data.decode(),
    "time": _time,
}
