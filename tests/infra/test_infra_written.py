"""A state that a newer program wrote is told, where it is known without asking for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from infra.region import Region
from trunkline.core.infra.plan.values import UnitPlan
from trunkline.core.infra.seen_state import SeenState, seen_by_apply, seen_by_plan
from trunkline.core.infra.state.lock import LockInfo
from trunkline.core.infra.written import is_newer, version_findings, written_in
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.edge.store import Store

OURS = "OpenTofu 1.12.6 by Terragrunt 1.1.3"
TOLD = "its state was written by version 9.9.0, and is planned by OpenTofu"


@pytest.mark.parametrize(
    ("written", "newer"),
    [
        ("1.13.0", True),
        ("2.0.0-rc1", True),
        ("1.12.9", False),
        ("1.5.7", False),
        ("", False),
        ("no version", False),
    ],
)
def test_what_is_newer(written: str, newer: bool) -> None:
    assert is_newer(written, OURS) is newer
    assert len([*version_findings("net", written, OURS)]) == newer


def test_the_version_stands_at_the_beginning_of_a_state() -> None:
    state = b'{\n  "version": 4,\n  "terraform_version": "1.12.6",\n  "serial": 3'
    assert written_in(state) == "1.12.6"
    assert written_in(b'{"serial":1,"lineage":"x","encrypted_data":"AAAA"}') == ""


def test_what_an_apply_left_is_remembered_until_the_state_is_another() -> None:
    state = json.dumps({"serial": 3, "lineage": "aa", "terraform_version": "1.13.0"})
    seen = seen_by_apply(state, 1.0)
    assert seen == SeenState(3, "aa", 1.0, "1.13.0", applied=True)
    plan = UnitPlan("net", serial=3, lineage="aa")
    assert seen.is_of(plan)
    assert not seen.is_of(replace(plan, serial=4))
    assert seen_by_plan(seen, replace(plan, serial=4), 2.0) == SeenState(4, "aa", 2.0)
    assert SeenState.of_json({"serial": 3, "lineage": "aa", "when": 1.0}).written == ""


async def stood(region: Region) -> dict[str, Any]:
    """The plain module applied, and changed after it."""
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    found: dict[str, Any] = json.loads(region.state("plain"))
    return found


async def test_a_plan_and_an_apply_tell_of_a_state_in_a_file(region: Region) -> None:
    state = await stood(region)
    (region.states / "plain/terraform.tfstate").write_text(
        json.dumps({**state, "terraform_version": "9.9.0"})
    )
    plan = await region.plan()
    (told,) = [one for one in plan.findings if one.rule == "infra-state-version"]
    assert told.message.startswith(TOLD)
    run = await region.apply()
    assert not run.failed
    assert TOLD in apply_text(run)
    # It is written by our own program now.
    assert not (await region.plan()).units[0].written.startswith("9.")


async def test_a_state_that_is_served_from_here_tells_it(region: Region) -> None:
    """The lineage and the serial say that it is the unit's."""
    state = await stood(region)
    place = region.places.states_of(region.repo.path)
    whole = {**state, "terraform_version": "9.9.0"}
    async with await Store.open(place, keys=region.places.keys, precious=True) as store:
        await store.states.lock("plain", LockInfo("L1", "{}"), "ci")
        await store.states.keep("plain", json.dumps(whole).encode(), "L1", "ci")
    (region.states / "plain/terraform.tfstate").write_text(
        json.dumps({**state, "terraform_version": ""})
    )
    plan = await region.plan()
    assert [one.written for one in plan.units] == ["9.9.0"]
