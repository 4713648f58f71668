"""A plan as text for a terminal.

The same change of many components is shown once. Inside of a component the gravest stands first;
whole objects that come or go are one line each, unless asked for in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from textwrap import wrap

from msgspec import Struct

from trunkline.core.change import Action, Cause, Change, ComponentPlan, Plan, Why
from trunkline.core.finding import Finding, Severity
from trunkline.core.groups import Group, grouped
from trunkline.core.manifest import Ref
from trunkline.core.report.fitting import fitted
from trunkline.core.report.importance import (
    MOVED,
    SIGNS,
    counted,
    findings_of,
    many,
    members,
    noise,
    shown_changes,
    warnings,
)
from trunkline.core.report.paint import Paint, painter, safe
from trunkline.core.report.words import cause_said, left_out, quiet, reason

STYLES = {
    Action.CREATE: "add",
    Action.UPDATE: "change",
    Action.REPLACE: "remove",
    Action.DELETE: "remove",
    Action.NOOP: "soft",
}
LINES = {"+": "add", "-": "remove", "@": "place"}

# Lines of one difference that are shown unless the plan is asked for in full.
LONGEST = 120
WARNINGS = 8
INDENT = "      "


class Look(Struct, frozen=True):
    """How it is printed; `width` cuts long lines around what differs, 0 cuts none."""

    paint: Paint
    full: bool = False
    width: int = 0

    def holds(self, line: str) -> bool:
        return not self.width or len(line) <= self.width

    def wrapped(self, text: str, indent: str) -> list[str]:
        """The words on as many lines as they need beside this indent."""
        if not self.width:
            return [text]
        return wrap(text, max(self.width - len(indent), 30), break_long_words=False)


def plan_text(plan: Plan, *, colour: bool = False, full: bool = False, width: int = 0) -> str:
    """The plan by component, then findings, then the sum: what one reads last stays in sight."""
    look = Look(painter(colour), full, width)
    lines: list[str] = []
    groups = grouped(plan.components)
    for group in groups:
        lines += [*_group(group, look), ""]
    if plan.unchanged:
        lines += [*_unchanged(plan.unchanged, look), ""]
    if told := findings_of(plan):
        lines += [*_findings(told, look), ""]
    return "\n".join([*lines, *_summary(plan, groups, look)]) + "\n"


def _group(group: Group, look: Look) -> Iterator[str]:
    one, paint = group.sample, look.paint
    place = f"{paint('strong', safe(one.id))} {paint('soft', 'in')} {safe(one.cluster)}"
    yield f"{place}{_alike(group, look)}"
    yield from _was(one, paint)
    if one.error:
        yield f"  {paint('bad', '! ' + safe(one.error))}"
    for change in shown_changes(group):
        yield from _change(change, one, look)
    for line in noise(group.own):
        yield f"  {paint('change', '~')} {safe(line)}"
    for said in left_out(group):
        yield f"  {paint('soft', f'= {said}')}"


def _alike(group: Group, look: Look) -> str:
    """Who else changes alike."""
    others = len(group.members) - 1
    if not others:
        return ""
    said = f"= {many(others, 'other')} alike"
    named = safe(members(group, most=others if look.full else 6))
    return f"  {look.paint('place', said)}  {look.paint('soft', named)}"


def _was(one: ComponentPlan, paint: Paint) -> Iterator[str]:
    for said in one.was:
        yield f"  {paint('place', MOVED)} {safe(said)}"


def _change(change: Change, part: ComponentPlan, look: Look) -> Iterator[str]:
    paint = look.paint
    moved = change.moved_from or change.moved_to
    sign, style = (MOVED, "place") if moved else (SIGNS[change.action], STYLES[change.action])
    said = ("! " if change.fixed else "") + safe(reason(change, part))
    words = partial(paint, "held" if change.fixed else "soft")
    line = f"  {paint(style, sign)} {_named(change.ref, paint)}"
    if not said or look.holds(f"  {sign} {change.ref}  {said}"):
        yield f"{line}  {words(said)}" if said else line
    else:
        yield line
        yield from (INDENT + words(one) for one in look.wrapped(said, INDENT))
    for cause in change.causes:
        yield f"{INDENT}{_cause(cause, change, paint)}"
    yield from _difference(_shown_diff(change, look.full), look)


def _named(ref: Ref, paint: Paint) -> str:
    """The ref as it is always written; the group of its kind is the least of it."""
    kind, _, name = safe(str(ref)).partition(" ")
    plain, dot, group = kind.partition(".")
    return f"{plain}{paint('soft', dot + group)} {paint('strong', name)}"


def _cause(cause: Cause, change: Change, paint: Paint) -> str:
    sign, style = ("●", "place") if cause.why is Why.UNDELIVERED else ("‖", "held")
    return f"{paint(style, sign)} {paint('soft', safe(cause_said(cause, change)))}"


def _shown_diff(change: Change, full: bool) -> str:
    if change.moved_from and not full:
        return change.moved_from.diff
    if change.action in (Action.UPDATE, Action.REPLACE, Action.NOOP) or full:
        return change.diff
    return ""


def _difference(diff: str, look: Look) -> Iterator[str]:
    lines = safe(diff).splitlines()
    kept = lines if look.full else lines[:LONGEST]
    room = look.width - len(INDENT) if look.width else 0
    for line in fitted(kept, room):
        style = LINES.get(line[:1])
        yield INDENT + (look.paint(style, line) if style else line)
    if more := len(lines) - len(kept):
        yield f"{INDENT}{look.paint('soft', f'… {more} more lines: --full shows them')}"


def _unchanged(parts: Iterable[ComponentPlan], look: Look) -> Iterator[str]:
    paint = look.paint
    for one in parts:
        told = paint("soft", safe(quiet(one)))
        sign = paint("place", MOVED) if one.was else paint("soft", "=")
        sign = paint("held", "‖") if one.waits_for else sign
        yield f"{sign} {safe(one.id)} {paint('soft', 'in')} {safe(one.cluster)}  {told}"


def _findings(found: Iterable[tuple[Finding, int]], look: Look) -> Iterator[str]:
    paint = look.paint
    styles = {Severity.ERROR: "bad", Severity.WARNING: "held", Severity.NOTE: "soft"}
    signs = {Severity.ERROR: "!", Severity.WARNING: "‖", Severity.NOTE: "·"}
    for one, others in found:
        sign, place, said = signs[one.severity], safe(one.place), safe(one.said)
        also = "  " + paint("place", f"= {many(others, 'other')} alike") if others else ""
        head = f"{paint(styles[one.severity], sign)} {paint('soft', place)}".rstrip()
        if not place or look.holds(f"{sign} {place}  {said}"):
            yield f"{head}{'  ' if place else ' '}{said}{also}"
        else:
            yield head + also
            yield from (f"  {line}" for line in look.wrapped(said, "  "))
        if one.remedy:
            yield f"  {paint('soft', '→ ' + safe(one.remedy))}"


def _summary(plan: Plan, groups: Sequence[Group], look: Look) -> Iterator[str]:
    told, paint = warnings(groups), look.paint
    for line in told[:WARNINGS]:
        first, *rest = look.wrapped(safe(line), "  ")
        yield f"{paint('held', '!')} {first}"
        yield from (f"  {one}" for one in rest)
    if len(told) > WARNINGS:
        yield f"{paint('held', '!')} and {many(len(told) - WARNINGS, 'more warning')}"
    whole = _sum(plan, painter(False))
    head, tail = _sum(plan, paint)
    if look.holds(", ".join(whole)):
        yield f"{head}, {tail}"
    else:
        yield from (f"{head},", f"  {tail}")


def _sum(plan: Plan, paint: Paint) -> tuple[str, str]:
    """What changes; and of how much that is the sum."""
    span = f"{_short(plan.base)}..{_short(plan.head)}"
    if plan.base == "live":
        span = f"the clusters against {_short(plan.head)}"
    failed = sum(bool(one.error) for one in plan.components)
    broken = paint("held", f"; {plan.waiting} waiting") if plan.waiting else ""
    broken += paint("bad", f"; {failed} could not be planned") if failed else ""
    if not plan.changed:
        said = "No changes seen" if failed else "No changes yet" if plan.waiting else "No changes"
        return f"{said}: {span}", f"{many(plan.considered, 'component')} looked at{broken}"
    changed = [one for one in plan.components if one.changes]
    clusters = len({one.cluster for one in changed})
    where = f"{many(len(changed), 'component')} in {many(clusters, 'cluster')}"
    total = paint("strong", counted(plan.counts))
    return f"{total}: {where}", f"{span}, {plan.considered} looked at{broken}"


def _short(commit: str) -> str:
    return commit[:8]
