"""A plan as the comment on a pull request: the sum first, the details folded below it.

Everything in it comes from a repository that anybody may send changes to, so that nothing of it
may end a fence, open HTML or name somebody.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from trunkline.core.change import Action, ComponentPlan, Plan, action_counts
from trunkline.core.finding import Finding, Severity
from trunkline.core.report.paint import safe

# GitHub takes 65,536 characters in a comment.
LONGEST = 65_000

ROWS = 60
FINDINGS = 30
_CUT = "\n_{} more components are left out: `trunkline plan` shows them._\n"
_MARKS = {Severity.ERROR: "❗", Severity.WARNING: "⚠️", Severity.NOTE: "ℹ️"}


def plan_markdown(plan: Plan, *, longest: int = LONGEST) -> str:
    """The comment, at most `longest` characters; details go before the sum does."""
    head = "\n".join([_title(plan), "", *_table(plan), *_found(plan.findings)]).rstrip() + "\n"
    head = head if len(head) <= longest else head[: longest - 2].rstrip() + "…\n"
    parts = [_details(one) for one in plan.components]
    return head + _fitting(parts, longest - len(head))


def _fitting(parts: Sequence[str], room: int) -> str:
    """As many details as there is room for, and how many are missing."""
    if sum(map(len, parts)) <= room:
        return "".join(parts)
    room -= len(_CUT) + 8
    taken: list[str] = []
    for one in parts:
        if len(one) > room:
            break
        taken.append(one)
        room -= len(one)
    if room < 0:
        return ""
    return "".join(taken) + _CUT.format(len(parts) - len(taken))


def _title(plan: Plan) -> str:
    span = f"`{plan.base[:8]}..{plan.head[:8]}`"
    failed = sum(bool(one.error) for one in plan.components)
    broken = f", **{failed} could not be planned**" if failed else ""
    if not plan.changed:
        return f"### Trunkline: no changes{broken}\n{span}, {plan.considered} components looked at"
    sums = ", ".join(f"{number} to {action}" for action, number in plan.counts.items() if number)
    return f"### Trunkline: {sums}{broken}\n{span}, {plan.considered} components looked at"


def _table(plan: Plan) -> list[str]:
    if not plan.components:
        return []
    actions = [one for one in Action if one is not Action.NOOP]
    lines = [
        "| cluster | component | " + " | ".join(one.value for one in actions) + " | |",
        "|---|---|" + "--:|" * len(actions) + "---|",
    ]
    for one in plan.components[:ROWS]:
        counts = action_counts(one.changes)
        cells = " | ".join(str(counts[action.value] or "") for action in actions)
        note = "❗ not planned" if one.error else ""
        lines.append(f"| {_code(one.cluster)} | {_code(one.id)} | {cells} | {note} |")
    if (more := len(plan.components) - ROWS) > 0:
        lines.append(f"| | _{more} more_ |" + " |" * len(actions) + " |")
    return [*lines, ""]


def _found(findings: Sequence[Finding]) -> list[str]:
    lines = []
    for one in findings[:FINDINGS]:
        place = f"{_code(one.place)}: " if one.place else ""
        remedy = f" → {_escaped(one.remedy)}" if one.remedy else ""
        lines.append(f"- {_MARKS[one.severity]} {place}{_escaped(one.message)}{remedy}")
    if (more := len(findings) - FINDINGS) > 0:
        lines.append(f"- _{more} more findings_")
    return [*lines, ""] if lines else []


def _details(one: ComponentPlan) -> str:
    counts = action_counts(one.changes)
    sums = ", ".join(f"{number} {action}" for action, number in counts.items() if number)
    title = f"<b>{_html(one.id)}</b> in {_html(one.cluster)}: {sums or 'not planned'}"
    body = [f"\n<details><summary>{title}</summary>\n"]
    if one.error:
        body.append(_fenced(one.error, ""))
    for change in one.changes:
        reason = f" ({_escaped(change.reason)})" if change.reason else ""
        body.append(f"**{change.action.value}** {_code(str(change.ref))}{reason}\n")
        if change.diff:
            body.append(_fenced(change.diff, "diff"))
    return "\n".join(body) + "\n</details>\n"


def _fenced(text: str, language: str) -> str:
    """A fence longer than any run of backticks inside of it."""
    text = safe(text).rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}\n"


def _code(text: str) -> str:
    plain = safe(text).replace("`", "'").replace("|", "¦").replace("\n", " ")
    return f"`{plain}`"


def _escaped(text: str) -> str:
    """Text in which Markdown, HTML and mentions mean nothing."""
    flat = " ".join(safe(text).split())
    marked = re.sub(r"([\\`*_{}\[\]()#+!|~])", r"\\\1", flat)
    return _html(marked).replace("@", "@\u200b")


def _html(text: str) -> str:
    return safe(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
