"""The same module by OpenTofu and by Terraform, plain and below Terragrunt."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from practice.site import Site
from trunkline.edge.programs.found import find_programs
from trunkline.practice.install import Practice

KINDS = ("tofu", "terraform")


@dataclass(frozen=True)
class Ground:
    """What all sites stand on."""

    tofu: Path
    terragrunt: Path
    practice: Practice
    cache: Path
    ready: Path


@pytest.fixture(scope="session")
def ground(
    tofu: Path,
    terragrunt: Path,
    practice_provider: Practice,
    infra_cache: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Ground:
    ready = tmp_path_factory.mktemp("ready")
    return Ground(tofu, terragrunt, practice_provider, infra_cache, ready)


@pytest.fixture(params=KINDS)
async def site(request: pytest.FixtureRequest, ground: Ground, tmp_path: Path) -> Site:
    return await made(request, ground, tmp_path, request.param)


@pytest.fixture(params=[*KINDS, "tofu below terragrunt"])
async def every_site(request: pytest.FixtureRequest, ground: Ground, tmp_path: Path) -> Site:
    kind, _, below = request.param.partition(" ")
    return replace(await made(request, ground, tmp_path, kind), below=bool(below))


async def made(request: pytest.FixtureRequest, ground: Ground, folder: Path, kind: str) -> Site:
    """A folder with what `init` leaves, which is the same each time: it is run once for all."""
    program = ground.tofu if kind == "tofu" else request.getfixturevalue("terraform")
    machine = {
        f"TRUNKLINE_{kind.upper()}": str(program),
        "TRUNKLINE_TERRAGRUNT": str(ground.terragrunt),
    }
    programs = await find_programs(kind, machine)
    ready = ground.ready / kind
    if not ready.exists():
        ready.mkdir()
        first = Site(ready, ground.cache, programs, ground.practice)
        first.write("")
        await first.ok("init")
    shutil.copytree(ready, folder, symlinks=True, dirs_exist_ok=True)
    return Site(folder, ground.cache, programs, ground.practice)
