"""A commit asks for another version of a provider, and nobody committed a lock file: the one that
the programs left beside the code of an earlier commit pins nothing.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from infra.region import Region
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.practice.install import SCRIPT, SOURCE, install, target

CODE = f"""\
terraform {{
  backend "local" {{
    path          = "STATES/UNIT.tfstate"
    workspace_dir = "STATES/UNIT"
  }}
  required_providers {{
    practice = {{
      source  = "{SOURCE}"
      version = "VERSION"
    }}
  }}
}}
provider "practice" {{
  region = "eu"
}}
variable "stage" {{}}
resource "practice_network" "main" {{
  name = var.stage
  cidr = "10.0.0.0/16"
}}
"""
SETTINGS = """\
infra: {parallelism: 6, environment: [TF_DISABLE_PLUGIN_TLS, "PRACTICE_*"]}
"""


@pytest.fixture
def bumped(region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Region:
    """A machine to which the provider comes in the versions 1.0.0 and 1.1.0."""
    practice = install(tmp_path / "own")
    place = tmp_path / "own/mirror" / SOURCE / "1.1.0" / target()
    place.mkdir(parents=True)
    newer = place / "terraform-provider-practice_v1.1.0"
    newer.write_text(SCRIPT)
    newer.chmod(0o755)
    for name, value in practice.environment(tmp_path / "cloud.json").items():
        monkeypatch.setenv(name, value)
    return region


def code(region: Region, unit: str, version: str) -> str:
    text = CODE.replace("STATES", str(region.states))
    return text.replace("UNIT", unit).replace("VERSION", version)


def wrong(plan: InfraPlan) -> dict[str, str]:
    return {one.unit: one.error for one in plan.units if one.error}


async def test_workspaces_of_one_directory_come_to_it_together(bumped: Region) -> None:
    await bumped.begin(plain=True)
    stages = {f"plain/s{n}.tfvars": f'stage = "s{n}"\n' for n in range(6)}
    first = {"plain/main.tf": code(bumped, "plain", "1.0.0"), "trunkline.yaml": SETTINGS}
    bumped.repo.write({**first, **stages}).commit()
    assert wrong(await bumped.plan()) == {}
    bumped.repo.write({"plain/main.tf": code(bumped, "plain", "1.1.0")}).commit()
    plan = await bumped.plan("HEAD~2")
    assert wrong(plan) == {}
    assert len(plan.units) == 7


async def test_units_of_terragrunt_too(bumped: Region) -> None:
    shutil.rmtree(bumped.repo.path / "live")
    bumped.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
    bumped.repo.write(
        {
            "trunkline.yaml": SETTINGS,
            "modules/net/main.tf": code(bumped, "copied", "1.0.0"),
            "copied/terragrunt.hcl": 'terraform {\n  source = "../modules/net"\n}\n'
            'inputs = { stage = "a" }\n',
            "plain/main.tf": code(bumped, "plain", "1.0.0"),
            "plain/terragrunt.hcl": 'inputs = { stage = "b" }\n',
        }
    ).commit()
    assert wrong(await bumped.plan()) == {}
    newer = {
        "modules/net/main.tf": code(bumped, "copied", "1.1.0"),
        "plain/main.tf": code(bumped, "plain", "1.1.0"),
    }
    bumped.repo.write(newer).commit()
    plan = await bumped.plan("HEAD~2")
    assert wrong(plan) == {}
    assert {one.unit for one in plan.units} == {"copied", "plain"}
