"""The changes themselves: one fold for each group of components, one in it for each object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from trunkline.core.change import Action, Cause, Change, ComponentPlan, Why, action_counts
from trunkline.core.finding import Finding, Severity
from trunkline.core.groups import Group
from trunkline.core.infra.plan.values import UnitPlan
from trunkline.core.report.html.differences import difference
from trunkline.core.report.html.markup import Markup, Piece, tag
from trunkline.core.report.html.stations import state
from trunkline.core.report.importance import (
    MOVED,
    SIGNS,
    many,
    noise,
    shown_changes,
    sums,
)
from trunkline.core.report.words import cause_said, left_out, place, quiet, reason

# From this many lines of difference on, folds are closed when the page opens.
MUCH = 1_500


def group_fold(at: int, group: Group, *, opened: bool) -> Markup:
    one = group.sample
    kind, sign, said = state(one)
    title = [
        tag("span", sign, class_=f"stop {kind}", title=said, role="img", aria_label=said),
        tag("h2", one.id),
        tag("span", "in ", tag("b", one.cluster), class_="soft"),
        _alike(group),
        tag("span", *_counts(one), class_="counts"),
    ]
    body = [
        _members(group),
        *(tag("p", f"{MOVED} {word}", class_="note") for word in one.was),
        tag("p", f"! {one.error}", class_="note bad") if one.error else None,
        *(_change(change, one, opened) for change in shown_changes(group)),
        *(tag("p", f"~ {line}", class_="note change") for line in _noise(group)),
        *(tag("p", f"= {line}", class_="note") for line in left_out(group)),
    ]
    return tag(
        "details",
        tag("summary", *title),
        tag("div", *body, class_="body"),
        class_="panel group",
        id=f"g{at}",
        open=opened,
    )


def _noise(group: Group) -> Iterator[str]:
    yield from noise(group.own)
    if hidden := [one for one in group.own if one.only_noise]:
        named = ", ".join(str(one.ref) for one in hidden[:8])
        more = f" and {len(hidden) - 8} more" if len(hidden) > 8 else ""
        yield f"nothing else changes on {named}{more}"


def _alike(group: Group) -> Markup | None:
    others = len(group.members) - 1
    return tag("span", f"and {many(others, 'other')} alike", class_="chip") if others else None


def _members(group: Group) -> Markup | None:
    if len(group.members) == 1:
        return None
    names = [
        tag("li", one.id, " ", tag("span", one.cluster, class_="soft")) for one in group.members
    ]
    title = tag("summary", f"The same in {many(len(names), 'component')}; shown as in the first")
    return tag("details", title, tag("ul", *names), class_="members", open=len(names) <= 6)


def _counts(part: ComponentPlan) -> Iterator[Markup]:
    for action, number in sums(action_counts(part.changes)):
        yield tag("span", f"{SIGNS[action]} {number}", class_=action.value, title=action.value)


def _change(change: Change, part: ComponentPlan, opened: bool) -> Markup:
    moved = change.moved_from or change.moved_to
    kind, sign = ("moved", MOVED) if moved else (change.action.value, SIGNS[change.action])
    whole = change.action in (Action.CREATE, Action.DELETE) and not change.moved_from
    group = f".{change.ref.group}" if change.ref.group else ""
    title = [
        tag("span", sign, class_=f"sign {kind}", title=kind),
        tag("span", change.ref.kind, tag("small", group, class_="soft"), class_="kind"),
        tag("b", place(change.ref)),
        _words(change, part),
    ]
    diff = change.moved_from.diff if change.moved_from else change.diff
    body = [*(_cause(one, change) for one in change.causes)]
    body += [difference(diff)] if diff else []
    if not body:
        return tag("div", tag("div", *title, class_="title"), class_="change bare", tabindex=0)
    return tag(
        "details",
        tag("summary", *title),
        *body,
        class_="change",
        open=opened and not (whole and not change.causes),
    )


def _words(change: Change, part: ComponentPlan) -> Piece:
    if not (said := reason(change, part)):
        return None
    if change.fixed:
        return tag("span", "! ", said, class_="words warn")
    return tag("span", said, class_="words soft")


def _cause(cause: Cause, change: Change) -> Markup:
    undelivered = cause.why is Why.UNDELIVERED
    sign, kind = ("●", "going") if undelivered else ("‖", "held")
    return tag("p", tag("b", sign, class_=kind), " ", cause_said(cause, change), class_="cause")


def findings(found: Sequence[tuple[Finding, int]]) -> Markup | None:
    if not found:
        return None
    signs = {
        Severity.ERROR: ("!", "bad"),
        Severity.WARNING: ("‖", "held"),
        Severity.NOTE: ("·", "soft"),
    }
    items = []
    for one, others in found:
        sign, kind = signs[one.severity]
        where = tag("code", one.place) if one.place else None
        remedy = tag("div", f"→ {one.remedy}", class_="soft") if one.remedy else None
        also = tag("span", f"and {many(others, 'other')} alike", class_="chip") if others else None
        said = tag("div", where, " ", one.said, " ", also, remedy)
        items.append(tag("li", tag("b", sign, class_=kind, title=one.severity.value), said))
    title = tag("summary", tag("h2", many(len(found), "finding")))
    return tag("details", title, tag("ul", *items), class_="panel listed", id="findings", open=True)


def unchanged(parts: Sequence[ComponentPlan]) -> Markup | None:
    if not parts:
        return None
    items = [tag("li", tag("b", _sign(one), class_="soft"), _quiet(one)) for one in parts]
    yet = ", or not yet" if any(one.waits_for for one in parts) else ""
    words = f"{many(len(parts), 'component')} of which nothing changes{yet}"
    title = tag("summary", tag("h2", words))
    return tag("details", title, tag("ul", *items), class_="panel listed", open=len(parts) < 8)


def _sign(part: ComponentPlan) -> str:
    return "‖" if part.waits_for else MOVED if part.was else "="


def _quiet(part: ComponentPlan) -> Markup:
    return tag("div", tag("b", part.id), " in ", part.cluster, ": ", quiet(part))


def is_much(groups: Iterable[Group], units: Iterable[UnitPlan]) -> bool:
    """Whether all differences together are too much to be open at once."""
    lines = sum(change.diff.count("\n") for group in groups for change in group.own)
    lines += sum(len(change.attributes) for one in units for change in one.changes)
    return lines > MUCH
