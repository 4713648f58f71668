"""Sets of field paths, in the very form in which `managedFields` writes them (FieldsV1).

A set is a tree of path elements: `f:name` a field, `k:{…}` an item of a list by its keys, `v:…`
an item of a set. A node without children is a member; one with children is a member only if it
says so with ".". Trees are never changed once made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fields = dict[str, Any]
"""A tree of path elements."""

MEMBER = "."


def is_member(node: Mapping[str, Any]) -> bool:
    return not node or MEMBER in node


def node(member: bool, children: Fields) -> Fields | None:
    """The node with these children, None if neither it nor any child is a member."""
    if not children:
        return {} if member else None
    return {MEMBER: {}, **children} if member else children


def union(a: Fields, b: Fields) -> Fields:
    if not a or not b:
        return a or b
    joined = dict(a)
    for key, theirs in b.items():
        ours = joined.get(key)
        joined[key] = theirs if ours is None else _joined(ours, theirs)
    return joined


def _joined(a: Fields, b: Fields) -> Fields:
    children = union(_children(a), _children(b))
    return node(is_member(a) or is_member(b), children) or {}


def difference(a: Fields, b: Fields) -> Fields:
    """What is in `a` and not in `b`."""
    if not a or not b:
        return a
    left: Fields = {}
    for key, ours in a.items():
        if key == MEMBER:
            continue
        theirs = b.get(key)
        kept = ours if theirs is None else _left(ours, theirs)
        if kept is not None:
            left[key] = kept
    return left


def _left(a: Fields, b: Fields) -> Fields | None:
    member = is_member(a) and not is_member(b)
    return node(member, difference(_children(a), _children(b)))


def intersection(a: Fields, b: Fields) -> Fields:
    shared: Fields = {}
    for key, ours in a.items():
        theirs = b.get(key)
        if theirs is None or key == MEMBER:
            continue
        member = is_member(ours) and is_member(theirs)
        kept = node(member, intersection(_children(ours), _children(theirs)))
        if kept is not None:
            shared[key] = kept
    return shared


def paths(fields: Fields, prefix: str = "") -> list[str]:
    """Every member as the API server writes paths in messages: `.spec.ports[port=80]`."""
    found = []
    for key, below in sorted(fields.items()):
        if key == MEMBER:
            continue
        path = prefix + _shown(key)
        if is_member(below):
            found.append(path)
        found += paths(below, path)
    return found


def _shown(key: str) -> str:
    kind, _, rest = key.partition(":")
    if kind == "f":
        return f".{rest}"
    return f"[={rest}]" if kind == "v" else f"[{rest[1:-1].replace(':', '=')}]"


def _children(of: Fields) -> Fields:
    if MEMBER not in of:
        return of
    return {key: one for key, one in of.items() if key != MEMBER}
