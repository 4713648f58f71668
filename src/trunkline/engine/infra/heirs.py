"""Units that go and whose state another one has: what is planned of both."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from trunkline.core.infra.changed import How
from trunkline.core.infra.heirs import heir_finding, heirs
from trunkline.core.infra.plan.values import UnitPlan
from trunkline.engine.infra.unit_plan import Planned


def handed_on(planned: Sequence[Planned]) -> list[Planned]:
    """The plans without the end of what another unit has; that one is told as moved."""
    found = heirs([one.plan for one in planned])
    before = {heir: unit for unit, heir in found.items()}
    return [_handed_on(one, found, before) for one in planned]


def _handed_on(one: Planned, found: dict[str, str], before: dict[str, str]) -> Planned:
    plan = one.plan
    if heir := found.get(plan.unit):
        said = heir_finding(plan.unit, heir)
        return Planned(UnitPlan(plan.unit, How.LEFT.value, plan.because, warnings=(said,)))
    was = before.get(plan.unit, "") if plan.how == How.ADDED else ""
    return one.told(replace(plan, moved_from=was)) if was else one
