"""How a component stands, as far as digests and remembered verdicts say: no request, no render.

A wanted object stands if its last verdict was given on this very manifest and this very content.
What does not stand is told apart: *drifted* was equal to this manifest once, so the cluster has
moved; *undelivered* never was, so the commit has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

from msgspec import Struct, field

from trunkline.core.health import Health
from trunkline.core.health.status import BADNESS
from trunkline.core.manifest import Ref
from trunkline.engine.compare import Remembered
from trunkline.engine.live import MISSING
from trunkline.engine.watch.digests import Digest
from trunkline.engine.watch.wanted import Wanted


class Known(Protocol):
    """What is known of a cluster's objects."""

    def get(self, ref: Ref) -> Digest | None: ...

    def refs_of(self, owner: str) -> frozenset[Ref]: ...


class Notes(Struct):
    """What the last looks found out that no digest says.

    `differing`: these differ, by the fingerprint and content of then. `kept`: these are marked,
    wanted by nobody, and stay; `passing`: these stay as long as the commit is the same;
    `orphans`: these could be pruned. `namespace` is the content of the namespace when it was as
    wanted.
    """

    differing: dict[Ref, tuple[str, str]] = field(default_factory=dict)
    kept: dict[Ref, str] = field(default_factory=dict)
    passing: dict[Ref, str] = field(default_factory=dict)
    orphans: dict[Ref, str] = field(default_factory=dict)
    namespace: str = ""


class Glance(Struct, frozen=True):
    """`unsure` are those among the rest that nobody has looked at since they changed; `extra` are
    marked and not wanted, and it is not known yet what may become of them. `namespace` is the
    component's, where it is missing or not known to be as wanted. `worst` is the worst health of
    what is wanted, and `sick` the object that has it.
    """

    drifted: frozenset[Ref] = frozenset()
    undelivered: frozenset[Ref] = frozenset()
    unsure: frozenset[Ref] = frozenset()
    extra: frozenset[Ref] = frozenset()
    orphans: frozenset[Ref] = frozenset()
    namespace: Ref | None = None
    worst: Health | None = None
    sick: Ref | None = None

    @property
    def synced(self) -> bool:
        return not (
            self.drifted or self.undelivered or self.extra or self.orphans or self.namespace
        )


def glance(wanted: Wanted, known: Known, memory: Mapping[Ref, Remembered], notes: Notes) -> Glance:
    """How the component stands now."""
    drifted: set[Ref] = set()
    undelivered: set[Ref] = set()
    unsure: set[Ref] = set()
    worst: Health | None = None
    sick: Ref | None = None
    for ref, mark in wanted.marks.items():
        digest = known.get(ref)
        content = digest.content if digest else ""
        health = digest.health if digest else MISSING
        worse = worst is None or BADNESS[health.status] > BADNESS[worst.status]
        if worse and ref not in wanted.aside:
            worst, sick = health, ref
        verdict = memory.get(ref)
        delivered = verdict is not None and verdict.fingerprint == mark
        if delivered and verdict is not None and verdict.live == content:
            continue
        (drifted if delivered else undelivered).add(ref)
        if notes.differing.get(ref) != (mark, content):
            unsure.add(ref)
    extra, orphans = _unwanted(wanted, known, notes)
    return Glance(
        frozenset(drifted),
        frozenset(undelivered),
        frozenset(unsure),
        extra,
        orphans,
        _namespace(wanted, known, notes),
        worst,
        sick,
    )


def _unwanted(wanted: Wanted, known: Known, notes: Notes) -> tuple[frozenset[Ref], frozenset[Ref]]:
    extra: set[Ref] = set()
    orphans: set[Ref] = set()
    for ref, content in _marked(wanted, known):
        if content in (notes.kept.get(ref), notes.passing.get(ref)):
            continue
        (orphans if notes.orphans.get(ref) == content else extra).add(ref)
    return frozenset(extra), frozenset(orphans)


def _marked(wanted: Wanted, known: Known) -> Iterator[tuple[Ref, str]]:
    """What carries the component's mark and is neither wanted nor one of its hooks."""
    for ref in known.refs_of(wanted.component.id):
        if ref not in wanted.marks and ref not in wanted.hooks and (digest := known.get(ref)):
            yield ref, digest.content


def _namespace(wanted: Wanted, known: Known, notes: Notes) -> Ref | None:
    ref = wanted.namespace_ref
    if ref is None or ((digest := known.get(ref)) and digest.content == notes.namespace):
        return None
    return ref
