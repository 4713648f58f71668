"""A plan as data, in the form that `trunkline schema plan` publishes."""

from __future__ import annotations

from typing import Any

from trunkline.core.change import Plan
from trunkline.core.groups import grouped
from trunkline.core.infra.plan.values import InfraPlan


def plan_json(plan: Plan, infra: InfraPlan | None = None) -> dict[str, Any]:
    """The whole plan. `groups` are the components with the same changes, modulo their names;
    `infrastructure` is there where units change.
    """
    groups = [group.as_json() for group in grouped(plan.components)]
    whole = plan.as_json()
    summary = whole.pop("summary")
    below = infra.as_json() if infra else None
    return {**whole, "groups": groups, "infrastructure": below, "summary": summary}
