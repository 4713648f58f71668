"""A plan and a run as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from trunkline.core.change import Action, Change, ComponentPlan, Plan
from trunkline.core.finding import Finding, Severity
from trunkline.core.report.paint import Paint, painter, safe
from trunkline.core.run import ComponentResult, Outcome, Run, Step

SIGNS = {
    Action.CREATE: ("+", "add"),
    Action.UPDATE: ("~", "change"),
    Action.REPLACE: ("±", "change"),
    Action.DELETE: ("-", "remove"),
    Action.NOOP: (" ", "soft"),
}

OUTCOMES = {
    Outcome.SUCCEEDED: ("✓", "good"),
    Outcome.FAILED: ("!", "bad"),
    Outcome.SKIPPED: ("‖", "held"),
    Outcome.CANCELLED: ("‖", "held"),
    Outcome.RUNNING: ("●", "place"),
}

LINES = {"+": "add", "-": "remove", "@": "place"}


def plan_text(plan: Plan, *, colour: bool = False, full: bool = False) -> str:
    """The plan by component; whole objects that come or go are shown only if `full`."""
    paint = painter(colour)
    lines: list[str] = []
    for one in plan.components:
        lines += [*_component(one, paint, full), ""]
    if plan.findings:
        lines += [*_findings(plan.findings, paint), ""]
    return "\n".join([*lines, _summary(plan, paint)]) + "\n"


def run_text(run: Run, *, colour: bool = False) -> str:
    """A run: each component with what was done to it, then the sum."""
    paint = painter(colour)
    lines: list[str] = []
    for one in run.components:
        lines += _result(one, paint)
    return "\n".join([*lines, *([""] if lines else []), _run_summary(run, paint)]) + "\n"


def counted(counts: dict[str, int]) -> str:
    """`2 create, 1 update`; zeros are left out."""
    return ", ".join(f"{number} {action}" for action, number in counts.items() if number)


def _component(one: ComponentPlan, paint: Paint, full: bool) -> Iterator[str]:
    head = f"{paint('strong', safe(one.id))} {paint('soft', 'in')} {safe(one.cluster)}"
    yield head
    if one.error:
        yield f"  {paint('bad', '! ' + safe(one.error))}"
    for change in one.changes:
        yield from _change(change, paint, full)


def _change(change: Change, paint: Paint, full: bool) -> Iterator[str]:
    sign, style = SIGNS[change.action]
    reason = f"  {paint('soft', safe(change.reason))}" if change.reason else ""
    yield f"  {paint(style, sign)} {safe(str(change.ref))}{reason}"
    if change.action in (Action.UPDATE, Action.REPLACE) or full:
        for line in safe(change.diff).splitlines():
            yield f"      {_line(line, paint)}"


def _line(line: str, paint: Paint) -> str:
    style = LINES.get(line[:1])
    return paint(style, line) if style else line


def _findings(findings: Iterable[Finding], paint: Paint) -> Iterator[str]:
    styles = {Severity.ERROR: "bad", Severity.WARNING: "held", Severity.NOTE: "soft"}
    signs = {Severity.ERROR: "!", Severity.WARNING: "‖", Severity.NOTE: "·"}
    for one in findings:
        place = f"{paint('soft', safe(one.place))}  " if one.place else ""
        yield f"{paint(styles[one.severity], signs[one.severity])} {place}{safe(one.message)}"
        if one.remedy:
            yield f"  {paint('soft', '→ ' + safe(one.remedy))}"


def _summary(plan: Plan, paint: Paint) -> str:
    span = f"{_short(plan.base)}..{_short(plan.head)}"
    if plan.base == "live":
        span = f"the clusters against {_short(plan.head)}"
    failed = sum(bool(one.error) for one in plan.components)
    broken = paint("bad", f"; {failed} could not be planned") if failed else ""
    if not plan.changed:
        return f"No changes: {span}, {plan.considered} components looked at{broken}"
    changed = sum(bool(one.changes) for one in plan.components)
    clusters = len({one.cluster for one in plan.components})
    where = f"{_many(changed, 'component')} in {_many(clusters, 'cluster')}"
    sums = paint("strong", counted(plan.counts))
    return f"{sums}: {where}, {span}, {plan.considered} looked at{broken}"


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
    bad = f", {_many(failed, 'component')} not synced" if failed else ""
    return (
        f"{paint(style, sign)} {run.id}: {_short(run.commit)} to "
        f"{_many(len({one.cluster for one in run.components}), 'cluster')}{took}: "
        f"{_many(steps, 'step')}, {unchanged} objects equal already{bad}{dry}"
    )


def _many(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _short(commit: str) -> str:
    return commit[:8]
