"""Applications and infrastructure in one comment, which has to hold both."""

from __future__ import annotations

from trunkline.core.change import Plan
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.report.infra_markdown import infra_markdown
from trunkline.core.report.markdown import LONGEST, plan_markdown


def whole_markdown(plan: Plan, infra: InfraPlan | None, *, longest: int = LONGEST) -> str:
    """Each part has half of the room, and what the other leaves of its own."""
    if infra is None:
        return plan_markdown(plan, longest=longest)
    room = longest - 1
    below = infra_markdown(infra, longest=room // 2)
    above = plan_markdown(plan, longest=room - len(below))
    return f"{above}\n{infra_markdown(infra, longest=room - len(above))}"
