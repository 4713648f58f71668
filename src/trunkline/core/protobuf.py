"""Protocol buffers, read without a schema: the numbers of a message's fields and their values.

Whoever reads knows what the numbers mean. What is read may be made to do harm, so that a field that
is cut short, a number that never ends and a type that does not exist are errors; and nothing inside
a field is looked at before somebody asks for it.
https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# The last of the ten bytes that 64 bits take.
LONGEST_SHIFT = 63

Message = dict[int, list[Any]]
"""The values of each field number, in the order in which they were sent."""


def message(data: bytes) -> Message:
    """Raises ValueError, IndexError, struct.error for what is no message."""
    found: Message = {}
    for number, value in _parts(data):
        found.setdefault(number, []).append(value)
    return found


def last(one: Message, number: int, default: Any) -> Any:
    """The value of a field that stands once: the last that was sent counts."""
    return one.get(number, [default])[-1]


def signed(value: int) -> int:
    """A negative number is sent as the 64 bits of its two's complement."""
    return value - (1 << 64) if value >= 1 << 63 else value


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
            yield number, struct.unpack_from(form, data, at)[0]
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
