"""A plain module with resources in the practice cloud, applied, and hands that reach behind it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitrepo import GitRepo
from trunkline.app.infra_drift import DriftApp
from trunkline.app.places import Places
from trunkline.core.event import unheard
from trunkline.core.infra.drift import DriftReport
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.cloud.world import kind_of
from trunkline.practice.install import SOURCE

SETTINGS = """\
infra:
  program: PROGRAM
  environment: [TF_DISABLE_PLUGIN_TLS, "PRACTICE_*"]
  policy: [{apply: POLICY}]
"""
HEAD = f"""\
terraform {{
  backend "local" {{ path = "STATES/UNIT.tfstate" }}
  required_providers {{
    practice = {{ source = "{SOURCE}" }}
  }}
}}

provider "practice" {{
  region = "eu"
}}

"""
NET = """\
resource "practice_network" "main" {
  name  = "main"
  cidr  = "10.0.0.0/16"
  zones = ["a", "b"]
}

resource "practice_bucket" "logs" {
  name       = "logs"
  versioning = true # as the auditors want it
  tags       = { team = "net" }
}
"""
DATA = """\
resource "practice_network" "data" {
  name = "data"
  cidr = "10.1.0.0/16"
}

resource "practice_database" "orders" {
  name       = "orders"
  engine     = "postgres"
  network_id = practice_network.data.id
  password   = "hunter22-never-shown"
}
"""


class Ground:
    """Two units, `net` and `data`, whose states lie beside the repository."""

    def __init__(self, path: Path, places: Places, program: str = "tofu") -> None:
        self.path, self.places, self.program = path, places, program
        self.cloud = CloudFile(path / "cloud.json")
        self.repo = GitRepo(path / "repo")

    def write(self, units: Mapping[str, str], policy: str = "auto") -> None:
        for unit, text in units.items():
            head = HEAD.replace("STATES", str(self.path / "states")).replace("UNIT", unit)
            self.repo.write({f"{unit}/main.tf": head + text})
        settings = SETTINGS.replace("POLICY", policy).replace("PROGRAM", self.program)
        self.repo.write({"trunkline.yaml": settings})

    async def stand(self, policy: str = "auto") -> Ground:
        """Both units, applied."""
        self.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
        self.write({"net": NET, "data": DATA})
        self.repo.commit("two units")
        async with await self.app() as app:
            await app.plan_infra("HEAD~1", "HEAD")
            run = await app.apply()
            assert not run.failed, run
        if policy != "auto":
            self.write({}, policy)
            self.repo.commit(policy)
        return self

    async def app(self) -> DriftApp:
        return await DriftApp.open(str(self.repo.path), self.places, unheard)

    async def drift(self, *units: str, **more: Any) -> DriftReport:
        async with await self.app() as app:
            return await app.drift(units, **more)

    def edit(self, kind: str, name: str, /, **changes: Any) -> None:
        with self.cloud.changing() as world:
            world.edit(kind_of(kind), name, changes)

    def forget(self, kind: str, name: str) -> None:
        with self.cloud.changing() as world:
            world.forget(kind_of(kind), name)

    def found(self, kind: str, name: str) -> Mapping[str, Any] | None:
        return self.cloud.read().find(kind, name)
