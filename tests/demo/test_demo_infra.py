"""The infrastructure of the example repository, run by Terragrunt as its own people would."""

from __future__ import annotations

from pathlib import Path

import pytest

from trunkline.demo import REGIONS, write_repository
from trunkline.edge.programs.environment import Outside, environment
from trunkline.edge.programs.found import Programs, find_programs
from trunkline.edge.programs.run import Done, run
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.install import Practice

UNITS = ("cluster", "databases", "edge", "network")
LONG = 280.0


@pytest.fixture
async def programs(tofu: Path, terragrunt: Path) -> Programs:
    machine = {"TRUNKLINE_TOFU": str(tofu), "TRUNKLINE_TERRAGRUNT": str(terragrunt)}
    return await find_programs("tofu", machine)


async def test_a_region_comes_from_nothing(
    programs: Programs, practice_provider: Practice, infra_cache: Path, tmp_path: Path
) -> None:
    write_repository(tmp_path / "platform")
    live = tmp_path / "platform" / "infra" / "live"
    assert sorted(one.name for one in live.iterdir()) == sorted(REGIONS)
    cloud = CloudFile(tmp_path / "cloud.json")
    seen = {
        **environment(programs, infra_cache, Outside(())),
        **practice_provider.environment(tmp_path / "cloud.json"),
        "PELAGOS_STATE": str(tmp_path / "state"),
    }

    async def all_of(region: str, *words: str) -> Done:
        # One after the other: inits of OpenTofu that meet in the shared cache may end in a panic.
        alone = ("--parallelism", "1")
        command = [programs.for_terragrunt.path, "run", "--all", *alone, "--", *words]
        return await run(command, live / region, seen, timeout=LONG)

    done = await all_of("eu", "apply", "-auto-approve", "-no-color")
    assert done.code == 0, done.said
    assert sorted(f"{kind} {one['name']}" for kind, one in cloud.read().all()) == [
        "bucket pelagos-eu-backups",
        "cluster eu",
        "database accounts",
        "database billing",
        "database usage",
        "load_balancer eu-edge",
        "network eu",
    ]
    assert {one["region"] for _, one in cloud.read().all()} == {"eu"}
    endpoint = cloud.read().find("cluster", "eu")
    edge = cloud.read().find("load_balancer", "eu-edge")
    assert endpoint and edge and edge["targets"] == [endpoint["endpoint"]]
    states = (tmp_path / "state" / "live" / "eu").glob("*.tfstate")
    assert sorted(one.stem for one in states) == sorted(UNITS)


def test_regions_are_made_of_the_same_units(tmp_path: Path) -> None:
    write_repository(tmp_path)
    live = tmp_path / "infra" / "live"
    found = {
        region: tuple(sorted(one.parent.name for one in (live / region).glob("*/terragrunt.hcl")))
        for region in REGIONS
    }
    assert found == dict.fromkeys(REGIONS, UNITS)
