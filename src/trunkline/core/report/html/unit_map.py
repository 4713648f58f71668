"""The map of infrastructure: each row is a unit, each column what can happen to its resources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trunkline.core.infra.plan.values import Status, UnitPlan, Verb
from trunkline.core.report.html.markup import Markup, tag
from trunkline.core.report.html.units import state
from trunkline.core.report.importance import many
from trunkline.core.report.infra_words import GRAVEST_FIRST, SIGNS, headline

ROWS = 100


def unit_map(units: Sequence[UnitPlan], places: Mapping[str, str]) -> Markup:
    """In the order of an apply; a column stands where something happens."""
    verbs = [verb for verb in GRAVEST_FIRST if any(one.counts[verb.value] for one in units)]
    head = tag(
        "tr",
        tag("th", "What changes, in the order of an apply", scope="col"),
        *(tag("th", verb.value, scope="col", class_="cluster") for verb in verbs),
    )
    rows = [_row(one, verbs, places) for one in units[:ROWS]]
    more = len(units) - ROWS
    rest = tag("p", f"and {many(more, 'more unit')} below", class_="more") if more > 0 else None
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    scroll = tag("div", table, class_="scroll", tabindex=0)
    return tag("section", scroll, rest, class_="panel stations", aria_label="Map of units")


def _row(one: UnitPlan, verbs: Sequence[Verb], places: Mapping[str, str]) -> Markup:
    link = tag("a", one.unit, href=places[one.unit])
    name = tag("th", link, " ", _said(one), scope="row")
    return tag("tr", name, *_stops(one, verbs))


def _said(one: UnitPlan) -> Markup | None:
    """Why no station of its is lit."""
    if one.status is Status.PLANNED and any(one.counts.values()):
        return None
    _, sign, _ = state(one)
    kind = "bad" if one.status is Status.FAILED else "soft"
    return tag("span", f"{sign} {headline(one)}", class_=kind)


def _stops(one: UnitPlan, verbs: Sequence[Verb]) -> Iterator[Markup]:
    for verb in verbs:
        number = one.counts[verb.value]
        if not number:
            yield tag("td", tag("span", "passes by", class_="unseen"), class_="passes")
            continue
        said = f"{number} {verb.value}"
        stop = tag(
            "span",
            SIGNS[verb],
            class_=f"stop {verb.value}",
            title=said,
            role="img",
            aria_label=said,
        )
        count = tag("small", f"×{number}") if number > 1 else None
        yield tag("td", stop, count, class_=f"stops {verb.value}")
