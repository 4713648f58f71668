"""Types of fields, as far as merging, ownership and pruning need them.

The words are those of the Kubernetes API conventions: a list is atomic, a set, or a map by keys;
a struct or a map is granular unless it is atomic (KEP-555, "merge semantics").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import field


class Scalar(msgspec.Struct, eq=False):
    """`name` is the word of the table of built-in kinds: string, integer, quantity, …"""

    name: str


class Anything(msgspec.Struct, eq=False):
    """A value whose type is seen from the value: maps are granular, lists atomic."""


class Struct(msgspec.Struct, eq=False):
    """`open` structs keep fields that they do not name; `omitted` are not written when zero;
    `numbers` are the ways to fields in protobuf.

    Mutable only while it is being built, because structs may contain themselves.
    """

    name: str = ""
    fields: dict[str, Type] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    atomic: bool = False
    open: bool = False
    omitted: frozenset[str] = frozenset()
    numbers: Mapping[str, Sequence[int]] = field(default_factory=dict)


class MapOf(msgspec.Struct, eq=False):
    of: Type
    atomic: bool = False


class ListOf(msgspec.Struct, eq=False):
    """`keys` identify an item of a list that is a map, `unique` is a set, neither is atomic.

    `merge` is the key of the older strategic merge patch: None replaces the list, "" merges
    plain values.
    """

    of: Type
    keys: tuple[str, ...] = ()
    unique: bool = False
    merge: str | None = None

    @property
    def atomic(self) -> bool:
        return not (self.keys or self.unique)


Type = Scalar | Anything | Struct | MapOf | ListOf

ANYTHING = Anything()
STRING = Scalar("string")


def field_type(of: Struct | MapOf | Anything, name: str) -> Type:
    """The type of a field; of one that a struct does not know, anything."""
    if isinstance(of, Struct):
        return of.fields.get(name, ANYTHING)
    return of.of if isinstance(of, MapOf) else ANYTHING


def is_named(of: Struct | MapOf | Anything, name: str) -> bool:
    """Whether the type names this field, which then is no item of a map."""
    return isinstance(of, Struct) and name in of.fields


def blank(of: Struct) -> dict[str, Any]:
    """An object of this type before anything is said: what a server written in Go holds then.

    Structs that are no pointers are there, and so are lists that are always written, as nulls.
    A creator does not own what is there before it.
    """
    found: dict[str, Any] = {}
    for name, kind in of.fields.items():
        if isinstance(kind, Struct) and of.defaults.get(name) == {}:
            found[name] = blank(kind)
        elif isinstance(kind, ListOf) and name in of.required:
            found[name] = None
    return found
