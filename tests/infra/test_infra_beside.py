"""Units and Applications in one graph: who waits for whom, and who for nobody that there is."""

from __future__ import annotations

import pytest

from trunkline.core.infra.beside import Needs, beside, circles, line_of
from trunkline.core.infra.unit import Unit, UnitKind
from trunkline.core.infra.units import Units

VPC, DNS = "infra/vpc", "infra/dns"
LONG = f"Application base → {VPC} → {DNS} → Application edge → Application base"


def unit(name: str, *needs: str, after: tuple[str, ...] = ()) -> Unit:
    return Unit(name, UnitKind.TERRAGRUNT, name, dependencies=needs, applications=after)


WRONG: dict[str, tuple[Units, dict[str, Needs], list[tuple[str, str]]]] = {
    "there and back in a line": (
        Units((unit(DNS, VPC, after=("edge",)), unit(VPC))),
        {"edge": Needs(units=(VPC,))},
        [],
    ),
    "a circle of one of each": (
        Units((unit(DNS, after=("edge",)), unit(VPC))),
        {"edge": Needs(units=(DNS,))},
        [
            (
                DNS,
                "dependencies lead in a circle: Application edge → infra/dns → Application edge",
            )
        ],
    ),
    "a circle through others": (
        Units((unit(DNS, after=("edge",)), unit(VPC, DNS))),
        {"edge": Needs(("base",)), "base": Needs(units=(VPC,))},
        [
            (
                one,
                f"dependencies lead in a circle: {LONG}",
            )
            for one in (DNS, VPC)
        ],
    ),
    "units alone are told by discovery, Applications alone by a sync": (
        Units((unit(DNS, VPC), unit(VPC, DNS))),
        {"edge": Needs(("base",)), "base": Needs(("edge",))},
        [],
    ),
    "the same name twice is no circle": (
        Units((unit("edge", after=("edge",)),)),
        {"edge": Needs()},
        [],
    ),
    "nobody": (
        Units((unit(DNS, after=("edgy",)),)),
        {"edge": Needs()},
        [(DNS, "it waits for edgy, which is no unit and no Application of this commit")],
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_between_them(what: str) -> None:
    units, needs, told = WRONG[what]
    found = beside(units, needs)
    assert [(one.component, one.message) for one in found.findings] == told
    assert found.broken == {one for one, _ in told}
    assert bool(circles(units, needs)) == any("circle" in message for _, message in told)


def test_a_unit_comes_after_all_that_its_applications_need() -> None:
    units = Units((unit("a", after=("edge",)), unit("b", "c"), unit("c"), unit("d", "a")))
    needs = {"edge": Needs(("base",)), "base": Needs(units=("b",)), "free": Needs(units=("d",))}
    assert line_of("abcd", units, needs) == {
        "a": {"b", "c"},
        "b": {"c"},
        "c": frozenset(),
        "d": {"a", "b", "c"},
    }
