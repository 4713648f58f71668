"""Applications and infrastructure in one comment, which has to hold both."""

from __future__ import annotations

from trunkline.core.change import Plan
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.report.comment import LONGEST
from trunkline.core.report.infra_apply_markdown import apply_markdown
from trunkline.core.report.infra_markdown import infra_markdown
from trunkline.core.report.markdown import plan_markdown
from trunkline.core.report.run_markdown import run_markdown
from trunkline.core.run import Run


def whole_markdown(plan: Plan, infra: InfraPlan | None, *, longest: int = LONGEST) -> str:
    """Each part has half of the room, and what the other leaves of its own."""
    if infra is None:
        return plan_markdown(plan, longest=longest)
    room = longest - 1
    below = infra_markdown(infra, longest=room // 2)
    above = plan_markdown(plan, longest=room - len(below))
    return f"{above}\n{infra_markdown(infra, longest=room - len(above))}"


def delivery_markdown(run: Run, applied: ApplyRun | None, *, longest: int = LONGEST) -> str:
    """A delivery of both, the apply first, with the same room for each."""
    if applied is None:
        return run_markdown(run, longest=longest)
    room = longest - 1
    below = run_markdown(run, longest=room // 2)
    above = apply_markdown(applied, longest=room - len(below))
    return f"{above}\n{run_markdown(run, longest=room - len(above))}"
