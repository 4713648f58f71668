"""Units below Terragrunt that begin with an empty cache of providers, side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.ground import Ground
from trunkline.app.infra_plan import PlanApp
from trunkline.core.event import unheard
from trunkline.core.infra.plan.values import InfraPlan

NAMES = ("a", "b", "c", "d")
CODE = """\
terraform {
  backend "local" { path = "STATES/UNIT.tfstate" }
  required_providers {
    practice = { source = "trunkline.local/practice/practice" }
  }
}
provider "practice" { region = "eu" }
resource "practice_bucket" "logs" { name = "UNIT" }
"""
SPY = """\
#!/bin/sh
case " $* " in *" init "*)
  echo begins >> LOG
  REAL "$@"; code=$?
  echo ends >> LOG
  exit $code ;;
esac
exec REAL "$@"
"""


def spied(ground: Ground, real: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of when inits begin and end."""
    log, spy = ground.path / "inits", ground.path / ground.program
    spy.write_text(SPY.replace("LOG", str(log)).replace("REAL", str(real)))
    spy.chmod(0o755)
    monkeypatch.setenv(f"TRUNKLINE_{ground.program.upper()}", str(spy))
    return log


async def planned(ground: Ground) -> InfraPlan:
    async with await PlanApp.open(str(ground.repo.path), ground.places, unheard) as app:
        return await app.plan_infra("HEAD~1", "HEAD")


@pytest.mark.parametrize("program", ["tofu", "terraform"])
async def test_the_first_init_fetches_alone(
    ground: Ground, program: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.program = program
    log = spied(ground, request.getfixturevalue(program), monkeypatch)
    ground.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    for name in NAMES:
        code = CODE.replace("UNIT", name).replace("STATES", str(ground.path / "states"))
        ground.repo.write({f"{name}/main.tf": code, f"{name}/terragrunt.hcl": ""})
    settings = f"infra: {{program: {program}, environment: [TF_DISABLE_PLUGIN_TLS, PRACTICE_*]}}\n"
    ground.repo.write({"trunkline.yaml": settings}).commit()
    plan = await planned(ground)
    assert [(one.unit, one.error) for one in plan.units] == [(name, "") for name in NAMES]
    assert all(one.changes for one in plan.units)
    inits = log.read_text().split()
    assert inits[:2] == ["begins", "ends"]
    if program == "terraform":
        # None of its units says before what it needs, so that each goes alone.
        assert inits == ["begins", "ends"] * (len(inits) // 2)
    await planned(ground)
    assert log.read_text().split() == inits
