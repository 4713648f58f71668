"""A provider that crashes, hangs, refuses or prints secrets: what is said, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.region import Region
from infra.test_infra_apply import ended
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.install import SOURCE, Practice

SECRET = "s3cr3t-pa55word"
MAIN = f"""\
terraform {{
  backend "local" {{ path = "STATE" }}
  required_providers {{ practice = {{ source = "{SOURCE}" }} }}
}}
resource "practice_network" "main" {{
  name = "main"
  cidr = "10.0.0.0/16"
}}
resource "practice_database" "orders" {{
  name       = "orders"
  engine     = "postgres"
  network_id = practice_network.main.id
  password   = "{SECRET}"
}}
"""


@pytest.fixture
def cloud(
    region: Region,
    practice_provider: Practice,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> CloudFile:
    """The plain unit, made of things of the practice cloud."""
    for name, value in practice_provider.environment(tmp_path / "cloud.json").items():
        monkeypatch.setenv(name, value)
    region.repo.write({"plain/main.tf": MAIN.replace("STATE", str(tmp_path / "plain.tfstate"))})
    return CloudFile(tmp_path / "cloud.json")


async def begin(region: Region, **settings: Any) -> None:
    await region.begin(plain=True)
    infra = {
        "environment": ["PRACTICE_*", "TF_DISABLE_PLUGIN_TLS"],
        "policy": [{"apply": "auto"}],
        **settings,
    }
    region.repo.write({"trunkline.yaml": json.dumps({"infra": infra})})
    region.repo.write({"plain/more.tf": "# begun"}).commit()


def fault(cloud: CloudFile, **said: Any) -> None:
    with cloud.changing() as world:
        world.data.setdefault("faults", []).append(said)


async def applied(region: Region) -> ApplyRun:
    plan = await region.plan("HEAD~2")
    assert [one.status for one in plan.units] == ["planned"], plan.units[0].error
    return await region.apply()


FAULTS = {
    "it refuses": ({"do": "fail", "message": "Throttled: ask less"}, "Throttled: ask less"),
    "it crashes": ({"do": "crash"}, "Plugin did not respond"),
    "it tells its secrets": ({"do": "leak"}, "password=(masked)"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_what_goes_wrong_is_said_and_a_resume_does_the_rest(
    region: Region, cloud: CloudFile, name: str
) -> None:
    said, message = FAULTS[name]
    await begin(region)
    fault(cloud, on="create", kind="database", times=1, **said)
    run = await applied(region)
    assert ended(run) == {"plain": "failed"}
    whole = f"{run.as_json()}{apply_text(run)}"
    assert message in whole
    assert SECRET not in whole
    async with await region.app() as app:
        assert ended(await app.apply(await app.to_resume())) == {"plain": "applied"}
        (stored, *_) = await (await app.store()).runs()
    assert SECRET not in str(stored.as_json())


async def test_a_provider_that_hangs_is_ended_and_the_others_are_planned(
    region: Region, cloud: CloudFile
) -> None:
    await begin(region, timeout=12)
    other = f"{region.states.parent}/other.tfstate"
    text = (
        f'terraform {{\n  backend "local" {{ path = "{other}" }}\n}}\noutput "x" {{ value = 1 }}\n'
    )
    region.repo.write({"other/main.tf": text}).commit()
    fault(cloud, on="plan", do="hang")
    found = {one.unit: one for one in (await region.plan("HEAD~3")).units}
    assert found["plain"].status == "failed"
    assert "did not end within 12 s" in found["plain"].error
    assert found["other"].status == "planned"


async def test_credentials_that_expired_fail_the_plan_in_the_providers_words(
    region: Region, cloud: CloudFile
) -> None:
    await begin(region)
    fault(cloud, on="configure", do="fail", message="ExpiredToken: log in again")
    (plain,) = (await region.plan("HEAD~2")).units
    assert plain.status == "failed"
    assert "ExpiredToken: log in again" in plain.error
