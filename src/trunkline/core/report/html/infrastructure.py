"""The infrastructure of a plan: its sums, a map of what happens to which unit, a fold for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.plan.values import InfraPlan, Status, UnitPlan
from trunkline.core.report import infra_words as words
from trunkline.core.report.html.applications import OPEN
from trunkline.core.report.html.markup import Markup, join, tag
from trunkline.core.report.html.part import Part, bar, card, link
from trunkline.core.report.html.unit_map import unit_map
from trunkline.core.report.html.units import because, is_quiet, named, state, unit_fold
from trunkline.core.report.importance import many


def infrastructure(plan: InfraPlan, *, much: bool) -> Part:
    found = words.findings(plan)
    told = {one.component for one in found}
    shown = [one for one in plan.units if not is_quiet(one) or one.unit in told]
    places = {one.unit: f"#u{at}" for at, one in enumerate(shown)}
    warnings = [_failed(one, places) for one in shown if one.status is Status.FAILED]
    warnings += [_warning(one, places) for one in found if one.severity is not Severity.NOTE]
    ends = sum(len(one.destroys) for one in plan.units)
    return Part(
        "Infrastructure",
        words.counted(plan.counts),
        (_resources(plan), _units(plan)),
        tuple(_links(shown)),
        tuple(_body(plan, shown, places, much)),
        warnings=tuple(warnings),
        needs=len(warnings),
        gone=f"{many(ends, 'resource')} destroyed" if ends else "",
        findings=tuple((one, 0) for one in found if one.component not in places),
    )


def _body(
    plan: InfraPlan, shown: Sequence[UnitPlan], places: Mapping[str, str], much: bool
) -> Iterator[Markup | None]:
    if len(shown) > 1:
        yield unit_map(shown, places)
    found: dict[str, list[Finding]] = {one.unit: [] for one in shown}
    for one in words.findings(plan):
        if one.component in found:
            found[one.component].append(one)
    folds = [
        unit_fold(one, found[one.unit], places, opened=not much or at < OPEN)
        for at, one in enumerate(shown)
    ]
    yield tag("section", *folds, class_="folds", aria_label="Changes of infrastructure")
    if not plan.units:
        yield tag("p", tag("b", "✓", class_="good"), " No unit changes.", class_="panel nothing")
    yield _quiet([one for one in plan.units if one.unit not in places])


def _quiet(units: Sequence[UnitPlan]) -> Markup | None:
    if not units:
        return None
    items = [tag("li", tag("b", "=", class_="soft"), _because(one)) for one in units]
    title = tag("summary", tag("h2", f"{many(len(units), 'unit')} of which nothing changes"))
    return tag("details", title, tag("ul", *items), class_="panel listed", open=len(units) < 8)


def _because(one: UnitPlan) -> Markup:
    name, was = tag("b", one.unit), words.was(one)
    return tag("div", name, f" {was}" if was else None, " ", because(one))


def _resources(plan: InfraPlan) -> Markup:
    counts = plan.counts
    shares = [(one.value, counts[one.value]) for one in words.GRAVEST_FIRST if counts[one.value]]
    total = sum(number for _, number in shares)
    said = "resource" if total == 1 else "resources"
    return card("Infrastructure", total, said, bar(shares, words.counted(plan.counts)))


def _units(plan: InfraPlan) -> Markup:
    counts = Counter(one.status for one in plan.units)
    said = [f"{counts[one]} {word}" for one, word in words.WORDS.items() if counts[one]]
    rest = ", ".join([*said, f"{plan.considered} looked at"])
    return card("Units", len(plan.units), "unit" if len(plan.units) == 1 else "units", rest)


def _failed(one: UnitPlan, places: Mapping[str, str]) -> Markup:
    return join([named(one.unit, places), f": {words.headline(one)}"])


def _warning(one: Finding, places: Mapping[str, str]) -> Markup:
    place = one.place or one.component
    where = named(one.component, places, place)
    return join([where, ": " if place else "", one.message])


def _links(units: Sequence[UnitPlan]) -> Iterator[Markup]:
    for at, one in enumerate(units):
        _, sign, _ = state(one)
        yield link(f"#u{at}", _short(one.unit), sign, title=one.unit)


def _short(unit: str) -> str:
    """The end of a unit's path, by which people know it: there is little room."""
    return "/".join(unit.split("/")[-2:])
