"""Drift as the summary of a job that looks for it: one table of what changed outside, and each
unit's resources folded below; what a heal planned and applied after it.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.infra.drift import Checked, Drifted, DriftReport, Healing, UnitDrift
from trunkline.core.report import infra_words as words
from trunkline.core.report.comment import LONGEST, cut, fitting, table
from trunkline.core.report.escaped import code, escaped, fenced, in_html
from trunkline.core.report.infra_apply_markdown import apply_markdown
from trunkline.core.report.infra_drift_text import Moment, between, headline, total
from trunkline.core.report.infra_markdown import COLOURS, infra_markdown

SIGNS = {Checked.DRIFTED: "⚠️", Checked.FAILED: "❌", Checked.UNAPPLIED: "➖", Checked.CLEAN: "✅"}
_CUT = "units are left out: `trunkline infra drift` shows them"


def drift_markdown(report: DriftReport, moment: Moment, *, longest: int = LONGEST) -> str:
    """The comment, at most `longest` characters, of which a heal has one half at most."""
    healed = _healed(report.healing, longest // 2) if report.healing else ""
    room = longest - len(healed)
    told = [one for one in report.units if one.status is not Checked.CLEAN]
    rows = table(("", "unit", ""), [_row(one) for one in told])
    head = [f"### Infrastructure drift: {escaped(total(report))}", "", *rows]
    text = cut("\n".join(head).rstrip() + "\n", room)
    parts = [_details(one, moment) for one in told if one.resources or one.error]
    return text + fitting(parts, room - len(text), _CUT) + healed


def _healed(healing: Healing, longest: int) -> str:
    parts = [infra_markdown(healing.plan, longest=longest // 3)] if healing.plan.units else []
    held = [f"- ⏸️ {code(one)} {escaped(said)}\n" for one, said in healing.held.items()]
    parts += [fitting(held, longest // 3, _CUT)] if held else []
    parts += [apply_markdown(healing.apply, longest=longest // 3)] if healing.apply else []
    return "".join(f"\n{one}" for one in parts)


def _row(one: UnitDrift) -> list[str]:
    return [SIGNS[one.status], code(one.unit), escaped(headline(one))]


def _details(one: UnitDrift, moment: Moment) -> str:
    lines = [line for each in one.resources for line in _resource(each, moment)]
    body = fenced(one.error, "text") if one.error else ""
    body += fenced("\n".join(lines), "diff") if lines else ""
    title = f"<b>{in_html(one.unit)}</b> {in_html(headline(one))}"
    return f"\n<details><summary>{title}</summary>\n\n{body}</details>\n"


def _resource(one: Drifted, moment: Moment) -> Iterator[str]:
    change = one.change
    yield f"{COLOURS[change.verb]} {change.address}  # {between(one.since, moment)}"
    yield from (f"      {words.attribute(at)}" for at in change.attributes)
