"""Path elements of list items: by keys for a map, by the value for a set."""

from __future__ import annotations

from typing import Any

import orjson

from trunkline.sandbox.typed.schema import ListOf, Scalar, Struct, Type


class NoKey(ValueError):
    """An item of a list that is a map by keys has none of them."""


def item_key(item: Any, of: ListOf) -> str:
    """`k:{"name":"main"}` or `v:"text"`. Keys that the item leaves out have their defaults."""
    if of.unique:
        return "v:" + orjson.dumps(item).decode()
    found = {}
    for key in of.keys:
        value = item.get(key) if isinstance(item, dict) else None
        value = _default(key, of.of) if value is None else value
        if value is not None:
            found[key] = value
    if not found:
        raise NoKey(
            "associative list with keys has an element that omits key field "
            f'"{of.keys[0]}" (and doesn\'t have default value)'
        )
    return "k:" + orjson.dumps(found).decode()


def _default(key: str, of: Type) -> Any:
    """The default of a key; of one that is required without any, what Go makes of nothing."""
    if not isinstance(of, Struct):
        return None
    kind = of.fields.get(key)
    if key in of.required and isinstance(kind, Scalar):
        return of.defaults.get(key, 0 if kind.name == "integer" else "")
    return of.defaults.get(key)


def by_key(items: list[Any], of: ListOf) -> dict[str, Any]:
    """Items by their path elements, in order; of equal ones the first."""
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(item_key(item, of), item)
    return found
