"""What Terragrunt itself finds, is found: units, dependencies, and each file that it reads."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from gitrepo import GitRepo
from trunkline.core.infra.discover import discover_units
from trunkline.edge.git import Repository

MODULE = 'output "id" { value = "x" }\n'
FILES = {
    "live/root.hcl": """\
locals {
  env    = read_terragrunt_config(find_in_parent_folders("env.hcl"))
  common = yamldecode(file("${get_parent_terragrunt_dir()}/common.yaml"))
}
inputs = { env = local.env.locals.name }
""",
    "live/common.yaml": "a: 1\n",
    "live/prod/env.hcl": 'locals { name = "prod" }\n',
    "live/prod/tags.json": '{"team": "data"}',
    "live/prod/vpc/terragrunt.hcl": """\
include "root" {
  path   = find_in_parent_folders("root.hcl")
  expose = true
}
terraform { source = "${get_repo_root()}/modules/${include.root.locals.env.locals.name}-vpc" }
locals { tags = jsondecode(file(find_in_parent_folders("tags.json"))) }
""",
    "live/prod/rds/terragrunt.hcl": """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "../../../modules//rds" }
dependency "vpc" { config_path = "../vpc" }
dependencies { paths = ["../kms"] }
inputs = { vpc = dependency.vpc.outputs.id }
""",
    "live/prod/kms/terragrunt.hcl": 'terraform { source = "../../../modules/kms" }\n',
    "live/prod/bare/terragrunt.hcl": "inputs = {}\n",
    "live/prod/bare/main.tf": MODULE,
    "live/prod/off/terragrunt.hcl": """\
terraform { source = "../../../modules/kms" }
exclude {
  if      = true
  actions = ["all"]
}
""",
    "modules/prod-vpc/main.tf": MODULE,
    "modules/rds/main.tf": 'module "inner" { source = "../inner" }\n' + MODULE,
    "modules/inner/main.tf": "",
    "modules/kms/main.tf": MODULE,
}


async def asked(terragrunt: Path, tofu: Path, folder: Path) -> list[dict[str, Any]]:
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder.parent),
        "TG_TF_PATH": str(tofu),
        "TG_NON_INTERACTIVE": "true",
    }
    process = await asyncio.create_subprocess_exec(
        *(terragrunt, "find", "--json", "--dependencies", "--reading", "--exclude"),
        cwd=folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    found: list[dict[str, Any]] = json.loads(said)
    return found


async def test_what_terragrunt_finds_is_found(tmp_path: Path, terragrunt: Path, tofu: Path) -> None:
    repo = GitRepo(tmp_path / "repo").write(FILES)
    repo.commit()
    ours = discover_units(Repository.open(repo.path).snapshot("HEAD"))
    theirs = {
        one["path"]: one for one in await asked(terragrunt, tofu, repo.path) if "exclude" not in one
    }
    assert [one.id for one in ours.units] == sorted(theirs)
    for one in ours.units:
        said = theirs[one.id]
        assert set(said.get("dependencies", ())) <= set(one.dependencies), one.id
        missed = [file for file in said.get("reading", ()) if not one.touched_by(file)]
        assert missed == [], one.id
    assert ours.findings == ()
