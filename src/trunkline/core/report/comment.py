"""What comments and summaries of a forge have in common: how long they may be, and findings.

What comes from a repository is no markup in them (`core/report/escaped.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

from trunkline.core.finding import Finding, Severity
from trunkline.core.report.escaped import code, escaped
from trunkline.core.report.importance import many

# GitHub takes 65,536 characters in a comment.
LONGEST = 65_000

FINDINGS, ROWS = 30, 100
MARKS = {Severity.ERROR: "❗", Severity.WARNING: "⚠️", Severity.NOTE: "ℹ️"}
_MORE = "\n_{} more {}._\n"


def cut(text: str, longest: int) -> str:
    """The text as far as it fits."""
    return text if len(text) <= longest else text[: longest - 2].rstrip() + "…\n"


def fitting(parts: Sequence[str], room: int, left_out: str) -> str:
    """As many details as there is room for, and how many are missing; `left_out` says of what, and
    where they are shown.
    """
    if sum(map(len, parts)) <= room:
        return "".join(parts)
    room -= len(_MORE) + len(left_out) + 8
    taken: list[str] = []
    for one in parts:
        if len(one) > room:
            break
        taken.append(one)
        room -= len(one)
    if room < 0:
        return ""
    return "".join(taken) + _MORE.format(len(parts) - len(taken), left_out)


def found(findings: Sequence[tuple[Finding, int]]) -> list[str]:
    """A line for each finding, with the number of others that say the same."""
    lines = []
    for one, others in findings[:FINDINGS]:
        place = f"{code(one.place)}: " if one.place else ""
        also = f" (and {many(others, 'other')} alike)" if others else ""
        remedy = f" → {escaped(one.remedy)}" if one.remedy else ""
        lines.append(f"- {MARKS[one.severity]} {place}{escaped(one.said)}{also}{remedy}")
    if (more := len(findings) - FINDINGS) > 0:
        lines.append(f"- _{more} more findings_")
    return [*lines, ""] if lines else []


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], most: int = ROWS) -> list[str]:
    """The lines of a table, whose cells are markup already; nothing for no rows. The second column
    says how many more there are.
    """
    if not rows:
        return []
    shown = list(rows[:most])
    if (more := len(rows) - most) > 0:
        shown.append(["", f"_{more} more_", *[""] * (len(headings) - 2)])
    return [*map(_cells, (headings, ["---"] * len(headings), *shown)), ""]


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
