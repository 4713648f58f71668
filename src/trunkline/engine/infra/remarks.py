"""What is to be said of a planned range beside its changes: what was found wrong, data that would
be lost, states without a backend, outputs that go, code that the change brings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec.structs import replace

from trunkline.core.finding import Finding, Severity
from trunkline.core.infra.changed import ChangedUnit, How
from trunkline.core.infra.code import Code, brought, code_findings, for_all
from trunkline.core.infra.output_readers import OutputReaders, gone_findings
from trunkline.core.infra.plan.dangerous import data_findings, state_findings
from trunkline.core.infra.plan.values import InfraPlan, Status, UnitPlan
from trunkline.core.infra.reading import Files
from trunkline.core.infra.units import Units
from trunkline.edge.programs.errors import ProgramError
from trunkline.engine.infra.range_plan import Line, apply_order
from trunkline.engine.infra.unit_plan import begun

CodeOfUnits = Mapping[str, list[Code]]
# So many places of code are named for one unit.
NAMED = 5


def remarks(
    units: Units,
    plans: Sequence[UnitPlan],
    outputs: OutputReaders,
    code: CodeOfUnits,
    data: Iterable[str],
) -> tuple[Finding, ...]:
    """All of it; `data` are the settings' resource types whose end destroys data."""
    shown, patterns = {one.unit for one in plans}, tuple(data)
    found = [one for one in units.findings if not one.component or one.component in shown]
    for plan in plans:
        found += [*data_findings(plan, patterns), *state_findings(plan), *plan.warnings]
    return (*found, *_gone(units, plans, outputs), *_told(code))


def code_of_units(base: Files, head: Files, changed: Mapping[str, ChangedUnit]) -> CodeOfUnits:
    """What a plan would run that the base did not, by unit."""
    found = {one: brought(base, head, said.because) for one, said in changed.items()}
    return {one: code for one, code in found.items() if code}


def refusals(
    allowed: str,
    changed: Mapping[str, ChangedUnit],
    code: CodeOfUnits,
    steered: Callable[[ChangedUnit], list[Code]],
    paths: Iterable[str] = (),
) -> Mapping[str, str]:
    """Why units of a change from outside are not planned; `allowed` is `infra.untrusted`.

    `steered` is what stands in a unit that the change may steer, `paths` are all that it changes.
    """
    if allowed == "nothing":
        said = "a change from outside is not planned (infra.untrusted)"
        return dict.fromkeys(changed, said)
    every = for_all(sorted(paths))
    return {
        one: said
        for one, each in changed.items()
        if (said := _why([*code.get(one, ()), *every], steered, each))
    }


def _why(
    brings: list[Code], steered: Callable[[ChangedUnit], list[Code]], changed: ChangedUnit
) -> str:
    if brings:
        found = list({one.place: one for one in brings}.values())
        return f"a change from outside brings code that a plan runs: {_places(found)}"
    # What goes is planned from the base's files alone.
    if changed.how is not How.REMOVED and (stands := steered(changed)):
        return f"a change from outside could steer what its plan runs: {_places(stands)}"
    return ""


def _places(code: Sequence[Code]) -> str:
    more = f" and {len(code) - NAMED} more" if len(code) > NAMED else ""
    return ", ".join(one.place for one in code[:NAMED]) + more


def unplanned(
    base: str,
    head: str,
    changed: Mapping[str, ChangedUnit],
    units: Units,
    line: Line,
    error: ProgramError,
) -> InfraPlan:
    """The units that change, where this machine cannot say what that does."""
    plans = tuple(
        replace(begun(changed[one]), status=Status.UNPLANNED) for one in apply_order(changed, line)
    )
    said = f"changed units are not planned: {error}"
    finding = Finding("infra-program", said, severity=Severity.WARNING, remedy=error.remedy)
    return InfraPlan(base, head, plans, (finding,), len(units.units))


def _gone(units: Units, plans: Sequence[UnitPlan], outputs: OutputReaders) -> list[Finding]:
    """Outputs that go under their readers, which would fail after the apply only."""
    readers = units.graph.readers()
    return [
        finding
        for plan in plans
        if plan.unit in readers
        for finding in gone_findings(plan, (units[one] for one in readers[plan.unit]), outputs)
    ]


def _told(code: Mapping[str, list[Code]]) -> list[Finding]:
    """Each piece of code once, of the first unit that would run it."""
    found: dict[tuple[str, int, str], Finding] = {}
    for unit, some in sorted(code.items()):
        for one in code_findings(unit, some):
            found.setdefault((one.file, one.line, one.message), one)
    return list(found.values())
