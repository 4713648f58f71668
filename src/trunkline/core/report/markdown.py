"""A plan as the comment on a pull request: the sum first, the details folded below it.

What comes from a repository is no markup in it (`core/report/escaped.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.core.change import Action, Change, ComponentPlan, Plan, action_counts
from trunkline.core.groups import Group, grouped
from trunkline.core.report.comment import LONGEST, cut, fitting, found
from trunkline.core.report.escaped import code, escaped, fenced, in_html
from trunkline.core.report.importance import (
    ORDER,
    counted,
    findings_of,
    many,
    members,
    noise,
    shown_changes,
    sums,
    warnings,
)
from trunkline.core.report.words import cause_said, left_out, quiet, reason

ROWS = 60
WARNINGS = 20
MEMBERS = 100
_CUT = "components are left out: `trunkline plan` shows them"


def plan_markdown(plan: Plan, *, longest: int = LONGEST) -> str:
    """The comment, at most `longest` characters; details go before the sum does."""
    groups = grouped(plan.components)
    head = "\n".join(
        [_title(plan), "", *_warnings(groups), *_table(groups), *found(findings_of(plan))]
    )
    head = cut(head.rstrip() + "\n", longest)
    parts = [*map(_details, groups), *_quiet(plan.unchanged)]
    return head + fitting(parts, longest - len(head), _CUT)


def _title(plan: Plan) -> str:
    span = f"`{plan.base[:8]}..{plan.head[:8]}`"
    failed = sum(bool(one.error) for one in plan.components)
    broken = f", {plan.waiting} waiting" if plan.waiting else ""
    broken += f", **{failed} could not be planned**" if failed else ""
    looked = f"{span}, {many(plan.considered, 'component')} looked at"
    if not plan.changed:
        yet = " yet" if plan.waiting else ""
        return f"### Trunkline: no changes{yet}{broken}\n{looked}"
    total = ", ".join(f"{number} to {action}" for action, number in sums(plan.counts))
    moved = f", {plan.moved} of them moved" if plan.moved else ""
    return f"### Trunkline: {total}{moved}{broken}\n{looked}"


def _warnings(groups: Sequence[Group]) -> list[str]:
    told = warnings(groups)
    lines = [f"- ⚠️ {escaped(line)}" for line in told[:WARNINGS]]
    if (more := len(told) - WARNINGS) > 0:
        lines.append(f"- _{more} more warnings_")
    return [*lines, ""] if lines else []


def _table(groups: Sequence[Group]) -> list[str]:
    """One row for each group; the gravest action stands in the first column of numbers."""
    if not groups:
        return []
    actions = [one for one in ORDER if one is not Action.NOOP]
    lines = [
        "| component | cluster | " + " | ".join(one.value for one in actions) + " | |",
        "|---|---|" + "--:|" * len(actions) + "---|",
    ]
    lines += [_row(group, actions) for group in groups[:ROWS]]
    if (more := len(groups) - ROWS) > 0:
        lines.append(f"| _{more} more_ | |" + " |" * len(actions) + " |")
    return [*lines, ""]


def _row(group: Group, actions: Sequence[Action]) -> str:
    one, others = group.sample, len(group.members) - 1
    counts = action_counts(one.changes)
    cells = " | ".join(str(counts[action.value] or "") for action in actions)
    notes = ["❗ not planned"] if one.error else []
    if others:
        notes.append(f"and {many(others, 'other')} alike")
    return f"| {code(one.id)} | {code(one.cluster)} | {cells} | {', '.join(notes)} |"


def _details(group: Group) -> str:
    one, others = group.sample, len(group.members) - 1
    total = counted(action_counts(one.changes)) or "not planned"
    also = f", and {many(others, 'other')} alike" if others else ""
    title = f"<b>{in_html(one.id)}</b> in {in_html(one.cluster)}{also}: {total}"
    body = [f"\n<details><summary>{title}</summary>\n"]
    if others:
        body.append(f"The same in {escaped(members(group, most=MEMBERS))}\n")
    body += [f"→ {escaped(said)}\n" for said in one.was]
    if one.error:
        body.append(fenced(one.error, ""))
    for change in shown_changes(group):
        body += _change(change, one)
    body += [f"- {escaped(line)}\n" for line in [*noise(group.own), *left_out(group)]]
    return "\n".join(body) + "\n</details>\n"


def _change(change: Change, part: ComponentPlan) -> Iterator[str]:
    moved = change.moved_from or change.moved_to
    said = reason(change, part)
    words = f" ({escaped(said)})" if said else ""
    yield f"**{'moved' if moved else change.action.value}** {code(str(change.ref))}{words}\n"
    for cause in change.causes:
        yield f"- {escaped(cause_said(cause, change))}\n"
    diff = change.moved_from.diff if change.moved_from else change.diff
    if diff and not change.moved_to:
        yield fenced(diff, "diff")


def _quiet(parts: Sequence[ComponentPlan]) -> list[str]:
    if not parts:
        return []
    lines = [f"- {code(one.id)} in {code(one.cluster)}: {escaped(quiet(one))}" for one in parts]
    yet = ", or not yet" if any(one.waits_for for one in parts) else ""
    title = f"<b>{many(len(parts), 'component')}</b> of which nothing changes{yet}"
    return ["\n".join([f"\n<details><summary>{title}</summary>\n", *lines, "", "</details>", ""])]
