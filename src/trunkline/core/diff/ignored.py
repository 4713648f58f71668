"""Ignored differences, as Argo CD's `ignoreDifferences` defines them.

A rule names fields by JSON pointer, by jq path expression, or by the manager that owns them in
the live object. What is named is taken out of both sides before they are compared.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from trunkline.core.component import IgnoreRule
from trunkline.core.diff.jqpaths import Location, Places, nowhere
from trunkline.core.diff.managed import owned_paths
from trunkline.core.manifest import Manifest


def without_ignored(
    live: Manifest, desired: Manifest, rules: Sequence[IgnoreRule], places: Places = nowhere
) -> tuple[Manifest, Manifest]:
    """Both objects without what the rules name. The rules are those that apply to the object;
    `places` knows what their jq expressions name in both.
    """
    if not rules:
        return live, desired
    managers = frozenset(name for rule in rules for name in rule.managers)
    return (
        _without(live, {*_named(live, rules, places), *owned_paths(live, live, managers)}),
        _without(desired, {*_named(desired, rules, places), *owned_paths(live, desired, managers)}),
    )


def with_ignored_as_live(
    desired: Manifest, live: Manifest, rules: Sequence[IgnoreRule], places: Places = nowhere
) -> Manifest:
    """The desired object with what the rules name as it is live: RespectIgnoreDifferences."""
    managers = frozenset(name for rule in rules for name in rule.managers)
    kept = {*_named(live, rules, places), *owned_paths(live, live, managers)}
    found = _without(desired, {*_named(desired, rules, places), *kept})
    if not kept:
        return found
    found = copy.deepcopy(found)
    for location in sorted(kept, key=_from_the_end):
        _put(found, location, _found(live, location))
    return found


def without_left_behind(
    answer: Manifest, live: Manifest, former: frozenset[str], fresh: Manifest
) -> Manifest:
    """What an apply gives once it owns what these managers own now: fields of theirs that nobody
    else owns, and that the apply does not set, go.

    `fresh` is what the server makes of the object where nothing is live: what it fills in there
    comes back at once.
    """
    others = frozenset(
        str(one.get("manager"))
        for one in (answer.get("metadata") or {}).get("managedFields") or ()
        if one.get("manager") not in former
    )
    theirs = set(owned_paths(live, answer, former, leaves=True))
    kept = set(owned_paths(answer, answer, others, leaves=True))
    gone = {one for one in theirs - kept if _found(fresh, one) != _found(answer, one)}
    return _without(answer, gone | _emptied(gone, theirs | kept))


def _emptied(gone: set[Location], owned: set[Location]) -> set[Location]:
    """The items of lists of which nothing is left."""
    items = {one[: at + 1] for one in gone for at, step in enumerate(one) if isinstance(step, int)}
    return {
        item
        for item in items
        if all(one in gone for one in owned if one[: len(item)] == item and one != item)
    }


def _found(value: Any, location: Location) -> Any:
    for step in location:
        value = _at(value, step)
    return value


def _put(value: Any, location: Location, live: Any) -> None:
    """Set what is live at a place whose surroundings are there."""
    *above, last = location or ("",)
    for step in above:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.setdefault(step, {})
        else:
            value = _at(value, step)
    if live is None:
        return
    if isinstance(value, dict) and isinstance(last, str):
        value[last] = copy.deepcopy(live)
    elif isinstance(value, list) and isinstance(last, int):
        value.insert(last, copy.deepcopy(live))


def _named(manifest: Manifest, rules: Iterable[IgnoreRule], places: Places) -> Iterator[Location]:
    for rule in rules:
        for pointer in rule.json_pointers:
            yield pointed(manifest, pointer)
        for expression in rule.jq_expressions:
            yield from places(manifest, expression)


def pointed(value: Any, pointer: str) -> Location:
    """The location that a JSON pointer names in this value (RFC 6901)."""
    location: list[str | int] = []
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        step = int(name) if isinstance(value, list) and name.isdecimal() else name
        location.append(step)
        value = _at(value, step)
    return tuple(location)


def _at(value: Any, step: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
        return value[step]
    return None


def _without(manifest: Manifest, locations: set[Location]) -> Manifest:
    if not locations:
        return manifest
    rest = copy.deepcopy(manifest)
    # Later items of a list first, so that positions stay true while items go.
    for location in sorted(locations, key=_from_the_end, reverse=True):
        _remove(rest, location)
    return rest


def _from_the_end(location: Location) -> list[tuple[bool, int, str]]:
    return [
        (isinstance(step, int), step if isinstance(step, int) else 0, str(step))
        for step in location
    ]


def _remove(value: Any, location: Location) -> None:
    *above, last = location or ("",)
    for step in above:
        value = _at(value, step)
    if isinstance(value, dict):
        value.pop(last, None)
    elif isinstance(value, list) and isinstance(last, int) and -len(value) <= last < len(value):
        del value[last]
