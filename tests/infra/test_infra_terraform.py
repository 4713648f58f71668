"""The same by Terraform, where this machine has it: planned, applied, changed, destroyed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.region import Region
from infra.test_infra_apply import ended, resources


@pytest.fixture
def by_terraform(region: Region, terraform: Path, monkeypatch: pytest.MonkeyPatch) -> Region:
    monkeypatch.delenv("TRUNKLINE_TOFU")
    monkeypatch.setenv("TRUNKLINE_TERRAFORM", str(terraform))
    return region


async def test_a_region_comes_and_goes(by_terraform: Region) -> None:
    region = by_terraform
    await region.begin()
    region.repo.write({"trunkline.yaml": "infra: {program: terraform, policy: [{apply: auto}]}"})
    region.repo.commit()
    plan = await region.plan("HEAD~2")
    assert {one.unit: one.status.value for one in plan.units} == {
        "live/vpc": "planned",
        "live/rds": "deferred",
        "plain": "planned",
    }
    assert all(one.program.startswith("Terraform ") for one in plan.units if one.plan)
    assert ended(await region.apply()) == {
        "live/vpc": "applied",
        "live/rds": "applied",
        "plain": "applied",
    }
    region.repo.remove("live/rds", "plain").commit()
    gone = await region.plan()
    assert {one.unit: one.counts["delete"] for one in gone.units} == {"live/rds": 1, "plain": 1}
    assert ended(await region.apply()) == {"live/rds": "applied", "plain": "applied"}
    assert resources(region.state("plain")) == []


async def test_a_stale_plan_is_known_by_terraforms_words_too(by_terraform: Region) -> None:
    region = by_terraform
    await region.stand(plain=True)
    text = (region.repo.path / "plain/main.tf").read_text()
    region.repo.write({"plain/main.tf": text.replace('"a"', '"b"')}).commit()
    first = await region.plan()
    path = region.states / "plain/terraform.tfstate"
    path.write_text(path.read_text().replace('"serial": ', '"serial": 7'))
    (plain,) = (await region.apply()).units
    assert plain.ended.value == "applied"
    assert plain.plan != first.units[0].plan
