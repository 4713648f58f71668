"""Whether a value is of its type, in the words in which server-side apply says so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from trunkline.sandbox.typed.schema import Anything, ListOf, MapOf, Scalar, Struct, Type

_EXPECTED: dict[str, tuple[str, tuple[type, ...]]] = {
    "boolean": ("boolean", (bool,)),
    "byte": ("string", (str,)),
    "integer": ("numeric (int or float)", (int, float)),
    "number": ("numeric (int or float)", (int, float)),
    "string": ("string", (str,)),
    "time": ("string", (str,)),
}
_WORDS = {bool: "boolean", str: "string", int: "integer", float: "float", dict: "map", list: "list"}


def mistyped(value: Any, of: Type, path: str = "") -> Iterator[str]:
    """`.spec.replicas: expected numeric (int or float), got string`, for every such field."""
    if value is None or isinstance(of, Anything):
        return
    if isinstance(of, Scalar):
        yield from _scalar(value, of, path)
    elif isinstance(of, ListOf):
        if not isinstance(value, list):
            yield f"{path}: expected list, got {_word(value)}"
            return
        for number, one in enumerate(value):
            yield from mistyped(one, of.of, f"{path}[{number}]")
    elif not isinstance(value, dict):
        yield f"{path}: expected map, got {_word(value)}"
    elif isinstance(of, MapOf):
        for name, one in value.items():
            yield from mistyped(one, of.of, f"{path}.{name}")
    else:
        yield from _fields(value, of, path)


def _fields(value: dict[str, Any], of: Struct, path: str) -> Iterator[str]:
    for name, one in value.items():
        if name in of.fields:
            yield from mistyped(one, of.fields[name], f"{path}.{name}")
        elif not of.open:
            yield f"{path}.{name}: field not declared in schema"


def _scalar(value: Any, of: Scalar, path: str) -> Iterator[str]:
    wanted, kinds = _EXPECTED.get(of.name, ("", ()))
    is_bool = isinstance(value, bool) and bool not in kinds
    if wanted and (is_bool or not isinstance(value, kinds)):
        yield f"{path}: expected {wanted}, got {_word(value)}"


def _word(value: Any) -> str:
    return _WORDS.get(type(value), type(value).__name__)
