"""A plan of infrastructure as markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trunkline.core.finding import Severity
from trunkline.core.infra.plan.values import InfraPlan, ResourceChange, Status, UnitPlan, Verb
from trunkline.core.report import infra_words as words
from trunkline.core.report.paint import safe

# Diff colours of forges: a line is red, green or orange by its first sign.
COLOURS = {
    Verb.CREATE: "+",
    Verb.DELETE: "-",
    Verb.REPLACE: "-",
    Verb.UPDATE: "!",
    Verb.FORGET: "-",
}
# A comment of GitHub's holds 65,536 characters.
LONGEST = 60_000


def infra_markdown(plan: InfraPlan) -> str:
    lines = [f"**{_plain(words.total(plan))}**", ""]
    lines += _warnings(plan)
    for one in plan.units:
        lines += [*_unit(one), ""]
    text = "\n".join(lines).rstrip() + "\n"
    if len(text) <= LONGEST:
        return text
    short = [f"- {_line(one)}" for one in plan.units]
    head = "\n".join([lines[0], "", *_warnings(plan), *short])
    return f"{head[:LONGEST]}\n\nThe whole plan is too long for a comment.\n"


def _warnings(plan: InfraPlan) -> list[str]:
    signs = {Severity.ERROR: "❌", Severity.WARNING: "⚠️"}
    found = [
        f"- {signs[one.severity]} {_code(one.place)} {_plain(one.message)}"
        for one in plan.findings
        if one.severity in signs
    ]
    return [*found, ""] if found else []


def _unit(one: UnitPlan) -> Iterator[str]:
    opened = " open" if one.status is Status.FAILED or one.destroys else ""
    yield f"<details{opened}><summary>{_line(one, html=True)}</summary>"
    yield ""
    if one.because:
        more = f" and {len(one.because) - 5} more" if len(one.because) > 5 else ""
        yield f"Because of {', '.join(_code(file) for file in one.because[:5])}{more}."
        yield ""
    if one.mocked:
        yield f"⚠️ **On mock outputs of {', '.join(_code(file) for file in one.mocked)}.**"
        yield ""
    if one.error:
        yield from _fenced("text", one.error.splitlines())
    body = [line for change in one.changes for line in _change(change)]
    body += [f"! {words.output(output)}" for output in one.outputs]
    if body:
        yield from _fenced("diff", body)
    yield "</details>"


def _line(one: UnitPlan, *, html: bool = False) -> str:
    name = f"<code>{_html(one.unit)}</code>" if html else _code(one.unit)
    was = f" ({words.was(one)})" if words.was(one) else ""
    mark = "❌ " if one.status is Status.FAILED else "⏳ " if one.status is Status.DEFERRED else ""
    said = f"{words.headline(one)}{was}"
    return f"{mark}{name} {_html(said) if html else _plain(said)}"


def _change(change: ResourceChange) -> Iterator[str]:
    said = words.reason(change)
    sign = COLOURS.get(change.verb, " ")
    head = f"{sign} {change.verb.value} {change.address}"
    yield f"{head}  # {said}" if said else head
    if change.verb is not Verb.DELETE:
        yield from (f"      {words.attribute(one)}" for one in change.attributes)


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    """A block whose fence is longer than any in it."""
    text = safe("\n".join(lines))
    longest = max((len(found) for found in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    yield f"{fence}{language}"
    yield from text.splitlines()
    yield fence
    yield ""


def _code(text: str) -> str:
    clean = safe(text).replace("\n", " ").replace("`", "ˋ")
    return f"`{clean}`" if clean else ""


def _plain(text: str) -> str:
    """Text that is no markup, and mentions nobody."""
    clean = safe(text).replace("\n", " ")
    return re.sub(r"([\\`*_\[\]<>#|~@])", r"\\\1", clean)


def _html(text: str) -> str:
    clean = safe(text).replace("\n", " ")
    return clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
