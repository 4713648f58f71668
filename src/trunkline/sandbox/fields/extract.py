"""The set of fields that an applied object names, which its manager will own."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.fields.path import by_key
from trunkline.sandbox.fields.sets import MEMBER, Fields, node
from trunkline.sandbox.typed.schema import (
    ANYTHING,
    ListOf,
    MapOf,
    Scalar,
    Struct,
    Type,
    is_named,
)


def fields_of(value: dict[str, Any], of: Type) -> Fields:
    return _children(value, of) or {}


def _children(value: Any, of: Type) -> Fields | None:
    """The members below a value; None where the value is a leaf, a member itself."""
    if isinstance(of, Scalar) or getattr(of, "atomic", False):
        return None
    if isinstance(of, ListOf):
        if not isinstance(value, list):
            return {}
        return {key: _item(one, of.of) for key, one in by_key(value, of).items()}
    if not isinstance(value, dict):
        return None
    return _map_children(value, of)


def _map_children(value: dict[str, Any], of: Any) -> Fields:
    found: Fields = {}
    struct = of.fields if isinstance(of, Struct) else None
    default = of.of if isinstance(of, MapOf) else None
    for name, one in value.items():
        named = struct is not None and name in struct
        kind = struct[name] if struct is not None and named else default or ANYTHING
        below = _children(one, kind)
        # An item of a map is a member as such; a struct's field only if it is empty.
        member = below is None or not named or one is None or one == {}
        kept = node(member, below or {})
        if kept is not None:
            found[f"f:{name}"] = kept
    return found


def _item(value: Any, of: Type) -> Fields:
    below = _children(value, of)
    return {MEMBER: {}, **below} if below else {}


def with_named(fields: Fields, of: Type) -> Fields:
    """The set with every struct field on the way to a member as a member too."""
    found: Fields = {}
    for key, below in fields.items():
        if key == MEMBER:
            continue
        kind, named = _descend(of, key)
        inner = with_named(below, kind)
        member = named or not below or MEMBER in below
        kept = node(member, inner)
        if kept is not None:
            found[key] = kept
    return found


def _descend(of: Type, key: str) -> tuple[Type, bool]:
    if isinstance(of, ListOf):
        return of.of, False
    if isinstance(of, Scalar) or not key.startswith("f:"):
        return ANYTHING, False
    name = key[2:]
    if is_named(of, name):
        return of.fields[name], True  # type: ignore[union-attr]
    return (of.of if isinstance(of, MapOf) else ANYTHING), False
