"""The pure functions of lists and objects. What is not sure gives UNKNOWN."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trunkline.core.infra.hcl.unknown import UNKNOWN

# Nothing that a path is made of has more; what grows beyond by its own repetition is not worked
# out, for whoever sends a pull request writes it.
MOST = 10_000


def _concat(*lists: list[Any]) -> Any:
    if not all(isinstance(one, list) for one in lists) or sum(map(len, lists)) > MOST:
        return UNKNOWN
    return [item for items in lists for item in items]


def _merge(*parts: Mapping[str, Any]) -> Any:
    if sum(map(len, parts)) > MOST:
        return UNKNOWN
    return {key: value for part in parts for key, value in part.items()}


def _element(items: list[Any], index: float) -> Any:
    return items[int(index) % len(items)] if items and index >= 0 else UNKNOWN


def _slice(items: list[Any], start: float, end: float) -> Any:
    return items[int(start) : int(end)] if 0 <= start <= end <= len(items) else UNKNOWN


def _flatten(items: list[Any]) -> Any:
    found: list[Any] = []
    for one in _leaves(items):
        if one is UNKNOWN or len(found) == MOST:
            return UNKNOWN
        found.append(one)
    return found


def _leaves(items: list[Any]) -> Iterator[Any]:
    waiting = [iter(items)]
    while waiting:
        for one in waiting[-1]:
            if isinstance(one, list):
                waiting.append(iter(one))
                break
            yield one
        else:
            waiting.pop()


def _texts(work: Callable[[list[str]], Any]) -> Callable[[Any], Any]:
    """The function for lists of nothing but texts: others are made one kind first."""
    return lambda items: work(items) if _are_texts(items) else UNKNOWN


def _are_texts(items: Any) -> bool:
    return isinstance(items, list) and all(isinstance(one, str) for one in items)


LISTS: Mapping[str, Callable[..., Any]] = {
    "compact": _texts(lambda items: [one for one in items if one]),
    "concat": _concat,
    "contains": lambda items, one: one in items if _are_texts(items) else UNKNOWN,
    "distinct": _texts(lambda items: [*dict.fromkeys(items)]),
    "element": _element,
    "flatten": _flatten,
    "keys": lambda where: sorted(where),
    "merge": _merge,
    "reverse": lambda items: list(reversed(items)),
    "slice": _slice,
    "sort": _texts(sorted),
    "tolist": _texts(list),
    "toset": _texts(lambda items: sorted({*items})),
    "values": lambda where: [where[key] for key in sorted(where)],
}
