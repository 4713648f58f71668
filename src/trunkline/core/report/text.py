"""A run as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.report.importance import many
from trunkline.core.report.paint import Paint, painter, safe
from trunkline.core.run import ComponentResult, Outcome, Run, Step

OUTCOMES = {
    Outcome.SUCCEEDED: ("✓", "good"),
    Outcome.FAILED: ("!", "bad"),
    Outcome.SKIPPED: ("‖", "held"),
    Outcome.CANCELLED: ("‖", "held"),
    Outcome.RUNNING: ("●", "place"),
}


def run_text(run: Run, *, colour: bool = False) -> str:
    """A run: each component with what was done to it, then the sum."""
    paint = painter(colour)
    lines: list[str] = []
    for one in run.components:
        lines += _result(one, paint)
    return "\n".join([*lines, *([""] if lines else []), _run_summary(run, paint)]) + "\n"


def _result(one: ComponentResult, paint: Paint) -> Iterator[str]:
    if one.outcome is Outcome.SUCCEEDED and not one.steps:
        return
    sign, style = OUTCOMES[one.outcome]
    health = f"  {paint('soft', one.health)}" if one.health else ""
    place = f"{paint('strong', safe(one.id))} {paint('soft', 'in')} {safe(one.cluster)}"
    yield f"{paint(style, sign)} {place}{health}"
    if one.message:
        yield f"    {paint(style, safe(one.message))}"
    for step in one.steps:
        yield from _step(step, paint)


def _step(step: Step, paint: Paint) -> Iterator[str]:
    sign, style = OUTCOMES[step.outcome]
    where = paint("soft", f"{step.phase}{f' wave {step.wave}' if step.wave else ''}")
    yield f"    {paint(style, sign)} {step.verb} {safe(str(step.ref))}  {where}"
    if step.message:
        yield f"        {paint(style, safe(step.message))}"


def _run_summary(run: Run, paint: Paint) -> str:
    sign, style = OUTCOMES[run.outcome]
    steps = sum(len(one.steps) for one in run.components)
    unchanged = sum(one.unchanged for one in run.components)
    failed = sum(one.outcome is not Outcome.SUCCEEDED for one in run.components)
    took = f" in {run.ended - run.started:.1f} s" if run.ended else ""
    dry = " (dry run: nothing was changed)" if run.dry_run else ""
    bad = f", {many(failed, 'component')} not synced" if failed else ""
    return (
        f"{paint(style, sign)} {run.id}: {_short(run.commit)} to "
        f"{many(len({one.cluster for one in run.components}), 'cluster')}{took}: "
        f"{many(steps, 'step')}, {unchanged} objects equal already{bad}{dry}"
    )


def _short(commit: str) -> str:
    return commit[:8]
