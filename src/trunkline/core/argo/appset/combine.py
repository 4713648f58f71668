"""What matrix, merge and selectors make of parameter sets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.core.argo.appset.params import Params, flat, joined
from trunkline.core.argo.selector import selects


class BadGenerator(ValueError):
    """A generator that gives no parameter sets; the message says why."""


class NotRun(BadGenerator):
    """A generator of a kind that is not run here at all."""


def selected(sets: Sequence[Params], selector: Mapping[str, Any] | None) -> list[Params]:
    """The sets whose parameters, taken as labels, the generator's selector picks."""
    if not selector:
        return list(sets)
    return [one for one in sets if selects(selector, dict(flat(one)))]


def crossed(one: Params, other: Params, go: bool) -> Params:
    """One cell of a matrix: where both say a parameter, the first generator's word counts, so that
    the second may hold defaults. In the older language both may not say it differently: the names
    are flat, so two git generators would both say `path`.
    https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Matrix/
    """
    if not go:
        clashes = sorted(key for key in one.keys() & other.keys() if one[key] != other[key])
        if clashes:
            raise BadGenerator(
                f"matrix: both generators say {clashes[0]}, and not the same; "
                "give a git generator a pathParamPrefix, or use goTemplate"
            )
    return joined(other, one)


def overlaid(
    base: Sequence[Params], others: Sequence[Sequence[Params]], keys: Sequence[str]
) -> list[Params]:
    """The merge generator: sets with the same merge keys override the first generator's."""
    found = _by_key(base, keys)
    for sets in others:
        for key, one in _by_key(sets, keys).items():
            if key in found:
                found[key] = joined(found[key], one)
    return list(found.values())


def _by_key(sets: Sequence[Params], keys: Sequence[str]) -> dict[tuple[str, ...], Params]:
    found: dict[tuple[str, ...], Params] = {}
    for one in sets:
        key = _key(one, keys)
        if key in found:
            same = ", ".join(f"{name}={value}" for name, value in zip(keys, key, strict=True))
            raise BadGenerator(f"merge: two sets of one generator agree in {same}")
        found[key] = one
    return found


def _key(one: Params, keys: Sequence[str]) -> tuple[str, ...]:
    known = {**dict(flat(one)), **{name: str(value) for name, value in one.items()}}
    return tuple(known.get(name, "") for name in keys)
