"""What matrix, merge and selectors make of parameter sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.core.argo.appset.params import Params, flat, joined
from trunkline.core.argo.selector import selects


class BadGenerator(ValueError):
    """A generator that cannot be understood, or that Trunkline does not run; says why."""


def selected(sets: Sequence[Params], selector: Mapping[str, Any] | None) -> list[Params]:
    """The sets whose parameters, taken as labels, the generator's selector picks."""
    if not selector:
        return list(sets)
    return [one for one in sets if selects(selector, dict(flat(one)))]


def overlaid(
    base: Sequence[Params], others: Sequence[Sequence[Params]], keys: Sequence[str]
) -> list[Params]:
    """The merge generator: later sets with the same merge keys override fields of the first."""
    if not keys:
        raise BadGenerator("merge needs mergeKeys")
    found = {_key(one, keys): one for one in base}
    if len(found) != len(base):
        raise BadGenerator(f"merge: two sets of the first generator agree in {', '.join(keys)}")
    for sets in others:
        for one in sets:
            key = _key(one, keys)
            if key in found:
                found[key] = joined(found[key], one)
    return list(found.values())


def _key(one: Params, keys: Sequence[str]) -> tuple[str, ...]:
    known = {**dict(flat(one)), **{name: str(value) for name, value in one.items()}}
    return tuple(known.get(name, "") for name in keys)
