"""A plan as data, in the form that `trunkline schema plan` publishes."""

from __future__ import annotations

from typing import Any

from trunkline.core.change import Plan
from trunkline.core.groups import grouped


def plan_json(plan: Plan) -> dict[str, Any]:
    """The whole plan. `groups` are the components with the same changes, modulo their names."""
    groups = [group.as_json() for group in grouped(plan.components)]
    whole = plan.as_json()
    summary = whole.pop("summary")
    return {**whole, "groups": groups, "summary": summary}
