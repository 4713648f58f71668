"""Applications that read outputs which a plan changes: what is said of whom."""

from __future__ import annotations

import pytest

from trunkline.core.component import Component, Origin
from trunkline.core.infra.application_readers import application_findings
from trunkline.core.infra.plan.values import InfraPlan, OutputChange, UnitPlan, Verb

ALL = "live/rds"
ONE = "{unit: live/rds, only: [host]}"
TAKEN = "it reads the output host of live/rds, which this change takes away"


def said(names: str) -> str:
    return (
        f"it reads {names} of live/rds, which this change makes another: shop is planned by the "
        "outputs of now, and changes again when the unit is applied"
    )


UPDATE, CREATE, DELETE = Verb.UPDATE, Verb.CREATE, Verb.DELETE

CASES: dict[str, tuple[str, dict[str, Verb], list[tuple[str, str]]]] = {
    "one of all": (ALL, {"host": UPDATE, "port": CREATE}, [("note", said("host, port"))]),
    "the named one": (ONE, {"host": UPDATE, "port": UPDATE}, [("note", said("host"))]),
    "another one": (ONE, {"port": UPDATE}, []),
    "the named one goes": (ONE, {"host": DELETE, "port": UPDATE}, [("error", TAKEN)]),
    "the named one comes": (ONE, {"host": CREATE}, []),
    "one of all goes": (ALL, {"host": DELETE}, [("note", said("host"))]),
    "of another unit": ("live/vpc", {"host": DELETE}, []),
    "nothing that can be read": ("{only: 3}", {"host": DELETE}, []),
}


def reader(wish: str) -> Component:
    asks = {"trunkline/values-from": wish}
    return Component(id="shop", name="shop", origin=Origin("a.yaml", 3), annotations=asks)


@pytest.mark.parametrize("case", CASES)
def test_who_reads_what_changes_is_told(case: str) -> None:
    wish, outputs, told = CASES[case]
    changes = tuple(OutputChange(name, verb) for name, verb in outputs.items())
    plan = InfraPlan("base", "head", (UnitPlan("live/rds", how="changed", outputs=changes),))
    found = list(application_findings(plan, [reader(wish)]))
    assert [(one.severity.value, one.message) for one in found] == told
    assert {one.place for one in found} <= {"a.yaml:3"}


def test_who_comes_with_its_unit_only_waits() -> None:
    unit = UnitPlan("live/rds", how="added", outputs=(OutputChange("host", CREATE),))
    assert list(application_findings(InfraPlan("", "", (unit,)), [reader(ALL)])) == []
