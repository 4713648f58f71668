"""Protocol buffers by table: a message is a map, what it may hold is a row for each field.

https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

# A scalar's name, or the table of a message.
Shape = Any
Table = Mapping[int, tuple[str, Shape]]

SCALARS = ("int", "bool", "string", "bytes")


def each(shape: Shape) -> Shape:
    """A field that may be there several times."""
    return ("each", shape)


def by_name(shape: Shape) -> Shape:
    """A map from a string."""
    return ("map", {1: ("key", "string"), 2: ("value", shape)})


def encode(table: Table, message: Mapping[str, Any]) -> bytes:
    """The bytes of a message; what has no value, or the default one, is left out."""
    return b"".join(
        _field(number, _inner(shape), value)
        for number, (name, shape) in table.items()
        for value in _values(shape, message.get(name))
    )


def decode(table: Table, data: bytes) -> dict[str, Any]:
    """A message with each of its fields; fields that the table does not know are skipped."""
    message = {name: _empty(shape) for name, shape in table.values()}
    for number, raw in _fields(data):
        if number in table:
            name, shape = table[number]
            _put(message, name, shape, _value(_inner(shape), raw))
    return message


def _values(shape: Shape, value: Any) -> Iterator[Any]:
    if isinstance(shape, tuple):
        kind, _ = shape
        entries = value or ()
        yield from (
            ({"key": key, "value": entries[key]} for key in sorted(entries))
            if kind == "map"
            else entries
        )
    elif shape in SCALARS:
        if value:
            yield value
    elif value is not None:
        yield value


def _inner(shape: Shape) -> Shape:
    return shape[1] if isinstance(shape, tuple) else shape


def _field(number: int, shape: Shape, value: Any) -> bytes:
    if shape in ("int", "bool"):
        return _varint(number << 3 | VARINT) + _varint(int(value))
    data: bytes = value
    if shape == "string":
        data = value.encode()
    elif shape != "bytes":
        data = encode(shape, value)
    return _varint(number << 3 | LENGTH) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value, at = _read_varint(data, at)
            yield number, value
            continue
        if kind == LENGTH:
            size, at = _read_varint(data, at)
        else:
            size = {FIXED64: 8, FIXED32: 4}[kind]
        yield number, data[at : at + size]
        at += size


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _value(shape: Shape, raw: int | bytes) -> Any:
    if isinstance(raw, int):
        return bool(raw) if shape == "bool" else raw - 2**64 if raw >> 63 else raw
    if shape == "string":
        return raw.decode()
    return raw if shape == "bytes" else decode(shape, raw)


def _empty(shape: Shape) -> Any:
    if isinstance(shape, tuple):
        return {} if shape[0] == "map" else []
    return (
        {"int": 0, "bool": False, "string": "", "bytes": b""}[shape] if shape in SCALARS else None
    )


def _put(message: dict[str, Any], name: str, shape: Shape, value: Any) -> None:
    if not isinstance(shape, tuple):
        message[name] = value
    elif shape[0] == "map":
        message[name][value["key"]] = value["value"]
    else:
        message[name].append(value)
