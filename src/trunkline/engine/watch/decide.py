"""What is to be done about a component, by its policy: a pure answer to a glance.

Argo CD's meaning of `syncPolicy.automated`: what a commit changes is synced; what the cluster
changes is healed with `selfHeal` only, object by object and without hooks; what Git holds no more
is deleted with `prune` only.
https://argo-cd.readthedocs.io/en/stable/user-guide/auto_sync/
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from trunkline.core.component import SyncPolicy
from trunkline.core.manifest import Ref
from trunkline.engine.watch.glance import Glance


class Move(StrEnum):
    REST = "rest"
    """It is as it should be, or nothing may be done about it."""
    LOOK = "look"
    """Find out how it differs; change nothing."""
    HEAL = "heal"
    """Put single objects back."""
    SYNC = "sync"
    """The whole sync: phases, hooks, waves, prune."""


class Facts(Struct, frozen=True):
    """What else decides. `window` and `waits` say why nothing may be done, "" if it may; `pause`
    is how long the last failure is still waited for, `held` the same of single objects, in
    seconds. `unfinished`: a sync began and never ended well. `prune`: deleting was asked for.
    """

    window: str = ""
    waits: str = ""
    pause: float = 0.0
    held: Mapping[Ref, float] = field(default_factory=dict)
    unfinished: bool = False
    prune: bool = False


class Decision(Struct, frozen=True):
    """`refs` are what is healed. `reason` says what holds the component back, and `again` when it
    is to be asked about again, in seconds; 0 where only a change or a resync brings it back.
    """

    move: Move
    refs: frozenset[Ref] = frozenset()
    reason: str = ""
    again: float = 0.0


# Windows open and close at full minutes.
WINDOW_AGAIN = 30.0

NOT_AUTOMATED = "is not synced by itself: its syncPolicy is not automated"
NO_SELF_HEAL = "was changed in the cluster, and its Application has no selfHeal"


def decide(policy: SyncPolicy, glance: Glance, facts: Facts) -> Decision:
    prune = policy.prune or facts.prune
    delivery = glance.undelivered or facts.unfinished or (glance.extra and prune)
    drift = glance.drifted | ({glance.namespace} if glance.namespace else set())
    if not policy.automated:
        return _only_looking(glance, "" if glance.synced else NOT_AUTOMATED)
    if not (delivery or drift):
        return _only_looking(glance, "")
    if facts.window:
        return Decision(Move.REST, reason=facts.window, again=WINDOW_AGAIN)
    if delivery and not (facts.waits or facts.pause):
        return Decision(Move.SYNC)
    if drift and policy.self_heal:
        return _healing(drift, facts)
    if delivery:
        return Decision(Move.REST, reason=facts.waits, again=facts.pause)
    return _only_looking(glance, NO_SELF_HEAL)


def _only_looking(glance: Glance, reason: str) -> Decision:
    if glance.unsure or glance.extra or glance.namespace:
        return Decision(Move.LOOK, reason=reason)
    return Decision(Move.REST, reason=reason)


def _healing(drift: frozenset[Ref], facts: Facts) -> Decision:
    """Heal what is not held back by a fight over it."""
    if free := drift - facts.held.keys():
        return Decision(Move.HEAL, free)
    return Decision(Move.REST, reason=facts.waits, again=min(facts.held[ref] for ref in drift))
