"""What a plan of commits says of what is gone from Git and stays in the cluster all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized

from msgspec.structs import replace

from trunkline.core.change import Action, Change
from trunkline.core.component import FINALIZER
from trunkline.core.desired import Desired
from trunkline.core.finding import Finding, Severity
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.prune import why_kept_by_word
from trunkline.core.takeover import Answer, given, named
from trunkline.core.tenants import why_lived_in
from trunkline.engine.inhabited import why_inhabited
from trunkline.engine.pairs import Pair
from trunkline.engine.wants import Claims, wanted_by, wanted_elsewhere


def left_behind(pair: Pair, was: Desired | None, answer: Answer) -> Answer:
    """Of a component that goes without its finalizer: all of its objects stay."""
    if was and was.error:
        said = _staying(pair, "its objects")
        return replace(answer, findings=(*answer.findings, said))
    return replace(answer, left=frozenset(Ref.of(one) for one in (was.manifests if was else ())))


def goes_unseen(pair: Pair, error: str) -> Finding:
    """Of a component that goes with its objects, and of which the base cannot say what they are."""
    return Finding(
        "not-rendered",
        f"{pair.key[0]} goes with all that it has, which is not known here: {error}",
        Severity.WARNING,
        component=pair.key[0],
        cluster=pair.cluster.name,
        remedy="trunkline plan, against the clusters, names each object",
    )


def kept(
    pair: Pair, was: Desired | None, now: Desired | None, found: Sequence[Change]
) -> list[Finding]:
    """What is gone from Git and says itself that it stays, or would take with it what does."""
    goes = pair.head is None or pair.renamed
    had = pair.base if goes and pair.base else pair.either
    asked = frozenset(one.ref for one in found if one.action is Action.DELETE)
    objects = named(was.manifests if was else (), asked)
    options = had.policy.options
    wanted = wanted_by([now] if now else [])
    reasons = {
        Ref.of(one): why_kept_by_word(one, options, deleting_component=goes)
        or why_lived_in(one, wanted, pair.key[0])
        for one in objects
    }
    return [_kept(pair, ref, reason) for ref, reason in reasons.items() if reason]


def goes(answer: Answer) -> frozenset[Ref]:
    """What the answer has go from the cluster, or leaves there to nobody."""
    deleted = (one.ref for one in answer.part.changes if one.action is Action.DELETE)
    return answer.left.union(deleted)


def kept_for_others(pair: Pair, was: Desired | None, answer: Answer, claims: Claims) -> Answer:
    """The answer without what other components want, changed or not, or what they live in."""
    mine, objects = pair.key[0], named(was.manifests if was else (), goes(answer))
    reasons = {Ref.of(one): _for_others(one, mine, claims) for one in objects}
    stays = frozenset(ref for ref, reason in reasons.items() if reason)
    told = [_kept(pair, ref, reasons[ref]) for ref in sorted(stays)]
    return replace(given(answer, stays), findings=(*answer.findings, *told))


def _for_others(one: Manifest, mine: str, claims: Claims) -> str:
    wanted = wanted_elsewhere(Ref.of(one), mine, claims.wanted)
    return wanted or why_inhabited(one, claims.homes, claims.wanted, mine)


def _kept(pair: Pair, ref: Ref, reason: str) -> Finding:
    return Finding(
        "kept",
        f"{ref} stays: {reason}",
        Severity.NOTE,
        component=pair.key[0],
        cluster=pair.cluster.name,
        ref=ref,
    )


def orphaned(pair: Pair, left: Sized) -> Iterator[Finding]:
    if left:
        yield _staying(pair, f"{len(left)} of its objects")


def _staying(pair: Pair, objects: str) -> Finding:
    gone = pair.base.id if pair.base else pair.key[0]
    return Finding(
        "component-orphaned",
        f"{gone} is removed without the finalizer {FINALIZER}: "
        f"{objects} stay in {pair.cluster.name}",
        Severity.WARNING,
        component=gone,
        cluster=pair.cluster.name,
        remedy="delete them by hand, or put the finalizer on before you remove it",
    )
