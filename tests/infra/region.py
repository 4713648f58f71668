"""A small region of infrastructure in a real repository: a network, a database, a plain module."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from gitrepo import GitRepo
from trunkline.app.infra_apply import ApplyApp
from trunkline.app.places import Places
from trunkline.core.event import unheard
from trunkline.core.infra.applying import ApplyRun
from trunkline.core.infra.plan.values import InfraPlan
from trunkline.settings.heeded import Trust


class Region:
    """A region: a network, a database that reads its outputs, and a plain root module.

    States are kept in a folder beside the repository, as a backend would.
    """

    def __init__(self, path: Path, places: Places) -> None:
        self.places = places
        self.states = path / "states"
        self.repo = GitRepo(path / "repo")
        self.repo.write(
            {
                "live/root.hcl": ROOT.replace("STATES", str(self.states)),
                "live/vpc/terragrunt.hcl": VPC,
                "live/rds/terragrunt.hcl": RDS,
                "modules/vpc/main.tf": MODULE_VPC,
                "modules/rds/main.tf": MODULE_RDS,
                "plain/main.tf": PLAIN.replace("STATES", str(self.states)),
            }
        )

    async def app(self, *, trusted: bool = True) -> ApplyApp:
        trust = Trust.OWN if trusted else Trust.BASE
        return await ApplyApp.open(str(self.repo.path), self.places, unheard, trust=trust)

    async def plan(self, base: str = "HEAD~1", head: str = "HEAD") -> InfraPlan:
        async with await self.app() as app:
            return await app.plan_infra(base, head)

    async def apply(self, head: str = "HEAD", ids: Sequence[str] = ()) -> ApplyRun:
        async with await self.app() as app:
            return await app.apply(head, ids)

    async def begin(self, policy: str = "auto", *, plain: bool = False) -> Region:
        """The repository without infrastructure, then with all of it, or the plain module only."""
        if plain:
            shutil.rmtree(self.repo.path / "live")
        self.repo.git("commit", "--quiet", "--allow-empty", "--message", "nothing")
        self.repo.write({"trunkline.yaml": f"infra: {{policy: [{{apply: {policy}}}]}}\n"})
        self.repo.commit("a region")
        return self

    async def stand(self, *, plain: bool = False) -> Region:
        """The region, applied."""
        await self.begin(plain=plain)
        await self.plan()
        run = await self.apply()
        assert not run.failed, run
        return self

    @property
    def head(self) -> str:
        return self.repo.git("rev-parse", "HEAD")

    def state(self, unit: str) -> str:
        path = self.states / unit / "terraform.tfstate"
        return path.read_text() if path.exists() else ""


ROOT = """\
remote_state {
  backend = "local"
  config = { path = "STATES/${path_relative_to_include()}/terraform.tfstate" }
  generate = {
    path      = "backend.tf"
    if_exists = "overwrite"
  }
}
"""
VPC = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../modules/vpc" }
inputs = { cidr = "10.0.0.0/16" }
"""
MOCKED = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../modules/rds" }
dependency "vpc" {
  config_path  = "../vpc"
  mock_outputs = { id = "a mock" }
}
inputs = { network = dependency.vpc.outputs.id }
"""
RDS = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../modules/rds" }
dependency "vpc" { config_path = "../vpc" }
inputs = { network = dependency.vpc.outputs.id }
"""
MODULE_VPC = """\
variable "cidr" {}
resource "terraform_data" "network" { input = var.cidr }
output "id" { value = "vpc-${terraform_data.network.output}" }
"""
MODULE_RDS = """\
variable "network" {}
variable "password" {
  default   = "hunter22-never-shown"
  sensitive = true
}
resource "terraform_data" "database" {
  input            = { network = var.network, password = var.password }
  triggers_replace = var.network
}
"""
PLAIN = """\
terraform {
  backend "local" { path = "STATES/plain/terraform.tfstate" }
}
resource "terraform_data" "bucket" { input = "a" }
"""
