"""One state that two units lead to: what is destroyed through the one is gone for the other.

A unit that is hardly itself after it moved is told as one that goes and one that comes. Where its
backend has a fixed place, both have one state, which the plans themselves say: nothing goes.
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.changed import How
from trunkline.core.infra.plan.values import Status, UnitPlan

STAYS = (How.REMOVED, How.LEFT)


def heirs(plans: Sequence[UnitPlan]) -> dict[str, str]:
    """By unit that goes the one that stays and has its state."""
    planned = [one for one in plans if one.status is Status.PLANNED and one.lineage]
    having = {one.lineage: one.unit for one in planned if one.how not in STAYS}
    going = (one for one in planned if one.how == How.REMOVED)
    return {one.unit: having[one.lineage] for one in going if one.lineage in having}


def heir_finding(unit: str, heir: str) -> Finding:
    said = f"its state is the one of {heir} now: nothing is destroyed"
    return Finding("infra-left", said, Severity.NOTE, component=unit)
