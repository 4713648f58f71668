"""Whose a state lock may be, by what the lock itself tells."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.core.infra.orphaned import Killed, made_at, made_by_killed
from trunkline.engine.infra.program import at_unit

LOCK = {
    "ID": "1b4e28ba",
    "Who": "ana@build-7",
    "Operation": "OperationTypeApply",
    "Created": "2026-11-28 00:10:00.25 +0000 UTC",
}
MADE = 1795824600.25
AT_IT = Killed(MADE - 30, MADE + 600)


@pytest.mark.parametrize(
    ("change", "killed", "is_ours"),
    [
        pytest.param({}, AT_IT, True, id="made while it was at the unit"),
        pytest.param({"Who": "bob@build-7"}, AT_IT, False, id="of another person"),
        pytest.param({"Who": "ana@laptop"}, AT_IT, False, id="of another machine"),
        pytest.param({}, Killed(MADE + 1, MADE + 600), False, id="made before it began"),
        pytest.param({}, Killed(MADE - 600, MADE - 1), False, id="made after its end was noticed"),
        pytest.param({}, Killed(MADE - 30, MADE - 30), False, id="of a run of an older version"),
        pytest.param({}, Killed(MADE - 1, MADE, "OperationTypePlan"), False, id="not of a plan"),
        pytest.param({"Created": ""}, AT_IT, False, id="of no time"),
        pytest.param({"Created": "yesterday"}, AT_IT, False, id="of a time that is none"),
    ],
)
def test_a_lock_is_of_the_killed_run(change: dict[str, str], killed: Killed, is_ours: bool) -> None:
    found = made_by_killed({**LOCK, **change}, "ana@build-7", killed)
    assert found == (MADE if is_ours else None)


def test_the_time_of_a_lock_is_read_as_go_prints_it() -> None:
    nanoseconds = {"Created": "2026-11-28 00:10:00.250000123 +0000 UTC"}
    assert made_at(nanoseconds) == pytest.approx(MADE)
    assert made_at({"Created": "2026-11-28 00:10:00 +0000 UTC"}) == MADE - 0.25
    assert made_at({}) is None


@pytest.mark.parametrize(
    ("place", "is_at_it"),
    [
        ("/home/ana/platform/live/eu/vpc", True),
        ("/home/ana/platform/live/eu/vpc/.terragrunt-cache/aB/cD", True),
        ("/home/ana/platform/live/eu/vpc-2", False),
        ("/home/ana/platform/live/eu", False),
    ],
)
def test_a_program_is_at_a_unit_in_some_clone(place: str, is_at_it: bool) -> None:
    assert at_unit(Path(place), "live/eu/vpc") is is_at_it
    assert at_unit(Path(place), "")
