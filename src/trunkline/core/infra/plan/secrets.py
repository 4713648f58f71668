"""The secrets that a plan's JSON knows: what programs print while it is applied is masked by them.

A provider that fails may print what it was called with. What the plan marks as sensitive, in what
changes, in what is there, and in variables, is looked for in all that is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# A shorter value is also part of innocent words.
SHORTEST = 6
MOST = 2000


def secrets_in(plan: Mapping[str, Any]) -> tuple[str, ...]:
    """Every sensitive text of a plan, sorted."""
    found: set[str] = set()
    for text in _texts(plan):
        if len(text) >= SHORTEST:
            found.add(text)
        if len(found) >= MOST:
            break
    return tuple(sorted(found))


def _texts(plan: Mapping[str, Any]) -> Iterator[str]:
    for one in plan.get("resource_changes") or ():
        change = one.get("change") or {}
        for side in ("before", "after"):
            yield from _marked(change.get(side), change.get(f"{side}_sensitive"))
    for change in (plan.get("output_changes") or {}).values():
        for side in ("before", "after"):
            yield from _marked(change.get(side), change.get(f"{side}_sensitive"))
    values = (plan.get("prior_state") or {}).get("values") or {}
    yield from _module(values.get("root_module") or {})
    yield from _variables(plan)


def _module(module: Mapping[str, Any]) -> Iterator[str]:
    for one in module.get("resources") or ():
        yield from _marked(one.get("values"), one.get("sensitive_values"))
    for one in module.get("child_modules") or ():
        yield from _module(one)


def _variables(plan: Mapping[str, Any]) -> Iterator[str]:
    root = (plan.get("configuration") or {}).get("root_module") or {}
    for name, said in (root.get("variables") or {}).items():
        if said.get("sensitive"):
            yield from _marked(((plan.get("variables") or {}).get(name) or {}).get("value"), True)


def _marked(value: Any, mark: Any) -> Iterator[str]:
    """The texts below whatever is marked."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            inner = mark.get(key) if isinstance(mark, Mapping) else mark
            yield from _marked(one, inner)
    elif isinstance(value, list):
        for index, one in enumerate(value):
            known = isinstance(mark, list) and index < len(mark)
            yield from _marked(one, mark[index] if known else mark is True)
    elif isinstance(value, str) and mark is True:
        yield value
