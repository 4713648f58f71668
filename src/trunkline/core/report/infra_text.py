"""A plan of infrastructure as text for a terminal: by unit in the order of an apply, then findings,
then the sum.
"""

from __future__ import annotations

from collections.abc import Iterator

from trunkline.core.finding import Severity
from trunkline.core.infra.plan.values import InfraPlan, ResourceChange, Status, UnitPlan, Verb
from trunkline.core.report import infra_words as words
from trunkline.core.report.paint import Paint, painter, safe

STYLES = {
    Verb.CREATE: "add",
    Verb.UPDATE: "change",
    Verb.REPLACE: "remove",
    Verb.DELETE: "remove",
    Verb.MOVE: "place",
    Verb.IMPORT: "place",
    Verb.FORGET: "held",
}
# Attributes of one resource that are shown unless the plan is asked for in full.
SHOWN = 12
ERROR_LINES = 12


def infra_text(plan: InfraPlan, *, colour: bool = False, full: bool = False) -> str:
    paint = painter(colour)
    lines: list[str] = []
    for one in plan.units:
        lines += [*_unit(one, paint, full), ""]
    if words.findings(plan):
        lines += [*_findings(plan, paint), ""]
    return "\n".join([*lines, paint("strong", words.total(plan))]) + "\n"


def unit_text(one: UnitPlan, *, colour: bool = False) -> str:
    """One unit's plan with every attribute."""
    return "\n".join(_unit(one, painter(colour), True)) + "\n"


def _unit(one: UnitPlan, paint: Paint, full: bool) -> Iterator[str]:
    style = {Status.FAILED: "bad", Status.DEFERRED: "held"}.get(one.status, "soft")
    said = paint(style, safe(words.headline(one)))
    was = f"  {paint('place', safe(words.was(one)))}" if words.was(one) else ""
    name = f"  {paint('soft', 'plan ' + one.plan)}" if one.plan else ""
    yield f"{paint('strong', safe(one.unit))}  {said}{was}{name}"
    if one.because:
        yield f"  {paint('soft', safe(_because(one)))}"
    if after := words.after(one):
        yield f"  {paint('held', safe(after))}"
    if one.mocked:
        yield f"  {paint('held', '! on mock outputs of ' + safe(', '.join(one.mocked)))}"
    yield from (f"  {paint('bad', safe(line))}" for line in _error(one, full))
    for change in words.by_gravity(one.changes):
        yield from _change(change, one, paint, full)
    for line in (line for output in one.outputs for line in words.output(output)):
        yield f"  {paint('change', '·')} {safe(line)}"
    if one.drifted:
        named = safe(", ".join(one.drifted))
        yield f"  {paint('held', '‖')} {paint('soft', 'changed outside: ' + named)}"


def _because(one: UnitPlan) -> str:
    more = f" and {len(one.because) - 3} more" if len(one.because) > 3 else ""
    return f"{', '.join(one.because[:3])}{more}"


def _error(one: UnitPlan, full: bool) -> list[str]:
    lines = one.error.splitlines()
    return lines if full or len(lines) <= ERROR_LINES else [*lines[:ERROR_LINES], "…"]


def _change(change: ResourceChange, unit: UnitPlan, paint: Paint, full: bool) -> Iterator[str]:
    said = words.reason(change)
    style = STYLES.get(change.verb, "soft")
    mark = f"{paint('held', '! ')}" if unit.mocked else ""
    yield (
        f"  {mark}{paint(style, words.SIGNS.get(change.verb, '·'))} {safe(change.address)}"
        + (f"  {paint('soft', safe(said))}" if said else "")
    )
    if change.verb is Verb.DELETE and not full:
        return
    shown = change.attributes if full else change.attributes[:SHOWN]
    for one in shown:
        yield f"      {paint('remove' if one.forces else 'soft', safe(words.attribute(one)))}"
    if more := len(change.attributes) - len(shown):
        yield f"      {paint('soft', f'… {more} more: --full shows them')}"


def _findings(plan: InfraPlan, paint: Paint) -> Iterator[str]:
    signs = {Severity.ERROR: ("!", "bad"), Severity.WARNING: ("‖", "held")}
    for one in words.findings(plan):
        sign, style = signs.get(one.severity, ("·", "soft"))
        yield f"{paint(style, sign)} {paint('soft', safe(one.place))}  {safe(one.message)}"
        if one.remedy:
            yield f"  {paint('soft', '→ ' + safe(one.remedy))}"
