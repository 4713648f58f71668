"""Modules of other repositories: another ref is another plan, and so is a branch that went on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gitrepo import GitRepo
from infra.region import Region
from infra.test_infra_apply import ended
from trunkline.core.infra.moving_source import is_moving

MODULE = 'resource "terraform_data" "made" { input = "VALUE" }\n'
PLAIN = """\
terraform {
  backend "local" { path = "STATES/plain/terraform.tfstate" }
}
module "made" { source = "SOURCE" }
"""
GRUNT = """\
include "root" { path = find_in_parent_folders("root.hcl") }
terraform { source = "SOURCE" }
"""
# How each kind of unit says it; `grunt` names the folder in the repository by two slashes.
UNITS = {"plain": ("plain/main.tf", PLAIN), "grunt": ("live/vpc/terragrunt.hcl", GRUNT)}


@pytest.fixture
def modules(tmp_path: Path) -> GitRepo:
    """The repository of modules: `v1`, `v2`, and a branch that has the latter."""
    repo = GitRepo(tmp_path / "modules")
    for name, value in (("v1", "one"), ("v2", "two")):
        repo.write({"made/main.tf": MODULE.replace("VALUE", value)}).commit(name)
        repo.git("tag", name)
    return repo


def use(region: Region, modules: GitRepo, kind: str, ref: str) -> None:
    path, text = UNITS[kind]
    source = f"git::file://{modules.path}//made?ref={ref}"
    text = text.replace("SOURCE", source).replace("STATES", str(region.states))
    region.repo.write({path: text}).commit(ref)


async def begun(region: Region, kind: str) -> None:
    if kind == "grunt":
        shutil.rmtree(region.repo.path / "live/rds")
    await region.begin(plain=kind == "plain")


async def values(region: Region) -> list[str]:
    """What the units of the last commit make."""
    plan = await region.plan()
    assert not plan.failed, plan
    return [
        str(at.after) for one in plan.units for each in one.changes for at in each.attributes
        if at.path == "input"
    ]  # fmt: skip


@pytest.mark.parametrize("kind", UNITS)
async def test_another_ref_is_planned_and_applied(
    region: Region, modules: GitRepo, kind: str
) -> None:
    await begun(region, kind)
    use(region, modules, kind, "v1")
    assert await values(region) == ["one"]
    assert set(ended(await region.apply()).values()) == {"applied"}
    use(region, modules, kind, "v2")
    assert await values(region) == ["two"]
    # What is applied is what was planned, wherever the ref leads by then.
    modules.write({"made/main.tf": MODULE.replace("VALUE", "three")}).commit()
    modules.git("tag", "--force", "v2")
    assert set(ended(await region.apply()).values()) == {"applied"}
    assert '"two"' in "".join(one.read_text() for one in region.states.rglob("*.tfstate"))


@pytest.mark.parametrize("kind", UNITS)
async def test_a_branch_that_went_on_is_planned_as_it_is_now(
    region: Region, modules: GitRepo, kind: str
) -> None:
    branch = modules.git("rev-parse", "--abbrev-ref", "HEAD")
    await begun(region, kind)
    use(region, modules, kind, branch)
    assert await values(region) == ["two"]
    modules.write({"made/main.tf": MODULE.replace("VALUE", "three")}).commit()
    assert await values(region) == ["three"]


@pytest.mark.parametrize(
    ("source", "moving"),
    [
        ("git::https://git.test/m.git", True),
        ("git::https://git.test/m.git//a?ref=main", True),
        ("git::ssh://git@git.test/m.git?ref=main&depth=1", True),
        ("github.com/acme/m", True),
        ("git@github.com:acme/m.git", True),
        ("git::https://git.test/m.git?ref=v1.2.3", False),
        ("git::https://git.test/m.git?ref=vpc-1.2.0-rc.1", False),
        ("git::https://git.test/m.git?ref=0123456789abcdef0123456789abcdef01234567", False),
        ("../m", False),
        ("terraform-aws-modules/vpc/aws", False),
        ("https://files.test/m.zip", False),
    ],
)
def test_what_moves(source: str, moving: bool) -> None:
    assert is_moving(source) is moving


async def test_a_ref_that_is_not_there_is_said(region: Region, modules: GitRepo) -> None:
    await region.begin(plain=True)
    use(region, modules, "plain", "v9")
    (plain,) = (await region.plan()).units
    assert plain.status == "failed"
    assert "v9" in plain.error
