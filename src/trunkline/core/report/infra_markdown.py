"""A plan of infrastructure as markdown, for a comment on a pull request: the sum and the warnings
first, the details of each unit folded below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.plan.values import InfraPlan, ResourceChange, Status, UnitPlan, Verb
from trunkline.core.report import infra_words as words
from trunkline.core.report.comment import LONGEST, cut, fitting
from trunkline.core.report.escaped import code, escaped, fenced, in_html

# Diff colours of forges: a line is red, green or orange by its first sign.
COLOURS = {
    Verb.CREATE: "+",
    Verb.DELETE: "-",
    Verb.REPLACE: "-",
    Verb.UPDATE: "!",
    Verb.FORGET: "-",
}
WARNINGS = 20
FILES = 5
_SIGNS = {Severity.ERROR: "❌", Severity.WARNING: "⚠️"}
_CUT = "units are left out: `trunkline infra plan` shows them"


def infra_markdown(plan: InfraPlan, *, longest: int = LONGEST) -> str:
    """The comment, at most `longest` characters; details go before the list of the units does."""
    head = "\n".join([_title(plan), "", *_warnings(words.findings(plan))]).rstrip() + "\n"
    head = cut(head, longest)
    return head + "".join(_fitting(plan.units, longest - len(head)))


def _fitting(units: Sequence[UnitPlan], room: int) -> Iterator[str]:
    """Each unit with its details as far as there is room for them, else its line alone."""
    lines = [f"- {_line(one)}\n" for one in units]
    room -= sum(map(len, lines)) + len(units)
    if room < 0:
        yield fitting(lines, room + sum(map(len, lines)), _CUT)
        return
    for one, line in zip(units, lines, strict=True):
        details = _details(one)
        fits = len(details) <= room + len(line)
        room -= len(details) - len(line) if fits else 0
        yield details if fits else f"\n{line}"


def _title(plan: InfraPlan) -> str:
    total, span = words.sums(plan)
    return f"### Infrastructure: {total}\n{escaped(span)}"


def _warnings(findings: Sequence[Finding]) -> list[str]:
    told = [one for one in findings if one.severity in _SIGNS]
    shown = told[:WARNINGS]
    lines = []
    for remedy in dict.fromkeys(one.remedy for one in shown):
        for one in (one for one in shown if one.remedy == remedy):
            place = f"{code(one.place)}: " if one.place else ""
            lines.append(f"- {_SIGNS[one.severity]} {place}{escaped(one.message)}")
        lines += [f"\n  → {escaped(remedy)}"] if remedy else []
    if (more := len(told) - WARNINGS) > 0:
        lines.append(f"- _{more} more warnings_")
    return [*lines, ""] if lines else []


def _details(one: UnitPlan) -> str:
    opened = " open" if one.status is Status.FAILED or one.destroys else ""
    head = f"\n<details{opened}><summary>{_line(one, html=True)}</summary>\n"
    return "\n".join([head, *_body(one), "</details>\n"])


def _body(one: UnitPlan) -> Iterator[str]:
    if one.because:
        more = f" and {len(one.because) - FILES} more" if len(one.because) > FILES else ""
        yield f"Because of {', '.join(code(file) for file in one.because[:FILES])}{more}.\n"
    if after := words.after(one):
        yield f"It {escaped(after)}.\n"
    if one.mocked:
        yield f"⚠️ **On mock outputs of {', '.join(code(unit) for unit in one.mocked)}.**\n"
    if one.error:
        yield fenced(one.error, "text")
    lines = [line for change in words.by_gravity(one.changes) for line in _change(change)]
    lines += [f"! {line}" for output in one.outputs for line in words.output(output)]
    if lines:
        yield fenced("\n".join(lines), "diff")
    if one.drifted:
        yield f"Changed outside: {', '.join(map(code, one.drifted))}.\n"


def _line(one: UnitPlan, *, html: bool = False) -> str:
    name = f"<code>{in_html(one.unit)}</code>" if html else code(one.unit)
    was = f" ({words.was(one)})" if words.was(one) else ""
    mark = "❌ " if one.status is Status.FAILED else "⏳ " if one.status is Status.DEFERRED else ""
    said = f"{words.headline(one)}{was}"
    return f"{mark}{name} {in_html(said) if html else escaped(said)}"


def _change(change: ResourceChange) -> Iterator[str]:
    said = words.reason(change)
    sign = COLOURS.get(change.verb, " ")
    head = f"{sign} {change.verb.value} {change.address}"
    yield f"{head}  # {said}" if said else head
    if change.verb is not Verb.DELETE:
        yield from (f"      {words.attribute(one)}" for one in change.attributes)
