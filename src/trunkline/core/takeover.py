"""Objects that go from one component of a cluster to another, and stay where they are.

Seen alone, the one deletes the object and the other creates it. A sync does neither: what another
component of the commit wants is not deleted, and who creates it finds it there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.change import Action, Change, ComponentPlan
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref

Takers = Mapping[int, Mapping[Ref, int]]
"""For components, by their positions: what each takes over, and from which position."""


class Answer(Struct, frozen=True):
    """What one component says, seen alone. `left` is what it has no more and nobody deletes."""

    part: ComponentPlan
    findings: tuple[Finding, ...] = ()
    left: frozenset[Ref] = frozenset()


def takers(answers: Sequence[Answer]) -> Takers:
    """Who takes what from whom; an object that several give is taken from the last of them."""
    gone = {
        (answer.part.cluster, ref): at
        for at, answer in enumerate(answers)
        for ref in (*answer.left, *_refs(answer.part, Action.DELETE))
    }
    found: dict[int, dict[Ref, int]] = defaultdict(dict)
    for at, answer in enumerate(answers):
        for ref in _refs(answer.part, Action.CREATE):
            giver = gone.get((answer.part.cluster, ref))
            if giver is not None:
                found[at][ref] = giver
    return found


def _refs(part: ComponentPlan, action: Action) -> Iterable[Ref]:
    return (one.ref for one in part.changes if one.action is action)


def taken_over(answer: Answer, found: Iterable[Change], givers: Mapping[Ref, str]) -> Answer:
    """The taker's answer: what it takes is changed, as far as `found` says so, and not created."""
    part = answer.part
    known = {one.ref: one for one in found}
    told = tuple(
        _taken(known.get(one.ref), one, givers[one.ref]) if one.ref in givers else one
        for one in part.changes
    )
    spelled = sum(one.spelled for one in known.values())
    part = replace(part, changes=told, spelled=part.spelled + spelled)
    return replace(answer, part=part)


def _taken(found: Change | None, created: Change, giver: str) -> Change:
    if found is None or found.action is Action.NOOP:
        found = Change(created.ref, Action.UPDATE, before=created.after, after=created.after)
    said = f"taken over from {giver}"
    if found.action is Action.UPDATE and not found.fixed:
        said += ": it stays" if found.fields else ": it stays as it is"
    return replace(found, reason="; ".join(filter(None, (said, found.reason))))


def given(answer: Answer, taken: Iterable[Ref]) -> Answer:
    """The giver's answer: what others take is not deleted, and not left to nobody."""
    refs = frozenset(taken)
    kept = tuple(
        one for one in answer.part.changes if one.action is not Action.DELETE or one.ref not in refs
    )
    return replace(answer, part=replace(answer.part, changes=kept), left=answer.left - refs)


def named(manifests: Iterable[Manifest], refs: Iterable[Ref]) -> list[Manifest]:
    """Those of the manifests."""
    wanted = frozenset(refs)
    return [one for one in manifests if Ref.of(one) in wanted]
