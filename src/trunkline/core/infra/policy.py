"""What may be applied without a person: a policy per unit, and rules on what a plan holds."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from trunkline.core.argo.glob import deep_matches


class Mode(StrEnum):
    SEEN = "seen"
    """What was shown is applied; what is planned anew waits, unless it does no more than was shown.
    """

    AUTO = "auto"
    APPROVE = "approve"
    """Only what a person approved."""

    NEVER = "never"


class Contains(StrEnum):
    """What a rule looks for in a plan."""

    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"
    DATA = "data"
    CHANGE = "change"


class Facts(Struct, frozen=True):
    """What of a plan a policy asks for; `loses` counts resources whose data would be gone."""

    delete: int = 0
    replace: int = 0
    forget: int = 0
    loses: int = 0
    changes: int = 0

    def holds(self, one: Contains) -> bool:
        return bool(
            {
                Contains.DELETE: self.delete,
                Contains.REPLACE: self.replace,
                Contains.FORGET: self.forget,
                Contains.DATA: self.loses,
                Contains.CHANGE: self.changes,
            }[one]
        )


class Policy(Struct, frozen=True):
    """`units` is a glob over ids. What `approve_if` names needs an approval, what `never_if` names
    is not applied whoever approved it.
    """

    units: str = "**"
    mode: Mode = Mode.SEEN
    approve_if: tuple[Contains, ...] = ()
    never_if: tuple[Contains, ...] = ()


class Decision(Struct, frozen=True):
    """`go` applies it; else `waits` says that an approval would, `never` that nothing does, and
    `reason` why.
    """

    go: bool
    waits: bool = False
    reason: str = ""
    never: bool = False


def policy_of(unit: str, policies: Sequence[Policy]) -> Policy:
    """The first that names the unit."""
    return next((one for one in policies if deep_matches(one.units, unit)), Policy())


def decide(
    policy: Policy, facts: Facts, *, seen: bool, approved: bool, doubt: str = ""
) -> Decision:
    """Whether a plan is applied. `seen`: what it does was shown before the run began. `doubt` is
    about its state, and no policy applies that by itself.
    """
    if policy.mode is Mode.NEVER:
        return Decision(False, reason="its policy is never", never=True)
    if forbidden := [one.value for one in policy.never_if if facts.holds(one)]:
        return Decision(False, reason=f"its policy forbids: {', '.join(forbidden)}")
    if approved:
        return Decision(True)
    if doubt:
        return Decision(False, True, doubt)
    if asked := [one.value for one in policy.approve_if if facts.holds(one)]:
        return Decision(False, True, f"its policy wants an approval for: {', '.join(asked)}")
    if policy.mode is Mode.APPROVE:
        return Decision(False, True, "its policy wants an approval")
    if policy.mode is Mode.SEEN and not seen:
        return Decision(False, True, "nobody has seen this plan yet")
    return Decision(True)
