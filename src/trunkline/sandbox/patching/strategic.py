"""Strategic merge patch, which `kubectl apply` without `--server-side` sends for built-in kinds.

Lists with a merge key are merged by it. Directives, by the API's description of the format:
`$patch: delete|replace|merge`, `$deleteFromPrimitiveList/x`, `$setElementOrder/x`, `$retainKeys`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from trunkline.sandbox.typed.schema import (
    Anything,
    ListOf,
    MapOf,
    Struct,
    Type,
    field_type,
)

Json = dict[str, Any]

PATCH, RETAIN = "$patch", "$retainKeys"
DELETE, ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


def strategic_patched(document: Any, patch: Any, of: Type) -> Any:
    """A new document; neither argument is changed."""
    if not isinstance(patch, dict) or not isinstance(of, Struct | MapOf | Anything):
        return patch
    if patch.get(PATCH) == "replace":
        return {k: v for k, v in patch.items() if k != PATCH}
    if patch.get(PATCH) == "delete":
        return {}
    found = dict(document) if isinstance(document, dict) else {}
    if RETAIN in patch:
        found = {k: v for k, v in found.items() if k in patch[RETAIN]}
    for key, value in patch.items():
        _field(found, key, value, patch, of)
    _deleted_primitives(found, patch)
    return found


def _field(found: Json, key: str, value: Any, patch: Json, of: Struct | MapOf | Anything) -> None:
    if key.startswith(("$deleteFrom", "$patch", "$retain")):
        return
    if key.startswith(ORDER):
        name = key.removeprefix(ORDER)
        if name not in patch:
            items = found.get(name)
            found[name] = _ordered(items, value, field_type(of, name), items)
    elif value is None:
        found.pop(key, None)
    else:
        kind = field_type(of, key)
        if isinstance(kind, ListOf) and isinstance(value, list):
            before = found.get(key)
            merged = _list(before, value, kind)
            order = patch.get(f"{ORDER}{key}", value if kind.merge is not None else None)
            found[key] = _ordered(merged, order, kind, before)
        else:
            found[key] = strategic_patched(found.get(key), value, kind)


def _deleted_primitives(found: Json, patch: Json) -> None:
    for key, gone in patch.items():
        if key.startswith(DELETE):
            name = key.removeprefix(DELETE)
            left = [one for one in found.get(name) or () if one not in gone]
            found[name] = left
            if not left:
                del found[name]


def _list(items: Any, patch: list[Any], of: ListOf) -> list[Any]:
    if of.merge is None:
        return patch
    now = list(items or ())
    if not of.merge:
        return now + [one for one in patch if one not in now]
    if any(isinstance(one, dict) and one.get(PATCH) == "replace" for one in patch):
        return [one for one in patch if PATCH not in one]
    for one in patch:
        _item(now, one, of.merge, of.of)
    return now


def _item(items: list[Any], one: Any, key: str, of: Type) -> None:
    name = one.get(key) if isinstance(one, dict) else None
    index = next((n for n, item in enumerate(items) if item.get(key) == name), None)
    if one.get(PATCH) == "delete":
        if index is not None:
            del items[index]
    elif index is None:
        items.append(strategic_patched({}, one, of))
    else:
        items[index] = strategic_patched(items[index], one, of)


def _ordered(items: Any, order: Any, of: Type, live: Any) -> Any:
    """Items in the order that the patch gives; those of others keep their place among them."""
    if not isinstance(items, list) or not isinstance(order, list) or not isinstance(of, ListOf):
        return items
    wanted = [_identity(one, of) for one in order]
    before = [_identity(one, of) for one in live or ()]
    named = sorted((one for one in items if _identity(one, of) in wanted), key=_place(wanted, of))
    others = [one for one in items if _identity(one, of) not in wanted]
    result: list[Any] = []
    for one in named:
        place = _identity(one, of)
        while others and place in before and _comes_first(others[0], place, before, of):
            result.append(others.pop(0))
        result.append(one)
    return result + others


def _identity(one: Any, of: ListOf) -> Any:
    return one.get(of.merge) if of.merge and isinstance(one, dict) else one


def _place(wanted: list[Any], of: ListOf) -> Callable[[Any], int]:
    return lambda one: wanted.index(_identity(one, of))


def _comes_first(other: Any, place: Any, before: list[Any], of: ListOf) -> bool:
    name = _identity(other, of)
    return name in before and before.index(name) < before.index(place)
