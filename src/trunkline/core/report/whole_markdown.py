"""Applications and infrastructure in one comment, which has to hold both."""

from __future__ import annotations

from collections.abc import Callable

from trunkline.core.change import Plan
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.core.report.comment import LONGEST
from trunkline.core.report.infra_apply_markdown import apply_markdown
from trunkline.core.report.infra_markdown import infra_markdown
from trunkline.core.report.markdown import plan_markdown
from trunkline.core.report.run_markdown import run_markdown
from trunkline.core.run import Run

Part = Callable[[int], str]
"""A part of the comment, in at most so many characters."""


def whole_markdown(plan: Plan, infra: InfraPlan | None, *, longest: int = LONGEST) -> str:
    """A plan of both, the Applications first."""
    if infra is None:
        return plan_markdown(plan, longest=longest)
    return _both(
        lambda most: plan_markdown(plan, longest=most),
        lambda most: infra_markdown(infra, longest=most),
        longest,
    )


def delivery_markdown(run: Run, applied: ApplyRun | None, *, longest: int = LONGEST) -> str:
    """A delivery of both, the apply first."""
    if applied is None:
        return run_markdown(run, longest=longest)
    return _both(
        lambda most: apply_markdown(applied, longest=most),
        lambda most: run_markdown(run, longest=most),
        longest,
    )


def _both(above: Part, below: Part, longest: int) -> str:
    """Each has half of the room, and what the other leaves of its own."""
    room = longest - 1
    first = above(room - len(below(room // 2)))
    return f"{first}\n{below(room - len(first))}"
