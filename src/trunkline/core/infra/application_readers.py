"""What a plan of infrastructure means for the Applications that read outputs of its units: they are
planned by the outputs of now, and change once more when the unit is applied.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator

from trunkline.core.component import Component
from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.changed import How
from trunkline.core.infra.outputs import OutputsError, Wish, wishes_of
from trunkline.core.infra.plan.values import InfraPlan, UnitPlan, Verb


def application_findings(plan: InfraPlan, components: Iterable[Component]) -> Iterator[Finding]:
    """An error for each output that goes while an Application names it, a note for each unit of
    which others change. Who names one that comes waits for it, and says so itself.
    """
    units = {one.unit: one for one in plan.units if one.how != How.ADDED}
    for one in components:
        with contextlib.suppress(OutputsError):
            for wish in wishes_of(one.annotations):
                if wish.unit in units:
                    yield from _told(one, wish, units[wish.unit])


def loses_outputs(plan: InfraPlan) -> bool:
    return any(each.verb is Verb.DELETE for one in plan.units for each in one.outputs)


def _told(one: Component, wish: Wish, unit: UnitPlan) -> Iterator[Finding]:
    origin = one.origin
    changed = [
        each
        for each in unit.outputs
        if not wish.only or (each.name in wish.only and each.verb is not Verb.CREATE)
    ]
    gone = [each.name for each in changed if each.verb is Verb.DELETE and wish.only]
    for name in gone:
        yield Finding(
            "infra-output",
            f"it reads the output {name} of {wish.unit}, which this change takes away",
            severity=Severity.ERROR,
            file=origin.file,
            line=origin.line,
            component=one.id,
            remedy="keep the old name beside the new one until nobody reads it",
        )
    if named := ", ".join(each.name for each in changed if each.name not in gone):
        yield Finding(
            "infra-output",
            f"it reads {named} of {wish.unit}, which this change makes another: {one.id} is "
            "planned by the outputs of now, and changes again when the unit is applied",
            severity=Severity.NOTE,
            file=origin.file,
            line=origin.line,
            component=one.id,
        )
