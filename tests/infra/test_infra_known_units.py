"""Units that are remembered from command to command."""

from __future__ import annotations

from pathlib import Path

import pytest

from gitrepo import GitRepo
from trunkline.core.infra.memory import Memory
from trunkline.core.infra.rules import DiscoveryRules, UnitRule
from trunkline.edge.git import Repository
from trunkline.edge.known_units import KnownUnits
from trunkline.engine.infra.commits import UnitCommits, rules_of
from trunkline.settings.file import load_settings

RULES = DiscoveryRules(units=(UnitRule("live/*", labels={"team": "data"}),))
UNIT = 'terraform {\n  source = "../../modules/m"\n}\n'
FILES = {
    "live/vpc/terragrunt.hcl": UNIT,
    "live/rds/terragrunt.hcl": f'{UNIT}dependency "vpc" {{\n  config_path = "../vpc"\n}}\n',
    "live/lost/terragrunt.hcl": f'{UNIT}dependency "gone" {{\n  config_path = "../gone"\n}}\n',
    "modules/m/main.tf": "",
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    return GitRepo(tmp_path / "repo")


@pytest.fixture
def commits(repo: GitRepo, tmp_path: Path):
    repo.write(FILES).commit("units")

    def made(rules: DiscoveryRules = RULES) -> UnitCommits:
        return UnitCommits(
            Repository.open(repo.path), rules, KnownUnits(tmp_path / "cache", repo.path)
        )

    return made


async def test_the_units_of_a_commit_are_found_once(commits) -> None:
    first, second = commits(), commits()
    found = await first.at("HEAD")
    assert await second.at("HEAD") == found
    assert found["live/rds"].dependencies == ("live/vpc",)
    assert found.wrong_with("live/lost")
    # Nothing of the second was read: it did not even look at what each unit read.
    assert not second.kept.memory.grown
    assert first.kept.memory.grown


async def test_other_settings_give_other_units(commits) -> None:
    await commits().at("HEAD")
    found = await commits(DiscoveryRules(exclude=("live/rds",))).at("HEAD")
    assert [one.id for one in found.units] == ["live/lost", "live/vpc"]
    assert not found["live/vpc"].labels


async def test_a_directory_that_the_settings_name_is_a_unit_each_time(commits) -> None:
    rules = load_settings(b"infra: {units: [{path: modules/m}]}", "trunkline.yaml").infra
    first = await commits(rules_of(rules)).at("HEAD")
    assert "modules/m" in first
    assert await commits(rules_of(rules)).at("HEAD") == first


async def test_the_files_of_what_a_stack_makes_are_known_each_time(commits, repo: GitRepo) -> None:
    stack = 'unit "web" {\n  source = "../../units/web"\n  path = "web"\n}\n'
    repo.write({"live/eu/terragrunt.stack.hcl": stack, "units/web/terragrunt.hcl": UNIT}).commit()
    for _ in range(2):
        found = commits()
        (made,) = [one for one in (await found.at("HEAD")).units if one.generated_by]
        file = f"{made.path}/terragrunt.hcl"
        assert found.files("HEAD").real(file) == "units/web/terragrunt.hcl"


async def test_a_new_commit_is_read_as_far_as_it_is_new(commits, repo: GitRepo) -> None:
    first = commits()
    await first.at("HEAD")
    first.kept.write()
    repo.write({"live/vpc/terragrunt.hcl": f"{UNIT}# more\n"}).commit("more")
    known = commits().kept.memory.readings["live/rds"]
    second = commits()
    await second.at("HEAD")
    assert second.kept.memory.readings["live/rds"] == known
    assert len(second.kept.memory.readings["live/vpc"]) == 2


async def test_what_is_damaged_is_found_again(commits, tmp_path: Path) -> None:
    first = commits()
    found = await first.at("HEAD")
    first.kept.write()
    for one in (tmp_path / "cache").rglob("*"):
        if one.is_file():
            one.write_bytes(b'{"a": 1')
    assert await commits().at("HEAD") == found


def test_what_is_no_unit_any_more_is_forgotten() -> None:
    memory = Memory({"gone": [("mark", {})]}, {"old": ("mark", {})})
    assert memory.packed()["readings"] == {}
    assert memory.packed()["facts"] == {}
