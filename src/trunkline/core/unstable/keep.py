"""What is live put in the place of what a render makes anew.

Values that belong together stay together: the leaves of one object, and objects that share a
value (a certificate's authority in a Secret and in a webhook). Either all of them are kept or
none. A checksum is kept only where all that is made anew is kept, and nothing beside it changed.
"""

from __future__ import annotations

import base64
import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from trunkline.core.manifest import Manifest, Ref
from trunkline.core.unstable.leaves import NOTHING, Leaf, Path, at
from trunkline.core.unstable.likeness import could_be, is_hash

Standing = Callable[[Ref], Manifest | None]
"""What stands now at a ref: in the cluster, or at the base of a range of commits."""


def with_kept(
    manifests: Sequence[Manifest], leaves: Sequence[Leaf], standing: Standing
) -> tuple[Manifest, ...]:
    """The manifests, with what stands where the leaves are. None is changed in place."""
    if not leaves:
        return tuple(manifests)
    found = {Ref.of(one): one for one in manifests}
    own = [one for one in leaves if one.ref in found and not _follows(one)]
    groups = _groups(own)
    kept = [group for group in groups if all(_keeps(one, standing) for one in group)]
    for group in kept:
        _put(found, group, standing)
    if len(kept) == len(groups) and _nothing_else_changed(own, found, standing):
        checksums = [one for one in leaves if one.ref in found and _follows(one)]
        _put(found, [one for one in checksums if _keeps(one, standing)], standing)
    return tuple(found.get(Ref.of(one), one) for one in manifests)


def _follows(leaf: Leaf) -> bool:
    return is_hash(leaf.value) and is_hash(leaf.other)


def _groups(leaves: Iterable[Leaf]) -> list[list[Leaf]]:
    """The leaves, those of one object or of one value together."""
    groups: list[list[Leaf]] = []
    for leaf in leaves:
        belongs = [one for one in groups if any(_together(leaf, each) for each in one)]
        groups = [one for one in groups if one not in belongs]
        groups.append([*(each for one in belongs for each in one), leaf])
    return groups


def _together(one: Leaf, other: Leaf) -> bool:
    if one.ref == other.ref:
        return True
    values = one.value, other.value
    return all(isinstance(each, str) for each in values) and (
        _decoded(values[0]) == _decoded(values[1])
    )


def _keeps(leaf: Leaf, standing: Standing) -> bool:
    there = standing(leaf.ref)
    value = _at(there, leaf.path) if there else NOTHING
    return value is not NOTHING and could_be(value, leaf.value, leaf.other)


def _put(found: dict[Ref, Manifest], leaves: Iterable[Leaf], standing: Standing) -> None:
    by_ref: dict[Ref, list[Leaf]] = defaultdict(list)
    for one in leaves:
        by_ref[one.ref].append(one)
    for ref, some in by_ref.items():
        changed, there = copy.deepcopy(found[ref]), standing(ref) or {}
        for one in some:
            *above, last = one.path
            at(changed, tuple(above))[last] = _at(there, one.path)
        found[ref] = changed


def _at(value: Manifest, path: Path) -> Any:
    """What stands at the path; `stringData` of a Secret stands in its `data`."""
    if path[0] != "stringData":
        return at(value, path)
    stored = at(_as_stored(value), ("data", *path[1:]))
    return stored if stored is NOTHING else _decoded(stored)


def _as_stored(manifest: Manifest) -> Manifest:
    """A Secret as the API server keeps it: `stringData` in `data`, in base64."""
    texts = manifest.get("stringData")
    if not isinstance(texts, dict):
        return manifest
    encoded = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
    rest = {key: value for key, value in manifest.items() if key != "stringData"}
    return {**rest, "data": {**(manifest.get("data") or {}), **encoded}}


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        return text


def _nothing_else_changed(
    leaves: Iterable[Leaf], found: dict[Ref, Manifest], standing: Standing
) -> bool:
    pairs = ((found[ref], standing(ref)) for ref in {one.ref for one in leaves})
    return all(there and _covered(_as_stored(one), _as_stored(there)) for one, there in pairs)


def _covered(wanted: Any, there: Any) -> bool:
    """Whether all that is wanted stands there; what stands there besides does not count."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(
            key in there and _covered(value, there[key]) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(there, list)
            and len(wanted) == len(there)
            and all(_covered(*pair) for pair in zip(wanted, there, strict=True))
        )
    return bool(wanted == there)
