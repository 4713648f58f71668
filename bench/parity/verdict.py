"""Whether both made the same objects, and where they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.parity.programs import Printed
from trunkline.core.desired import Desired
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.scope import Scopes
from trunkline.core.settle import settle

REFUSED = "both refuse"
EXPECTED = ("equal", REFUSED, "equal but for what is random")


@dataclass(frozen=True, slots=True)
class Verdict:
    """`outcome` is one of EXPECTED or says what is wrong; `notes` tell more."""

    outcome: str
    objects: int = 0
    notes: tuple[str, ...] = ()


def verdict(ours: Desired, first: Printed, again: Printed | None) -> Verdict:
    """`again` is a second run of the program, which shows what is random in it."""
    if ours.error or first.error:
        if ours.error and first.error:
            return Verdict(REFUSED, notes=(ours.error, first.error))
        outcome = "only Trunkline refuses" if ours.error else "only the program refuses"
        return Verdict(outcome, notes=(ours.error or first.error,))
    mine, theirs = _by_ref(ours), _by_ref(_settled(ours, first))
    if mine == theirs:
        return Verdict("equal", len(mine))
    if again is None or again.error:
        return Verdict("different", len(mine), tuple(_differences(mine, theirs)))
    other = _by_ref(_settled(ours, again))
    random, named = set(_paths(theirs, other)), _kinds(theirs.keys() ^ other.keys())
    notes = tuple(
        one
        for one in _paths(mine, theirs)
        if one not in random and not _kinds([one.removeprefix("/")]) <= named
    )
    outcome = "equal but for what is random" if not notes else "different"
    return Verdict(outcome, len(mine), notes)


def _settled(ours: Desired, printed: Printed) -> Desired:
    return settle(ours.component, ours.cluster, printed.documents, Scopes(), lambda *_: "")


def _by_ref(desired: Desired) -> dict[str, Manifest]:
    found: dict[str, Manifest] = {}
    for one in (*desired.manifests, *desired.declared):
        ref = str(Ref.of(one))
        found[f"{ref} ({len(found)})" if ref in found else ref] = one
    return found


def _kinds(refs: Iterable[str]) -> set[str]:
    """The kinds of objects that have another name each time."""
    return {one.partition(" ")[0] for one in refs}


def _paths(one: Any, other: Any) -> list[str]:
    return [path for path, _, _ in _leaves(one, other)]


def _differences(one: Any, other: Any) -> list[str]:
    return [f"{path}: {str(a)[:80]!r} and {str(b)[:80]!r}" for path, a, b in _leaves(one, other)]


def _leaves(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted({*one, *other}):
            yield from _leaves(one.get(key), other.get(key), f"{path}/{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from _leaves(*pair, f"{path}/{number}")
    elif type(one) is not type(other) or one != other:
        yield path, one, other


def shown(notes: Sequence[str], most: int = 6) -> Iterator[str]:
    for one in notes[:most]:
        yield f"    {one}"
    if len(notes) > most:
        yield f"    … and {len(notes) - most} more"
