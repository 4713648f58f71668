"""The second step of comparing: proving, without any request, that an apply would change nothing.

Server-side apply changes an object if a value differs, or if the set of fields that we own would
differ (KEP-555): `managedFields` says which we own now, spelled as `f:` for fields, `k:` for items
of a keyed list, `v:` for items of a set; an empty map below a field is a leaf, however large its
value. Whenever something is not plain, the answer is no, and the API server is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from trunkline.core.manifest import Manifest
from trunkline.core.marks import MANAGER

Owned = Mapping[str, Any]

# Merge keys that the server fills in; any other must be rendered, or the apply is refused.
DEFAULTED = frozenset({"protocol"})

# What says which object it is; nobody owns it.
IDENTITY = frozenset({"name", "namespace"})


def proved(desired: Manifest, live: Manifest) -> bool:
    """Whether applying `desired` as our field manager would certainly leave `live` as it is."""
    owned = _owned(live, str(desired.get("apiVersion")))
    if owned is None or desired.get("kind") != live.get("kind"):
        return False
    body = {key: value for key, value in desired.items() if key not in ("apiVersion", "kind")}
    metadata = {
        key: value for key, value in (desired.get("metadata") or {}).items() if key not in IDENTITY
    }
    return _map({**body, "metadata": metadata}, live, owned, frozenset())


def _owned(live: Manifest, api_version: str) -> Owned | None:
    """Our own entry of managedFields; None where there is none, or one of another version."""
    mine = [
        one
        for one in (live.get("metadata") or {}).get("managedFields") or ()
        if one.get("manager") == MANAGER and not one.get("subresource")
    ]
    if len(mine) != 1 or mine[0].get("operation") != "Apply":
        return None
    if mine[0].get("apiVersion") != api_version:
        return None
    found: Owned = mine[0].get("fieldsV1") or {}
    return found


def _value(desired: Any, live: Any, owned: Owned) -> bool:
    children = {key for key in owned if key != "."}
    if not children:
        return same(desired, live)
    if isinstance(desired, dict) and isinstance(live, dict):
        return _map(desired, live, owned, frozenset())
    if isinstance(desired, list) and isinstance(live, list):
        if all(key.startswith("k:") for key in children):
            return _keyed(desired, live, owned)
        if all(key.startswith("v:") for key in children):
            return _set(desired, live, owned)
    return False


def _map(
    desired: Mapping[str, Any], live: Mapping[str, Any], owned: Owned, keys: frozenset[str]
) -> bool:
    """`keys` are the merge keys of the item that this is: the server may have defaulted them."""
    wanted = set()
    for name, value in desired.items():
        mark = f"f:{name}"
        if mark in owned:
            wanted.add(mark)
            if name not in live or not _value(value, live[name], owned[mark]):
                return False
        elif not _owns_nothing(value, live.get(name)):
            return False
    extra = {key for key in owned if key != "." and key not in wanted}
    return all(key[2:] in keys and key[2:] in live for key in extra if key.startswith("f:")) and (
        all(key.startswith("f:") for key in extra)
    )


def _owns_nothing(value: Any, live: Any) -> bool:
    """An empty value that was rendered owns no field, so that what is live is not ours."""
    if value is None:
        return True
    return value in ({}, []) and (live is None or same(value, live))


def _keyed(desired: Sequence[Any], live: Sequence[Any], owned: Owned) -> bool:
    places = []
    marks = [key for key in owned if key != "."]
    if len(marks) != len(desired) or not all(isinstance(one, dict) for one in [*desired, *live]):
        return False
    for mark in marks:
        key = orjson.loads(mark[2:])
        ours = [at for at, one in enumerate(desired) if _has(one, key, lenient=True)]
        theirs = [at for at, one in enumerate(live) if _has(one, key, lenient=False)]
        if len(ours) != 1 or len(theirs) != 1:
            return False
        item, there = desired[ours[0]], live[theirs[0]]
        if not _map(item, there, owned[mark], DEFAULTED & frozenset(key)):
            return False
        places.append((ours[0], theirs[0]))
    return _in_order(places) and len({ours for ours, _ in places}) == len(desired)


def _has(item: Mapping[str, Any], key: Mapping[str, Any], *, lenient: bool) -> bool:
    """Whether an item has these merge keys; a rendered one may lack what the server defaults."""
    return all(
        (lenient and name in DEFAULTED and name not in item)
        or (name in item and same(item[name], value))
        for name, value in key.items()
    )


def _set(desired: Sequence[Any], live: Sequence[Any], owned: Owned) -> bool:
    marks = [orjson.loads(key[2:]) for key in owned if key != "."]
    if len(marks) != len(desired) or any(one not in desired for one in marks):
        return False
    if any(one not in live for one in desired) or len(set(map(repr, desired))) != len(desired):
        return False
    return _in_order([(at, live.index(one)) for at, one in enumerate(desired)])


def _in_order(places: Sequence[tuple[int, int]]) -> bool:
    """Whether the live items stand in the order of the rendered ones."""
    line = [theirs for _, theirs in sorted(places)]
    return line == sorted(line)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON, where 1, 1.0 and true are three different values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict | list):
        option = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
        return orjson.dumps(one, option=option) == orjson.dumps(other, option=option)
    return bool(one == other)
