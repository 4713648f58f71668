"""An apply of infrastructure as the summary of a job, or a comment after the merge: one table of
what was applied, what was not and why, and what a program said of a failure folded below.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.finding import told_once
from trunkline.core.infra.applying import ApplyRun, Ended, UnitResult
from trunkline.core.report.comment import LONGEST, cut, fitting, found, table
from trunkline.core.report.escaped import code, escaped, fenced, in_html
from trunkline.core.report.infra_apply_text import done, next_steps, summed

SIGNS = {
    Ended.APPLIED: "✅",
    Ended.UNCHANGED: "✅",
    Ended.WAITING: "⏸️",
    Ended.SKIPPED: "⏸️",
    Ended.LEFT: "➖",
    Ended.REFUSED: "❌",
    Ended.FAILED: "❌",
    Ended.INTERRUPTED: "❌",
}
_CUT = "errors are left out: `trunkline infra resume` goes on, and tells them again"


def apply_markdown(run: ApplyRun, *, longest: int = LONGEST) -> str:
    """The comment, at most `longest` characters; what programs said goes before the table does."""
    rows = table(("", "unit", "", ""), [_row(one) for one in run.units])
    head = [*_title(run), "", *rows, *found(told_once(run.findings))]
    text = cut("\n".join(head).rstrip() + "\n", longest)
    parts = [_error(one) for one in run.units if one.error]
    return text + fitting(parts, longest - len(text), _CUT)


def _title(run: ApplyRun) -> Iterator[str]:
    yield f"### Infrastructure: {summed(run) or 'nothing is left to apply'}"
    took = f" in {run.ended - run.started:.1f} s" if run.ended else ""
    yield f"{code(f'{run.base[:8]}..{run.head[:8]}')}{took}, run {code(run.id)}"


def _row(one: UnitResult) -> list[str]:
    said = [escaped(one.message)] if one.message else []
    said += [f"→ {code(words)}" for words in next_steps(one)]
    sign = SIGNS.get(one.ended, "⏳")
    return [sign, code(one.unit), escaped(done(one)), "<br>".join(said)]


def _error(one: UnitResult) -> str:
    title = f"<details open><summary>{in_html(one.unit)} {one.ended.value}</summary>"
    return f"\n{title}\n\n{fenced(one.error, 'text')}</details>\n"
