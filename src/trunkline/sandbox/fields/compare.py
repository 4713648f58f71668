"""What differs between two versions of an object, as sets of fields."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from trunkline.sandbox.fields.path import by_key
from trunkline.sandbox.fields.sets import Fields, node, union
from trunkline.sandbox.typed.schema import Anything, ListOf, Scalar, Type, field_type

ABSENT = object()


class Comparison(Struct, frozen=True):
    added: Fields
    removed: Fields
    modified: Fields

    @property
    def changed(self) -> Fields:
        return union(self.added, self.modified)


def compared(old: Any, new: Any, of: Type) -> Comparison:
    return Comparison(present(new, old, of), present(old, new, of), modified(old, new, of))


def present(here: Any, there: Any, of: Type) -> Fields:
    """The fields that are here and not there; a whole new branch with all that is in it."""
    return _only(here, there, of) or {}


def _only(here: Any, there: Any, of: Type) -> Fields | None:
    if here is ABSENT or here is there:
        return None
    ours, theirs = _parts(here, of), _parts(there, of)
    children: Fields = {}
    for key, (one, kind) in (ours or {}).items():
        other = (theirs or {}).get(key, (ABSENT, kind))[0]
        below = _only(one, other, kind)
        if below is not None:
            children[key] = below
    return node(there is ABSENT, children)


def modified(old: Any, new: Any, of: Type) -> Fields:
    """The leaves that are in both and differ."""
    return _modified(old, new, of) or {}


def _modified(old: Any, new: Any, of: Type) -> Fields | None:
    if old is new:
        return None
    ours, theirs = _parts(old, of), _parts(new, of)
    if ours is None or theirs is None:
        return None if _equal(old, new) else {}
    children: Fields = {}
    for key, (one, kind) in ours.items():
        if key in theirs:
            below = _modified(one, theirs[key][0], kind)
            if below is not None:
                children[key] = below
    return node(False, children)


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b) if isinstance(a, bool) else bool(a == b)


def _parts(value: Any, of: Type) -> dict[str, tuple[Any, Type]] | None:
    """The parts of a granular value by path element; None for a leaf."""
    if isinstance(of, Scalar) or getattr(of, "atomic", False):
        return None
    if value is None and not isinstance(of, Anything):
        return {}
    if isinstance(of, ListOf):
        if not isinstance(value, list):
            return None
        return {key: (one, of.of) for key, one in by_key(value, of).items()}
    if not isinstance(value, dict):
        return None
    return {f"f:{name}": (one, field_type(of, name)) for name, one in value.items()}
