"""MessagePack, as far as values of a configuration go.

https://github.com/msgpack/msgpack/blob/master/spec.md
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

Extension = Callable[[int, bytes], Any]


class Extended:
    """A value of an extension type."""

    def __init__(self, code: int, data: bytes) -> None:
        self.code = code
        self.data = data


def pack(value: Any) -> bytes:
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return _pack_int(value)
    if isinstance(value, float):
        return struct.pack(">Bd", 0xCB, value)
    if isinstance(value, str):
        data = value.encode()
        return _head(len(data), 0xA0, 32, 0xDB) + data
    if isinstance(value, Extended):
        return struct.pack(">BBb", 0xC7, len(value.data), value.code) + value.data
    if isinstance(value, dict):
        parts = (pack(key) + pack(one) for key, one in value.items())
        return _head(len(value), 0x80, 16, 0xDF) + b"".join(parts)
    return _head(len(value), 0x90, 16, 0xDD) + b"".join(map(pack, value))


def unpack(data: bytes, extension: Extension) -> Any:
    """The value; what an extension type means is asked of the function."""
    value, _ = _read(data, 0, extension)
    return value


def _pack_int(value: int) -> bytes:
    if 0 <= value < 128 or -32 <= value < 0:
        return struct.pack(">b", value)
    return struct.pack(">BQ", 0xCF, value) if value >= 0 else struct.pack(">Bq", 0xD3, value)


def _head(size: int, short: int, below: int, long: int) -> bytes:
    return bytes([short | size]) if size < below else struct.pack(">BI", long, size)


# first byte → (format of the number that follows, what it is)
_NUMBERS = {
    0xCA: ">f", 0xCB: ">d",
    0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_SIZED = {
    0xC4: (">B", "bytes"), 0xC5: (">H", "bytes"), 0xC6: (">I", "bytes"),
    0xC7: (">B", "ext"), 0xC8: (">H", "ext"), 0xC9: (">I", "ext"),
    0xD9: (">B", "str"), 0xDA: (">H", "str"), 0xDB: (">I", "str"),
    0xDC: (">H", "list"), 0xDD: (">I", "list"),
    0xDE: (">H", "map"), 0xDF: (">I", "map"),
}  # fmt: skip
_FIXED = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


def _read(data: bytes, at: int, extension: Extension) -> tuple[Any, int]:
    first = data[at]
    at += 1
    if first < 0x80 or first >= 0xE0:
        return first if first < 0x80 else first - 256, at
    if first < 0x90:
        return _sized("map", first & 15, data, at, extension)
    if first < 0xA0:
        return _sized("list", first & 15, data, at, extension)
    if first < 0xC0:
        return _sized("str", first & 31, data, at, extension)
    if first in _CONSTANTS:
        return _CONSTANTS[first], at
    if first in _FIXED:
        return _sized("ext", _FIXED[first], data, at, extension)
    if first in _NUMBERS:
        (number,) = struct.unpack_from(_NUMBERS[first], data, at)
        return number, at + struct.calcsize(_NUMBERS[first])
    form, kind = _SIZED[first]
    (size,) = struct.unpack_from(form, data, at)
    return _sized(kind, size, data, at + struct.calcsize(form), extension)


def _sized(kind: str, size: int, data: bytes, at: int, extension: Extension) -> tuple[Any, int]:
    if kind == "str":
        return data[at : at + size].decode(), at + size
    if kind == "bytes":
        return data[at : at + size], at + size
    if kind == "ext":
        (code,) = struct.unpack_from(">b", data, at)
        return extension(code, data[at + 1 : at + 1 + size]), at + 1 + size
    if kind == "list":
        found = []
        for _ in range(size):
            one, at = _read(data, at, extension)
            found.append(one)
        return found, at
    pairs = {}
    for _ in range(size):
        key, at = _read(data, at, extension)
        pairs[key], at = _read(data, at, extension)
    return pairs, at
