"""Which fields of an object a manager owns, as `metadata.managedFields` says it.

`fieldsV1` is a tree: `f:name` is a field, `k:{…}` the list item with this key, `v:…` the member
of a set, `i:2` a position, `.` the map or item itself (structured-merge-diff, "FieldsV1").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from trunkline.core.diff.normal import equal
from trunkline.core.manifest import Manifest

Fields = dict[str, Any]
Location = tuple[str | int, ...]

# Keys of items that the server fills in where they are not given.
KEY_DEFAULTS: Mapping[str, Any] = {"protocol": "TCP"}


def owned_paths(
    live: Manifest, target: Manifest, managers: frozenset[str], *, leaves: bool = False
) -> Iterator[Location]:
    """Where in the target the fields stand that these managers own in the live object.

    An item of a list that is theirs with all that is in it is one place, unless `leaves`.
    """
    if not managers:
        return
    for entry in (live.get("metadata") or {}).get("managedFields") or ():
        if entry.get("manager") in managers:
            yield from _places(entry.get("fieldsV1") or {}, target, (), leaves)


def _places(fields: Fields, value: Any, path: Location, leaves: bool) -> Iterator[Location]:
    for key, below in fields.items():
        if key == ".":
            continue
        step = step_of(key, value)
        if step is None:
            continue
        child = value[step]
        whole = not leaves and _owns_item(key, below, child)
        if whole or all(name == "." for name in below):
            yield (*path, step)
        else:
            yield from _places(below, child, (*path, step), leaves)


def _owns_item(key: str, below: Fields, child: Any) -> bool:
    """Whether a list item belongs to the manager with all that is in it."""
    return (
        key.startswith("k:")
        and "." in below
        and isinstance(child, dict)
        and all(f"f:{name}" in below for name in child)
    )


def step_of(key: str, value: Any) -> str | int | None:
    """Where in the value this key of fieldsV1 leads, None if nothing is there."""
    kind, _, text = key.partition(":")
    if kind == "f":
        return text if isinstance(value, dict) and text in value else None
    if not isinstance(value, list):
        return None
    if kind == "i":
        return int(text) if int(text) < len(value) else None
    wanted = parsed(text)
    for at, item in enumerate(value):
        if (kind == "v" and equal(item, wanted)) or (kind == "k" and _has_key(item, wanted)):
            return at
    return None


def _has_key(item: Any, wanted: Fields) -> bool:
    return isinstance(item, dict) and all(
        equal(item.get(name, KEY_DEFAULTS.get(name)), value) for name, value in wanted.items()
    )


@lru_cache(maxsize=50_000)
def parsed(text: str) -> Any:
    """The value of a `k:` or `v:` key. Shared: not to be changed."""
    return orjson.loads(text)
