"""The Applications of a plan: their sums, the map of clusters, one fold for each group."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.core.change import Action, Plan
from trunkline.core.groups import Group
from trunkline.core.report.html.folds import group_fold, unchanged
from trunkline.core.report.html.markup import Markup, tag
from trunkline.core.report.html.part import Part, bar, card, link
from trunkline.core.report.html.stations import stations
from trunkline.core.report.importance import counted, findings_of, many, sums, warnings

# Folds beyond these are closed where there is much.
OPEN = 6


def applications(plan: Plan, groups: Sequence[Group], *, much: bool) -> Part:
    told = warnings(groups)
    gone = plan.counts[Action.DELETE.value]
    return Part(
        "Applications",
        counted(plan.counts),
        (_changes(plan), _arrives(plan)),
        tuple(link(f"#g{at}", one.sample.id, _size(one)) for at, one in enumerate(groups)),
        tuple(_body(plan, groups, much)),
        (_folded(plan, groups),),
        tuple(told),
        len(told) + sum(bool(one.error) for one in plan.components),
        f"{many(gone, 'object')} deleted" if gone else "",
        tuple(findings_of(plan)),
    )


def _body(plan: Plan, groups: Sequence[Group], much: bool) -> Iterator[Markup | None]:
    if len(groups) > 1 or any(len(one.members) > 1 for one in groups):
        yield stations(groups)
    folds = [group_fold(at, group, opened=not much or at < OPEN) for at, group in enumerate(groups)]
    yield tag("section", *folds, class_="folds", aria_label="Changes of Applications")
    if not groups:
        yield tag("p", tag("b", "✓", class_="good"), " Nothing changes.", class_="panel nothing")
    yield unchanged(plan.unchanged)


def _changes(plan: Plan) -> Markup:
    total = sum(plan.counts.values())
    shares = [(action.value, number) for action, number in sums(plan.counts)]
    return card("Changes", total, _word(total, "object"), bar(shares, counted(plan.counts)))


def _arrives(plan: Plan) -> Markup:
    arrives = [one for one in plan.components if one.changes]
    clusters = len({one.cluster for one in arrives})
    looked = f"{plan.considered} looked at, {many(clusters, 'cluster')}"
    return card("Arrives at", len(arrives), _word(len(arrives), "component"), looked)


def _folded(plan: Plan, groups: Sequence[Group]) -> Markup:
    alike = len(plan.components) - len(groups)
    spelled = sum(one.spelled for one in (*plan.components, *plan.unchanged))
    told = [
        f"{many(spelled, 'field')} spelled otherwise" if spelled else "",
        f"{many(plan.moved, 'object')} moved" if plan.moved else "",
    ]
    rest = ", ".join(filter(None, told)) or "the same is shown once"
    return card("Folded away", alike, f"{_word(alike, 'component')} alike", rest)


def _word(number: int, word: str) -> str:
    return many(number, word).partition(" ")[2]


def _size(group: Group) -> str:
    others = len(group.members) - 1
    return f"+{others}" if others else ""
