"""Server-side apply and the ownership that every other write takes (KEP-555).

Both are pure: from the live object, what was sent and who sent it to the new object and the new
shares. What the server itself sets (uid, resourceVersion, …) belongs to nobody.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from msgspec.structs import replace

from trunkline.sandbox.fields.compare import compared
from trunkline.sandbox.fields.extract import fields_of, with_named
from trunkline.sandbox.fields.managers import Owner, Share, Shares
from trunkline.sandbox.fields.merge import merged, without
from trunkline.sandbox.fields.sets import MEMBER, Fields, difference, intersection, union
from trunkline.sandbox.typed.schema import Type

Json = dict[str, Any]

_SYSTEM = (
    "name namespace creationTimestamp selfLink uid clusterName generation managedFields "
    "resourceVersion"
).split()
UNOWNED: Fields = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {MEMBER: {}, **{f"f:{name}": {} for name in _SYSTEM}},
}
"""What nobody owns."""


class Conflicts(Exception):
    """Fields that the applied object would change and that others own."""

    def __init__(self, owners: dict[Owner, Fields]) -> None:
        super().__init__(f"{len(owners)} owners")
        self.owners = owners


def applied(
    live: Json,
    config: Json,
    of: Type,
    shares: Shares,
    owner: Owner,
    *,
    force: bool,
    ignored: Fields,
) -> tuple[Json, Shares]:
    """The object and its shares after an apply. Raises Conflicts unless forced."""
    version = str(config["apiVersion"])
    mine = _owned(fields_of(config, of), ignored)
    before = shares.get(owner)
    rest = {one: share for one, share in shares.items() if one != owner}
    new = _pruned(
        merged(live, config, of),
        before.fields if before else {},
        [mine, *(share.fields for share in rest.values())],
        of,
    )
    rest = _taken(rest, compared(live, new, of), ignored, force=force)
    return new, rest | _share(owner, mine, before, version)


def updated(
    live: Json, new: Json, of: Type, shares: Shares, owner: Owner, *, ignored: Fields
) -> Shares:
    """The shares after any other write: the writer owns what it changed."""
    comparison = compared(live, new, of)
    before = shares.get(owner)
    rest = {one: share for one, share in shares.items() if one != owner}
    rest = _taken(rest, comparison, ignored, force=True)
    kept = difference(before.fields if before else {}, comparison.removed)
    mine = _owned(union(kept, comparison.changed), ignored)
    return rest | _share(owner, mine, before, str(new["apiVersion"]))


def _owned(fields: Fields, ignored: Fields) -> Fields:
    """Without what nobody owns and without what this request may not write."""
    return _excluded(_excluded(fields, UNOWNED), ignored)


def _excluded(fields: Fields, excluded: Fields) -> Fields:
    """Unlike a difference this takes a branch with all below it, where the branch is named last."""
    left: Fields = {}
    for key, below in fields.items():
        out = excluded.get(key)
        if out is None:
            left[key] = below
        elif out:
            rest = _excluded(below, out)
            if MEMBER in out:
                rest.pop(MEMBER, None)
            if rest:
                left[key] = rest
    return left


def _pruned(new: Json, last: Fields, owned: Iterable[Fields], of: Type) -> Json:
    """Without the fields that were applied the last time and that nobody owns any more."""
    if not last:
        return new
    everyones: Fields = reduce(union, owned, {})
    abandoned = difference(with_named(last, of), with_named(everyones, of))
    return without(new, abandoned, of) or {}


def _taken(rest: Shares, comparison: Any, ignored: Fields, *, force: bool) -> Shares:
    """The shares of others, without what is changed or removed. Raises Conflicts."""
    changed = _owned(comparison.changed, ignored)
    if changed and not force:
        found = {one: intersection(share.fields, changed) for one, share in rest.items()}
        conflicts = {one: fields for one, fields in found.items() if fields}
        if conflicts:
            raise Conflicts(conflicts)
    gone = union(changed, comparison.removed)
    if not gone:
        return rest
    left = {
        one: replace(share, fields=difference(share.fields, gone)) for one, share in rest.items()
    }
    return {one: share for one, share in left.items() if share.fields}


def _share(owner: Owner, mine: Fields, before: Share | None, version: str) -> Shares:
    """The writer's share; its time is kept where nothing of it changed, and set by the caller."""
    if not mine:
        return {}
    if before is not None and before.fields == mine and before.version == version:
        return {owner: before}
    return {owner: Share(mine, "", version)}
