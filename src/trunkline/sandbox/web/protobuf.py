"""Objects in protobuf, as typed clients send them (`kubectl create namespace` is one).

An object stands in an envelope that says its apiVersion and kind; the numbers of its fields are in
the table of built-in kinds. Only reading is needed: every client takes JSON as an answer.
https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
"""

from __future__ import annotations

import base64
import struct as binary
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson

from trunkline.core.protobuf import Message, last, signed
from trunkline.core.protobuf import message as read
from trunkline.sandbox.errors import ApiStatus, bad_request
from trunkline.sandbox.typed.schema import ListOf, MapOf, Scalar, Struct, Type

MAGIC = b"k8s\x00"
TypeOf = Callable[[str, str], Struct | None]
"""From apiVersion and kind to the type, None if it is not known."""


def decoded(data: bytes, type_of: TypeOf) -> dict[str, Any]:
    """The object of an envelope. Raises ApiStatus 400 or 415."""
    try:
        envelope = read(data.removeprefix(MAGIC))
        meta = read(last(envelope, 1, b""))
        version, kind = (last(meta, number, b"").decode() for number in (1, 2))
        of = type_of(version, kind)
        if of is None:
            said = f"the practice cluster does not read {version} {kind} as protobuf, send JSON"
            raise ApiStatus(415, "UnsupportedMediaType", said)
        found = _struct(read(last(envelope, 2, b"")), of)
    except (IndexError, ValueError, OverflowError, OSError, TypeError, binary.error) as error:
        raise bad_request(f"the body is no protobuf of an object: {error}") from None
    except RecursionError:
        raise bad_request("the body is no protobuf of an object: it nests too deep") from None
    return {"apiVersion": version, "kind": kind, **found}


def _struct(message: Message, of: Struct) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, kind in of.fields.items():
        values = _at(message, of.numbers.get(name, ()))
        if values:
            found[name] = _value(values, kind)
    return found


def _at(message: Message, path: Any) -> list[Any]:
    """The values at the end of a way of numbers; all but the last lead into messages."""
    *above, end = path or (0,)
    for number in above:
        message = read(last(message, number, b""))
    return message.get(end, [])


def _value(values: list[Any], of: Type) -> Any:
    if isinstance(of, ListOf):
        return [_value([one], of.of) for one in values]
    if isinstance(of, MapOf):
        entries = map(read, values)
        return {last(one, 1, b"").decode(): _value(one.get(2, [b""]), of.of) for one in entries}
    if isinstance(of, Struct):
        return _struct(read(values[-1]), of)
    return _READERS[of.name if isinstance(of, Scalar) else "any"](values[-1])


def _time(data: bytes) -> str | None:
    """Seconds since the epoch; an empty message is no time."""
    message = read(data)
    if not message:
        return None
    time = datetime.fromtimestamp(signed(last(message, 1, 0)), UTC)
    nanos = last(message, 2, 0)
    fraction = f".{nanos // 1000:06d}" if nanos else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _int_or_string(data: bytes) -> int | str:
    message = read(data)
    if last(message, 1, 0):
        return str(last(message, 3, b"").decode())
    return signed(last(message, 2, 0))


def _any(data: bytes) -> Any:
    """JSON inside of protobuf."""
    raw = last(read(data), 1, b"")
    return orjson.loads(raw) if raw else None


_READERS: dict[str, Callable[[Any], Any]] = {
    "any": _any,
    "boolean": bool,
    "byte": lambda data: base64.b64encode(data).decode(),
    "int-or-string": _int_or_string,
    "integer": signed,
    "number": float,
    "quantity": lambda data: last(read(data), 1, b"").decode(),
    "string": lambda data: data.decode(),
    "time": _time,
}
