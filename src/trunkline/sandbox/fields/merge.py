"""Merging an applied object into the live one, and taking abandoned fields out of it."""

from __future__ import annotations

from typing import Any

from trunkline.sandbox.fields.path import by_key, item_key
from trunkline.sandbox.fields.sets import MEMBER, Fields, is_member
from trunkline.sandbox.typed.schema import ListOf, Scalar, Type, field_type


def merged(live: Any, applied: Any, of: Type) -> Any:
    """The live value with everything that the applied one says."""
    if isinstance(of, Scalar) or getattr(of, "atomic", False) or live is None:
        return applied
    if isinstance(of, ListOf):
        if not isinstance(live, list) or not isinstance(applied, list):
            return applied
        return _merged_list(live, applied, of)
    if not isinstance(live, dict) or not isinstance(applied, dict):
        return applied
    both = dict(live)
    for name, value in applied.items():
        both[name] = merged(live.get(name), value, field_type(of, name))
    return both


def _merged_list(live: list[Any], applied: list[Any], of: ListOf) -> list[Any]:
    """Applied items in their order; an item of others comes before what comes after it now."""
    theirs, ours = by_key(live, of), by_key(applied, of)
    waiting = list(theirs)
    order: list[str] = []
    for key in ours:
        while waiting and (waiting[0] not in ours or waiting[0] in order):
            order.append(waiting.pop(0))
        order.append(key)
        if waiting and waiting[0] == key:
            waiting.pop(0)
    order += [key for key in waiting if key not in ours]
    return [
        merged(theirs.get(key), ours[key], of.of) if key in ours else theirs[key]
        for key in dict.fromkeys(order)
    ]


def without(value: Any, fields: Fields, of: Type) -> Any:
    """The value without these fields. What is emptied by it is null: there still, for who owns it
    as such, and gone once the object is decoded.
    """
    if not fields or isinstance(of, Scalar) or getattr(of, "atomic", False):
        return value
    if isinstance(of, ListOf):
        return _list_without(value, fields, of) if isinstance(value, list) else value
    if not isinstance(value, dict):
        return value
    left = {
        name: without(one, _below(fields, f"f:{name}"), field_type(of, name))
        for name, one in value.items()
        if not _removed(fields, f"f:{name}")
    }
    return left or None


def _list_without(items: list[Any], fields: Fields, of: ListOf) -> list[Any] | None:
    kept = [
        without(item, _below(fields, item_key(item, of)), of.of)
        for item in items
        if not _removed(fields, item_key(item, of))
    ]
    return kept or None


def _removed(fields: Fields, key: str) -> bool:
    found = fields.get(key)
    return found is not None and is_member(found)


def _below(fields: Fields, key: str) -> Fields:
    found = fields.get(key) or {}
    return {one: below for one, below in found.items() if one != MEMBER}
