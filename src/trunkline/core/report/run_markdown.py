"""A run as the summary of a job, or a comment after the merge: the sum first, then what was not
synced and why, each component's steps folded below.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from trunkline.core.finding import told_once
from trunkline.core.report.comment import LONGEST, cut, fitting, found, table
from trunkline.core.report.escaped import code, escaped, in_html
from trunkline.core.report.importance import many
from trunkline.core.run import ComponentResult, Outcome, Run, Step

HEADINGS = ("", "component", "cluster", "health", "")
ROWS = 60
STEPS = 200
SIGNS = {
    Outcome.SUCCEEDED: "✅",
    Outcome.FAILED: "❌",
    Outcome.SKIPPED: "⏸️",
    Outcome.CANCELLED: "⏸️",
    Outcome.RUNNING: "⏳",
}
_CUT = "components are left out: `trunkline runs {}` shows them"


def run_markdown(run: Run, *, longest: int = LONGEST) -> str:
    """The comment, at most `longest` characters; details go before the sum does."""
    told = [one for one in run.components if one.steps or one.outcome is not Outcome.SUCCEEDED]
    told.sort(key=lambda one: one.outcome is Outcome.SUCCEEDED)
    rows = table(HEADINGS, [_row(one) for one in told], ROWS)
    head = [*_title(run), "", *rows, *found(told_once(run.findings))]
    text = cut("\n".join(head).rstrip() + "\n", longest)
    parts = [_details(one) for one in told if one.steps]
    return text + fitting(parts, longest - len(text), _CUT.format(run.id))


def _title(run: Run) -> Iterator[str]:
    bad = sum(one.outcome is not Outcome.SUCCEEDED for one in run.components)
    well = many(len(run.components) - bad, "component")
    failed = f", **{many(bad, 'component')} not synced**" if bad else ""
    dry = " (dry run: nothing was changed)" if run.dry_run else ""
    yield f"### Trunkline: {well} synced{failed}{dry}"
    clusters = len({one.cluster for one in run.components})
    took = f" in {run.ended - run.started:.1f} s" if run.ended else ""
    steps = sum(len(one.steps) for one in run.components)
    equal = sum(one.unchanged for one in run.components)
    yield (
        f"{code(run.commit[:8])} to {many(clusters, 'cluster')}{took}: {many(steps, 'step')}, "
        f"{many(equal, 'object')} equal already, run {code(run.id)}"
    )


def _row(one: ComponentResult) -> list[str]:
    said = escaped(one.message) if one.message else _done(one.steps)
    return [SIGNS[one.outcome], code(one.id), code(one.cluster), escaped(one.health), said]


def _done(steps: Sequence[Step]) -> str:
    """`2 apply, 1 prune`."""
    counts = Counter(one.verb for one in steps)
    return ", ".join(f"{number} {verb}" for verb, number in counts.items())


def _details(one: ComponentResult) -> str:
    opened = " open" if one.outcome is Outcome.FAILED else ""
    title = f"<b>{in_html(one.id)}</b> in {in_html(one.cluster)}: {_done(one.steps)}"
    steps = sorted(one.steps, key=lambda step: step.outcome is not Outcome.FAILED)
    lines = [_step(step) for step in steps[:STEPS]]
    if (more := len(steps) - STEPS) > 0:
        lines.append(f"- _{more} more steps_")
    head = f"\n<details{opened}><summary>{title}</summary>\n"
    return "\n".join([head, *lines, "", "</details>", ""])


def _step(one: Step) -> str:
    wave = f" wave {one.wave}" if one.wave else ""
    said = f": {escaped(one.message)}" if one.message else ""
    return f"- {SIGNS[one.outcome]} {one.verb} {code(str(one.ref))}, {one.phase}{wave}{said}"
