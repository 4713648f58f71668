"""The map of a plan: each row is a line through the clusters, each cluster a station.

A station says what happens there; where the line is dotted it passes by.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trunkline.core.change import Action, ComponentPlan
from trunkline.core.groups import Group
from trunkline.core.report.html.markup import Markup, tag
from trunkline.core.report.importance import ORDER, SIGNS, many

# More clusters than these do not fit beside each other.
MOST = 14
ROWS = 100


def stations(groups: Sequence[Group]) -> Markup | None:
    """The map, None where it would say nothing or not fit."""
    clusters = sorted({one.cluster for group in groups for one in group.members})
    if not clusters or len(clusters) > MOST:
        return None
    head = tag(
        "tr",
        tag("th", "What changes", scope="col"),
        *(tag("th", name, scope="col", class_="cluster") for name in clusters),
    )
    rows = [_row(at, group, clusters) for at, group in enumerate(groups[:ROWS]) if group.sample.id]
    more = len(groups) - ROWS
    rest = tag("p", f"and {many(more, 'more line')} below", class_="more") if more > 0 else None
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    table = tag("div", table, class_="scroll", tabindex=0)
    return tag("section", table, rest, _legend(), class_="panel stations", aria_label="Map")


def _row(at: int, group: Group, clusters: Sequence[str]) -> Markup:
    one, others = group.sample, len(group.members) - 1
    also = tag("span", f"and {many(others, 'other')} alike", class_="soft") if others else None
    name = tag("th", tag("a", one.id, href=f"#g{at}"), " ", also, scope="row")
    return tag("tr", name, *_stops(group, clusters))


def _stops(group: Group, clusters: Sequence[str]) -> Iterator[Markup]:
    for cluster in clusters:
        here = [one for one in group.members if one.cluster == cluster]
        if not here:
            yield tag("td", tag("span", "passes by", class_="unseen"), class_="passes")
            continue
        kind, sign, said = state(here[0])
        count = tag("small", f"×{len(here)}") if len(here) > 1 else None
        stop = tag("span", sign, class_=f"stop {kind}", title=said, role="img", aria_label=said)
        yield tag("td", stop, count, class_=f"stops {kind}")


def state(part: ComponentPlan) -> tuple[str, str, str]:
    """The gravest that happens to a component: its class, its sign, in words."""
    if part.error:
        return "failed", "!", "could not be planned"
    if any(one.fixed for one in part.changes):
        return "failed", "!", "the API server will refuse it"
    for action in ORDER:
        count = sum(one.action is action for one in part.changes)
        if count and action is not Action.NOOP:
            return action.value, SIGNS[action], f"{count} {action.value}"
    return "quiet", "=", "nothing changes"


def _legend() -> Markup:
    words = [
        ("update", "~", "updated"),
        ("create", "+", "created"),
        ("delete", "−", "deleted"),
        ("replace", "±", "made anew"),
        ("failed", "!", "refused or not planned"),
    ]
    entries = [
        tag("li", tag("span", sign, class_=f"stop {kind}", aria_hidden="true"), " ", said)
        for kind, sign, said in words
    ]
    return tag("ul", *entries, tag("li", "dotted: passes by"), class_="legend")
