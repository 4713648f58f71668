"""The units of infrastructure: one fold for each, one in it for each resource that changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.plan.attributes import UNKNOWN_TEXT
from trunkline.core.infra.plan.values import (
    AttributeChange,
    ResourceChange,
    Status,
    UnitPlan,
    Verb,
)
from trunkline.core.report import infra_words as words
from trunkline.core.report.html.differences import Side, sides
from trunkline.core.report.html.markup import Markup, join, tag, text

FILES = 5

# A resource with more attributes than these is closed when it comes.
LONG = 12

_SEVERITIES = {
    Severity.ERROR: ("!", "bad"),
    Severity.WARNING: ("‖", "held"),
    Severity.NOTE: ("·", "soft"),
}


def unit_fold(
    one: UnitPlan, found: Sequence[Finding], places: Mapping[str, str], *, opened: bool
) -> Markup:
    kind, sign, said = state(one)
    title = [
        tag("span", sign, class_=f"stop {kind}", title=said, role="img", aria_label=said),
        tag("h2", one.unit),
        tag("span", words.was(one), class_="soft") if words.was(one) else None,
        tag("span", *_counts(one), class_="counts"),
    ]
    body = [
        *_notes(one, places),
        *_found(found),
        *(_change(change, one, opened) for change in words.by_gravity(one.changes)),
        _outputs(one, opened),
        *(tag("p", tag("b", "‖", class_="held"), " ", line, class_="note") for line in _drift(one)),
    ]
    return tag(
        "details",
        tag("summary", *title),
        tag("div", *body, class_="body"),
        class_="panel group",
        id=places[one.unit].removeprefix("#"),
        open=opened,
    )


def state(one: UnitPlan) -> tuple[str, str, str]:
    """The gravest that happens to a unit: its class, its sign, in words."""
    if one.status is Status.FAILED:
        return "failed", "!", words.headline(one)
    if one.status is not Status.PLANNED:
        return "waits", "○", words.headline(one)
    for verb in words.GRAVEST_FIRST:
        if one.counts[verb.value]:
            return verb.value, words.SIGNS[verb], words.headline(one)
    if one.outputs:
        return "update", "·", words.headline(one)
    return "quiet", "=", words.headline(one)


def is_quiet(one: UnitPlan) -> bool:
    """Whether there is nothing to be said of it."""
    return one.status is Status.PLANNED and not (
        one.changed or one.drift or one.mocked or one.ignored
    )


def _counts(one: UnitPlan) -> Iterator[Markup]:
    if one.status is not Status.PLANNED:
        return
    for verb in words.GRAVEST_FIRST:
        if number := one.counts[verb.value]:
            yield tag("span", f"{words.SIGNS[verb]} {number}", class_=verb.value, title=verb.value)


def _notes(one: UnitPlan, places: Mapping[str, str]) -> Iterator[Markup]:
    """What is to be known of the unit before its changes."""
    if one.status is Status.DEFERRED:
        yield tag("p", "○ ", _waits(one, places), class_="note")
    elif one.status is Status.PLANNED and not one.changed:
        yield tag("p", f"= {words.headline(one)}", class_="note")
    if one.error:
        yield tag("p", f"! {one.error}", class_="note bad code")
    if one.because:
        yield tag("p", because(one), class_="note")
    if after := words.after(one):
        yield tag("p", after, class_="note held")
    if one.mocked:
        yield tag("p", f"! on mock outputs of {', '.join(one.mocked)}", class_="note held")
    if one.plan:
        yield tag("p", "kept as plan ", tag("code", one.plan), class_="note")


def _waits(one: UnitPlan, places: Mapping[str, str]) -> Markup:
    if not one.waits_for:
        return text(f"{words.headline(one)}; planned when that is done")
    names = _listed([named(unit, places) for unit in one.waits_for])
    now = "; with the outputs of now it would" if one.changes else ""
    return join(["waits for ", names, f", and is planned when that is applied{now}"])


def named(unit: str, places: Mapping[str, str], said: str = "") -> Markup:
    """A unit (or a place in it), which leads to its fold."""
    name = tag("b", said or unit)
    return tag("a", name, href=places[unit]) if unit in places else name


def because(one: UnitPlan) -> Markup | None:
    """The files through which the range changes it."""
    if not one.because:
        return None
    more = f" and {len(one.because) - FILES} more" if len(one.because) > FILES else ""
    files = _listed([tag("code", file) for file in one.because[:FILES]])
    return tag("span", "because of ", files, more, class_="soft")


def _listed(names: Sequence[Markup]) -> Markup:
    return join(piece for at, name in enumerate(names) for piece in (", " if at else None, name))


def _found(findings: Sequence[Finding]) -> Iterator[Markup]:
    """What is to be done about several alike is said once."""
    for remedy in dict.fromkeys(one.remedy for one in findings):
        for one in (one for one in findings if one.remedy == remedy):
            sign, kind = _SEVERITIES[one.severity]
            where = join([tag("code", one.place), " "]) if one.file else None
            yield tag("p", tag("b", sign, class_=kind), " ", where, one.message, class_="cause")
        if remedy:
            yield tag("p", f"→ {remedy}", class_="cause soft")


def _change(change: ResourceChange, unit: UnitPlan, opened: bool) -> Markup:
    verb, sign = change.verb.value, words.SIGNS.get(change.verb, "·")
    said = words.reason(change)
    title = [
        tag("span", "! on mocks", class_="words warn") if unit.mocked else None,
        tag("span", sign, class_=f"sign {verb}", title=verb),
        tag("b", change.address),
        tag("span", said, class_="words soft") if said else None,
    ]
    rows, rest = _lines(change)
    if not rows and not rest:
        return tag("div", tag("div", *title, class_="title"), class_="change bare", tabindex=0)
    short = change.verb is not Verb.DELETE and len(rows) <= LONG
    return tag(
        "details",
        tag("summary", *title),
        sides(rows, rest),
        class_="change",
        open=opened and (short or change.verb in (Verb.UPDATE, Verb.REPLACE)),
    )


def _lines(change: ResourceChange) -> tuple[list[tuple[Side, Side, str]], str]:
    """What makes it new first; what a new one is given anyway is named in one line."""
    rows, later = [], []
    for one in sorted(change.attributes, key=lambda one: not one.forces):
        if _is_given(one, change.verb):
            later.append(one.path)
        else:
            rows.append((*words.lines(one), "makes it new" if one.forces else ""))
    return rows, f"known after apply: {', '.join(later)}" if later else ""


def _is_given(one: AttributeChange, verb: Verb) -> bool:
    made = verb in (Verb.CREATE, Verb.REPLACE)
    return made and not one.forces and one.after == UNKNOWN_TEXT


def _outputs(one: UnitPlan, opened: bool) -> Markup | None:
    if not one.outputs:
        return None
    title = [tag("span", "·", class_="sign update"), tag("b", "outputs")]
    places = [place for output in one.outputs for place in words.outputs(output)]
    rows = [(*words.lines(place), "") for place in places]
    return tag("details", tag("summary", *title), sides(rows), class_="change", open=opened)


def _drift(one: UnitPlan) -> Iterator[str]:
    for change in one.drift:
        ended = "deleted" if change.verb is Verb.DELETE else "changed"
        told = [] if change.verb is Verb.DELETE else change.attributes[:4]
        more = ["…"] if len(change.attributes) > 4 and told else []
        said = "; ".join([*(words.attribute(at) for at in told), *more])
        yield f"{change.address} was {ended} outside{': ' + said if said else ''}"
