"""The practice cloud of the demo, and the programs that make things in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from trunkline.edge.programs.errors import ProgramError
from trunkline.edge.programs.found import Programs, find_programs
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.install import install
from trunkline.sandbox import PracticeCluster

BUILT = ("tofu", "terragrunt")
"""What the tests build from Go modules and keep in the cache folder."""


async def programs_here(cache: Path, library: Path | None = None) -> Programs | None:
    """OpenTofu or Terraform, with Terragrunt if it can be had; None where neither of them is here.

    What was built for the tests serves too, and at last Terraform's `library` as a program: they
    are named to this process by their variables.
    """
    found = await _found()
    if found and found.terragrunt:
        return found
    for name in BUILT:
        if built := sorted((cache / name).glob(f"*/{name}"), key=lambda one: one.stat().st_mtime):
            os.environ[f"TRUNKLINE_{name.upper()}"] = str(built[-1])
    found = await _found()
    if found is None and library is not None:
        os.environ["TRUNKLINE_TERRAFORM"] = str(library)
        found = await _found()
    return found


async def _found() -> Programs | None:
    try:
        return await find_programs()
    except ProgramError:
        return None


def open_cloud(folder: Path, hosts: Mapping[str, PracticeCluster]) -> dict[str, str]:
    """An empty cloud in which these clusters stand when somebody makes them; what a program must
    see to work in it."""
    folder.mkdir()
    cloud = CloudFile(folder / "cloud.json")
    with cloud.changing() as world:
        world.data["hosts"] = {
            name: {"endpoint": one.url, "token": one.token, "certificate_authority": ""}
            for name, one in hosts.items()
        }
    environment = install(folder / "provider").environment(Path(cloud.path))
    return {**environment, "PELAGOS_STATE": str(folder / "state")}
