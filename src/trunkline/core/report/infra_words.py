"""The words of a plan of infrastructure, the same for text, markdown and the page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from trunkline.core.finding import Finding
from trunkline.core.infra.plan.attributes import attribute_changes
from trunkline.core.infra.plan.values import (
    AttributeChange,
    InfraPlan,
    OutputChange,
    ResourceChange,
    Status,
    UnitPlan,
    Verb,
)
from trunkline.core.infra.unit import as_application
from trunkline.core.infra.warned import WARNED
from trunkline.core.report.importance import many

SIGNS = {
    Verb.CREATE: "+",
    Verb.UPDATE: "~",
    Verb.REPLACE: "±",
    Verb.DELETE: "-",
    Verb.MOVE: "→",
    Verb.IMPORT: "←",
    Verb.FORGET: "○",
}
GRAVEST_FIRST = tuple(verb for verb in Verb if verb in SIGNS)
SAID = {
    Verb.CREATE: "to create",
    Verb.UPDATE: "to update",
    Verb.REPLACE: "to replace",
    Verb.DELETE: "to delete",
    Verb.MOVE: "to move",
    Verb.IMPORT: "to import",
    Verb.FORGET: "to forget",
}
# So many other units are named of which a program warns in the same words.
NAMED = 2
WORDS = {
    Status.DEFERRED: "waiting",
    Status.FAILED: "failed",
    Status.UNPLANNED: "not planned",
}
HOW = {
    "added": "new",
    "changed": "",
    "removed": "removed: destroyed from the base",
    "moved": "",
    "left": "no unit any more: what it made stays",
}


def counted(counts: Mapping[str, int], words: Mapping[Verb, str] = SAID) -> str:
    """`2 to create, 1 to delete`; "" for nothing."""
    return ", ".join(f"{counts[verb]} {said}" for verb, said in words.items() if counts[verb])


def headline(one: UnitPlan) -> str:
    """What becomes of a unit, in some words."""
    if one.status is Status.FAILED:
        return "could not be planned"
    if one.status is Status.UNPLANNED:
        return "is not planned here"
    if one.status is Status.DEFERRED:
        waits = ", ".join([*one.waits_for, *map(as_application, one.applications)])
        now = counted(one.counts)
        said = f"; with the outputs of now: {now}" if now else ""
        return f"waits for {waits or 'its state, which an apply moves along'}{said}"
    if one.ignored:
        return f"nothing could be planned; {one.ignored}"
    if not one.changed:
        return "no changes"
    return counted(one.counts) or "its outputs change"


def after(one: UnitPlan) -> str:
    """The Applications that it is applied after, where the headline does not say it."""
    if not one.applications or one.status is Status.DEFERRED:
        return ""
    return f"is applied after {', '.join(map(as_application, one.applications))}"


def was(one: UnitPlan) -> str:
    if one.moved_from:
        return f"was {one.moved_from}"
    return HOW.get(one.how, "")


def reason(change: ResourceChange) -> str:
    """Why, whence and how, as far as there is something to say."""
    said = [change.reason] if change.reason else []
    if change.was:
        said.append(f"was {change.was}")
    if change.imported:
        said.append(f"imports {change.imported}")
    if change.verb is Verb.FORGET:
        said.append("it lives on, and is in no state any more")
    if change.create_first:
        said.append("the new one comes first")
    return "; ".join(said)


def attribute(one: AttributeChange) -> str:
    """`size: 1 → 2`, with a word where it makes the resource new."""
    forced = "  (makes it new)" if one.forces else ""
    return f"{one.path}: {_sides(one)}{forced}"


def lines(one: AttributeChange) -> tuple[str | None, str | None]:
    """How it was and how it will be, each a line; None where it is not there."""
    old = None if one.before is None else f"{one.path}: {value(one.before)}"
    if one.after is None and one.before is not None:
        return old, None
    again = ", another one" if one.sensitive and one.before == one.after else ""
    return old, f"{one.path}: {value(one.after)}{again}"


def by_gravity(changes: Iterable[ResourceChange]) -> list[ResourceChange]:
    """What goes first, then what is made anew, then the rest; else by address."""
    ranks = {verb: at for at, verb in enumerate(Verb)}
    return sorted(changes, key=lambda one: ranks[one.verb])


def findings(plan: InfraPlan) -> list[Finding]:
    """Those that no unit's own error says already. What a program warns of in many units, for one
    reason that all of them have, is told once.
    """
    errors: dict[str, str] = {one.unit: one.error for one in plan.units}
    told: dict[Finding, list[Finding]] = {}
    for one in plan.findings:
        if one.message not in errors.get(one.component, ""):
            key = replace(one, component="") if one.rule == WARNED else one
            told.setdefault(key, []).append(one)
    return [_once(*same) for same in told.values()]


def _once(first: Finding, *others: Finding) -> Finding:
    if not others:
        return first
    names = [one.component for one in others]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    also = f"{', '.join(names[:NAMED])}{more}"
    return replace(first, message=f"{first.message} (the same in {also})")


def outputs(one: OutputChange) -> tuple[AttributeChange, ...]:
    """Its changed places: of a map with forty entries the one that changes."""
    again = one.before == one.after
    whole = AttributeChange(one.name, one.before, one.after, sensitive=one.sensitive or again)
    if one.sensitive or one.verb is not Verb.UPDATE:
        return (whole,)
    change = {"before": {one.name: one.before}, "after": {one.name: one.after}}
    return attribute_changes(change) or (whole,)


def output(one: OutputChange) -> Iterator[str]:
    """`output endpoints.eu: a → b`, a line for each place."""
    return (f"output {attribute(place)}" for place in outputs(one))


def _sides(one: AttributeChange) -> str:
    if one.sensitive and one.before == one.after:
        return f"{value(one.after)}, another one"
    if one.before is None:
        return value(one.after)
    return f"{value(one.before)} → {'gone' if one.after is None else value(one.after)}"


def value(one: Any) -> str:
    if isinstance(one, str) and one.startswith("(") and one.endswith(")"):
        return one
    if isinstance(one, str) and "\n" in one:
        return json.dumps(one.rstrip("\n"), ensure_ascii=False)
    return one if isinstance(one, str) and one else json.dumps(one, ensure_ascii=False)


def total(plan: InfraPlan) -> str:
    """The sum in one line."""
    said, span = sums(plan)
    return f"{said}: {span}" if plan.units else f"No infrastructure changes: {span}"


def _nothing(plan: InfraPlan, counts: Mapping[Status, int]) -> str:
    if not plan.units:
        return "no changes"
    if counts[Status.FAILED] == len(plan.units):
        return "nothing could be planned"
    return "nothing to do yet" if counts[Status.DEFERRED] else "nothing to do"


def sums(plan: InfraPlan) -> tuple[str, str]:
    """What happens, and to how many units of which range."""
    counts = {one: sum(unit.status is one for unit in plan.units) for one in Status}
    units = many(len(plan.units), "unit") if plan.units else ""
    told = [units, *(f"{counts[one]} {word}" for one, word in WORDS.items() if counts[one])]
    span = f"{plan.base[:8]}..{plan.head[:8]}, {many(plan.considered, 'unit')} looked at"
    said = counted(plan.counts) or _nothing(plan, counts)
    return said, ", ".join(filter(None, [*told, span]))
