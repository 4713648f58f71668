"""Drift as text for a terminal: by unit what changed outside and when, then the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from trunkline.core.infra.drift import Checked, Drifted, DriftReport, Healing, Since, UnitDrift
from trunkline.core.infra.plan.values import Verb
from trunkline.core.report import infra_words as words
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.core.report.infra_text import infra_text
from trunkline.core.report.paint import Paint, painter, safe

Moment = Callable[[float], str]
"""How a time in Unix seconds is spelled here."""

STYLES = {
    Checked.DRIFTED: "change",
    Checked.FAILED: "bad",
    Checked.UNAPPLIED: "held",
    Checked.CLEAN: "soft",
}
SAID = {Checked.CLEAN: "without drift", Checked.UNAPPLIED: "never applied"}
SHOWN = 12
ERROR_LINES = 12


def drift_text(
    report: DriftReport, moment: Moment, *, colour: bool = False, full: bool = False
) -> str:
    """Units with nothing to say are shown in `full` only."""
    paint = painter(colour)
    lines: list[str] = []
    for one in report.units:
        if full or one.status is not Checked.CLEAN:
            lines += [*_unit(one, moment, paint, full)]
    gap = [""] if lines else []
    return "\n".join([*lines, *gap, paint("strong", total(report))]) + "\n"


def healing_text(healing: Healing, *, colour: bool = False, full: bool = False) -> str:
    """What was planned against drift, what was left alone, and how the apply went."""
    paint = painter(colour)
    parts = []
    if healing.plan.units:
        parts.append(infra_text(healing.plan, colour=colour, full=full))
    if healing.held:
        width = max(map(len, healing.held))
        lines = [
            f"{paint('held', '‖')} {paint('strong', safe(one.ljust(width)))}  {safe(said)}"
            for one, said in healing.held.items()
        ]
        go_on = paint("soft", "→ trunkline infra apply applies it; what differs then is drift")
        parts.append("\n".join([*lines, f"  {go_on}"]) + "\n")
    if healing.apply:
        parts.append(apply_text(healing.apply, colour=colour))
    return "\n".join(parts)


def total(report: DriftReport) -> str:
    counts = report.counts
    found = [(Checked.DRIFTED, "with drift"), (Checked.FAILED, "failed"), *SAID.items()]
    said = [f"{counts[one.value]} {word}" for one, word in found if counts[one.value]]
    where = f"{len(report.units)} of {report.considered} units checked at {report.commit[:8]}"
    return f"{', '.join(said)}: {where}" if said else where


def headline(one: UnitDrift) -> str:
    """What was found of a unit, in some words."""
    if one.status is Checked.FAILED:
        return "could not be checked"
    if one.waits_for:
        return f"not checked: no outputs of {', '.join(one.waits_for)} yet"
    if one.status is not Checked.DRIFTED:
        return SAID[one.status]
    counts = Counter(each.change.verb for each in one.resources)
    said = [(Verb.UPDATE, "changed"), (Verb.DELETE, "deleted")]
    return ", ".join(f"{counts[verb]} {word}" for verb, word in said if counts[verb]) + " outside"


def between(since: Since, moment: Moment) -> str:
    """When it happened, as far as checks tell."""
    if not since.without:
        return f"before {moment(since.seen)}, the first check"
    return f"between {moment(since.without)} and {moment(since.seen)}"


def _unit(one: UnitDrift, moment: Moment, paint: Paint, full: bool) -> Iterator[str]:
    said = paint(STYLES[one.status], safe(headline(one)))
    when = f"  {paint('soft', 'checked ' + moment(one.checked))}" if full else ""
    yield f"{paint('strong', safe(one.unit))}  {said}{when}"
    lines = one.error.splitlines()
    if len(lines) > ERROR_LINES and not full:
        lines = [*lines[:ERROR_LINES], "…"]
    yield from (f"  {paint('bad', safe(line))}" for line in lines)
    for each in one.resources:
        yield from _resource(each, moment, paint, full)


def _resource(one: Drifted, moment: Moment, paint: Paint, full: bool) -> Iterator[str]:
    gone = one.change.verb is Verb.DELETE
    sign = paint("remove" if gone else "change", words.SIGNS[one.change.verb])
    yield f"  {sign} {safe(one.change.address)}  {paint('soft', between(one.since, moment))}"
    if gone and not full:
        return
    shown = one.change.attributes if full else one.change.attributes[:SHOWN]
    yield from (f"      {paint('soft', safe(words.attribute(at)))}" for at in shown)
    if more := len(one.change.attributes) - len(shown):
        yield f"      {paint('soft', f'… {more} more: --full shows them')}"
