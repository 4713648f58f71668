"""Two objects laid side by side, field by field.

The result is a tree: each node is one place, with what stands there before and after. Maps are
matched by key, keyed lists by their merge key, other lists and multi-line texts by their longest
common run. Everything that is said of a difference (fields, text, masked objects) is read from
this one tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.diff.mergekeys import Keying, keying
from trunkline.core.diff.normal import equal
from trunkline.core.diff.path import Item, Path, Step
from trunkline.core.diff.spelling import is_default, same_meaning


class Absent(Enum):
    """What stands where nothing does; None is a value."""

    ABSENT = "absent"


ABSENT = Absent.ABSENT

# Above this product of lengths the exact matching of two sequences takes too long.
_EXACT = 4_000_000

_REFERENCE = re.compile(r"\$\(([^)]+)\)")


class Node(Struct, frozen=True):
    """One place of both objects. `path` leads to it from the root.

    `children` are set where both sides are maps, or both are lists, and they differ; in a place
    that is `same` they are kept only to find what was folded there. `order` holds the labels of a
    list's items, before and after, where their order changed. `folded`: it differs, and that means
    nothing: another order, another spelling, or noise that is told once for many objects.
    """

    path: Path
    before: Any
    after: Any
    same: bool
    children: tuple[Node, ...] = ()
    order: tuple[tuple[str, ...], tuple[str, ...]] | None = None
    folded: bool = False

    @property
    def step(self) -> Step:
        return self.path[-1]

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in order."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            yield node
            waiting.extend(reversed(node.children))


def aligned(before: Any, after: Any, path: Path = ()) -> Node:
    """The tree of two values. Equal parts are one node, `same`, without children."""
    if before is ABSENT or after is ABSENT:
        default = is_default(path, after if before is ABSENT else before)
        return Node(path, before, after, same=default, folded=default)
    if equal(before, after):
        return Node(path, before, after, same=True)
    if same_meaning(path, before, after):
        return Node(path, before, after, same=True, folded=True)
    if before and after:
        if isinstance(before, dict) and isinstance(after, dict):
            return _aligned_maps(before, after, path)
        if isinstance(before, list) and isinstance(after, list):
            return _aligned_lists(before, after, path)
    return Node(path, before, after, same=False)


def _aligned_maps(before: dict[str, Any], after: dict[str, Any], path: Path) -> Node:
    children = tuple(
        aligned(before.get(key, ABSENT), after.get(key, ABSENT), (*path, key))
        for key in in_order({**before, **after}, top=not path)
    )
    return _branch(path, before, after, children)


def _branch(path: Path, before: Any, after: Any, children: tuple[Node, ...]) -> Node:
    same = all(child.same for child in children)
    plain = same and not any(child.children or child.order or child.folded for child in children)
    return Node(path, before, after, same, () if plain else children)


def without(root: Node, hushed: frozenset[Path]) -> Node:
    """The tree with these places folded, though they differ."""
    if not root.children:
        return replace(root, same=True, folded=True) if root.path in hushed else root
    children = tuple(without(child, hushed) for child in root.children)
    same = all(child.same for child in children) and (root.order is None or root.folded)
    return replace(root, same=same, children=children)


def in_order(keys: dict[str, Any], *, top: bool = False) -> list[str]:
    """Map keys as an object is read: what names it first, the rest by the alphabet."""
    first = ("apiVersion", "kind", "metadata") if top else ("name",)
    return sorted(
        keys, key=lambda key: (first.index(key) if key in first else len(first), str(key))
    )


def _aligned_lists(before: list[Any], after: list[Any], path: Path) -> Node:
    if found := keying(path, before, after):
        return _aligned_by_key(before, after, path, found)
    children = tuple(
        aligned(one, other, (*path, at)) for at, one, other in _in_sequence(before, after)
    )
    return _branch(path, before, after, children)


def _aligned_by_key(before: list[Any], after: list[Any], path: Path, found: Keying) -> Node:
    olds = {found.item(one): one for one in before}
    news = {found.item(one): one for one in after}
    items = _with_removed(list(olds), list(news))
    children = tuple(
        aligned(olds.get(item, ABSENT), news.get(item, ABSENT), (*path, item)) for item in items
    )
    kept_before = [item for item in olds if item in news]
    kept_after = [item for item in news if item in olds]
    moved = kept_before != kept_after
    folded = found.folds and not _breaks_references(kept_before, kept_after, news)
    inside = _branch(path, before, after, children)
    if not moved:
        return inside
    order = _labels(kept_before), _labels(kept_after)
    return replace(
        inside, same=inside.same and folded, children=children, order=order, folded=folded
    )


def _with_removed(olds: list[Item], news: list[Item]) -> list[Item]:
    """The items as they stand after, with each removed one behind its neighbour from before."""
    present, kept = set(news), set(olds)
    trailing: dict[Item | None, list[Item]] = {}
    neighbour: Item | None = None
    for item in olds:
        if item in present:
            neighbour = item
        else:
            trailing.setdefault(neighbour, []).append(item)
    merged = trailing.get(None, [])
    for item in news:
        merged.append(item)
        if item in kept:
            merged += trailing.get(item, [])
    return merged


def _breaks_references(before: list[Item], after: list[Item], values: dict[Item, Any]) -> bool:
    """Whether `$(NAME)` in a variable now stands on the other side of NAME's definition.

    Kubernetes expands a reference only to variables defined before it (core/v1, EnvVar.value).
    """
    was = {item.label: at for at, item in enumerate(before)}
    now = {item.label: at for at, item in enumerate(after)}
    for item, value in values.items():
        text = value.get("value") if isinstance(value, dict) else None
        for name in _REFERENCE.findall(text) if isinstance(text, str) else ():
            if item.label in was and name in was:
                earlier = was[name] < was[item.label]
                if earlier != (now[name] < now[item.label]):
                    return True
    return False


def _labels(items: Sequence[Item]) -> tuple[str, ...]:
    return tuple(item.label for item in items)


def _in_sequence(before: list[Any], after: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Position and both values of each item, matched by the longest common runs."""
    for tag, i, i_end, j, j_end in opcodes(
        [_frozen(a) for a in before], [_frozen(b) for b in after]
    ):
        paired = min(i_end - i, j_end - j)
        for step in range(paired):
            yield j + step, before[i + step], after[j + step]
        if tag != "equal":
            for at in range(i + paired, i_end):
                yield at, before[at], ABSENT
            for at in range(j + paired, j_end):
                yield at, ABSENT, after[at]


Opcode = tuple[str, int, int, int, int]


def opcodes(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Opcode]:
    """How one sequence becomes the other, as difflib says it; the common ends are cut off first."""
    head = _shared(before, after)
    tail = _shared(before[head:][::-1], after[head:][::-1])
    a, b = before[head : len(before) - tail], after[head : len(after) - tail]
    if head:
        yield "equal", 0, head, 0, head
    if a or b:
        quick = len(a) * len(b) > _EXACT
        for tag, i, i_end, j, j_end in SequenceMatcher(None, a, b, autojunk=quick).get_opcodes():
            yield tag, i + head, i_end + head, j + head, j_end + head
    if tail:
        yield "equal", len(before) - tail, len(before), len(after) - tail, len(after)


def _shared(one: Sequence[Any], other: Sequence[Any]) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length


def _frozen(value: Any) -> object:
    """A hashable stand-in, equal exactly when the value is."""
    if isinstance(value, dict):
        return frozenset((key, _frozen(one)) for key, one in value.items())
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    return (type(value) is bool, value)
