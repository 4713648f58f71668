"""A run as text for a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from trunkline.core.report.importance import many
from trunkline.core.report.paint import Paint, painter, safe
from trunkline.core.run import ComponentResult, Outcome, Run, Step

MANY_ALIKE, SHOWN = 4, 10
"""From so many components with the same fate on it is told once, and so many are named."""

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
    alike = _alike(run.components)
    lines: list[str] = []
    for one in run.components:
        same = alike.get(_fate(one), [])
        if one.steps or len(same) < MANY_ALIKE:
            lines += _result(one, paint)
        elif same[0] is one:
            lines += _results(same, paint)
    return "\n".join([*lines, *([""] if lines else []), _run_summary(run, paint)]) + "\n"


def _fate(one: ComponentResult) -> tuple[str, Outcome, str]:
    return one.cluster, one.outcome, one.message


def _alike(
    components: Iterable[ComponentResult],
) -> dict[tuple[str, Outcome, str], list[ComponentResult]]:
    """Those to which nothing was done, for the same reason: a cluster that is down, mostly."""
    alike: dict[tuple[str, Outcome, str], list[ComponentResult]] = defaultdict(list)
    for one in components:
        if one.message and not one.steps and one.outcome is not Outcome.SUCCEEDED:
            alike[_fate(one)].append(one)
    return alike


def _results(same: Sequence[ComponentResult], paint: Paint) -> Iterator[str]:
    """Many components with one fate, said once."""
    first = same[0]
    sign, style = OUTCOMES[first.outcome]
    place = f"{paint('strong', many(len(same), 'component'))} {paint('soft', 'in')}"
    yield f"{paint(style, sign)} {place} {safe(first.cluster)}"
    yield f"    {paint(style, safe(first.message))}"
    named = ", ".join(safe(one.id) for one in same[:SHOWN])
    more = f" and {len(same) - SHOWN} more" if len(same) > SHOWN else ""
    yield f"    {paint('soft', named + more)}"


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
