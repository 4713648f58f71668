"""Objects that go in one place and come in another: renamed, or given to another namespace.

To Kubernetes that is one deletion and one creation, and so it stays in a plan. A reviewer wants to
know that it is the same object, and what else about it changed. Pairs are found in two steps, each
linear in the number of objects: the same content under another name, then the same name modulo the
names of component and namespace. What is left is compared only where few are left.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

from msgspec import Struct

from trunkline.core.manifest import Manifest, Ref

K = TypeVar("K", bound=Hashable)

# So many objects of one kind are compared each with each; more are only looked up.
FEW = 12

# The share of equal leaves from which two objects are taken for one, as Git does with files.
ALIKE = 0.6

# With fewer leaves than this, being equal is chance.
TELLING = 2


class End(Struct, Generic[K], frozen=True):
    """One end of a possible move. `names` are those of its component, the longest first."""

    key: K
    ref: Ref
    manifest: Manifest
    names: tuple[str, ...] = ()


def moves(gone: Iterable[End[K]], come: Iterable[End[K]]) -> dict[K, K]:
    """For each that came and moved, the one that it was. No end is in two moves."""
    left, new = {one.key: one for one in gone}, {one.key: one for one in come}
    found: dict[K, K] = {}
    for same in (_place, _content, _name):
        for was, now in _unique(left, new, same):
            found[now.key] = was.key
            del left[was.key], new[now.key]
    for was, now in _alike(left.values(), new.values()):
        found[now.key] = was.key
    return found


def _unique(
    gone: Mapping[K, End[K]], come: Mapping[K, End[K]], same: Callable[[End[K]], Hashable]
) -> list[tuple[End[K], End[K]]]:
    """Those that are the only ones on both sides with this in common."""
    olds, news = _by(gone.values(), same), _by(come.values(), same)
    return [
        (olds[one][0], news[one][0])
        for one in olds.keys() & news.keys()
        if len(olds[one]) == len(news[one]) == 1
    ]


def _by(ends: Iterable[End[K]], same: Callable[[End[K]], Hashable]) -> dict[Hashable, list[End[K]]]:
    found: dict[Hashable, list[End[K]]] = defaultdict(list)
    for one in ends:
        if (key := same(one)) is not None:
            found[key].append(one)
    return found


def _kind(end: End[K]) -> tuple[str, str]:
    return end.ref.group, end.ref.kind


def _content(end: End[K]) -> Hashable:
    """All of it but its name: equal for two objects that say the same."""
    leaves = leaves_of(end)
    return (*_kind(end), leaves) if len(leaves) >= TELLING else None


def _place(end: End[K]) -> Hashable:
    """The very same ref in another component."""
    return end.ref


def _name(end: End[K]) -> Hashable:
    """The name with the component's own names taken out: `web-eu-config` of `web-eu`."""
    name = end.ref.name
    for own in end.names:
        name = name.replace(own, "\0")
    return (*_kind(end), name) if "\0" in name or end.ref.namespace else None


def _alike(gone: Iterable[End[K]], come: Iterable[End[K]]) -> Iterator[tuple[End[K], End[K]]]:
    """The best pairs of what has no equal, the most alike first; where there are few."""
    olds, news = _by(gone, _kind), _by(come, _kind)
    for kind in sorted(olds.keys() & news.keys(), key=str):
        if len(olds[kind]) > FEW or len(news[kind]) > FEW:
            continue
        pairs = [
            (_likeness(was, now), at, other, was, now)
            for at, was in enumerate(olds[kind])
            for other, now in enumerate(news[kind])
        ]
        used: set[tuple[str, int]] = set()
        for score, at, other, was, now in sorted(pairs, key=lambda pair: (-pair[0], pair[1:3])):
            if score >= ALIKE and not used & {("old", at), ("new", other)}:
                used |= {("old", at), ("new", other)}
                yield was, now


def _likeness(one: End[K], other: End[K]) -> float:
    a, b = leaves_of(one), leaves_of(other)
    return len(a & b) / len(a | b) if len(a) >= TELLING and len(b) >= TELLING else 0.0


def leaves_of(end: End[K]) -> frozenset[str]:
    """Everything the object says, its own names and its namespace taken out."""
    body = {k: v for k, v in end.manifest.items() if k not in ("apiVersion", "kind", "metadata")}
    meta = end.manifest.get("metadata") or {}
    kept = {key: value for key, value in meta.items() if key not in ("name", "namespace")}
    own = [one for one in (end.ref.name, end.ref.namespace, *end.names) if one]
    return frozenset(_leaves({**body, "metadata": kept}, "", sorted(own, key=len, reverse=True)))


def _leaves(value: Any, path: str, own: list[str]) -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves(one, f"{path}.{key}", own)
    elif isinstance(value, list) and value:
        for one in value:
            yield from _leaves(one, f"{path}[]", own)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
        for one in own:
            text = text.replace(one, "\0")
        yield f"{path}={text}"


def renamed_as(manifest: Manifest, ref: Ref) -> Manifest:
    """The object under another name and namespace, to be compared with what it became."""
    meta = {**(manifest.get("metadata") or {}), "name": ref.name}
    if ref.namespace:
        meta["namespace"] = ref.namespace
    return {**manifest, "metadata": meta}
