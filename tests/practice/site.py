"""A folder with a configuration and a practice cloud, worked on by the real programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trunkline.edge.programs.environment import Outside, environment
from trunkline.edge.programs.found import Programs
from trunkline.edge.programs.run import Done, run
from trunkline.edge.programs.turn import trust_in_cache
from trunkline.practice.cloud.file import CloudFile
from trunkline.practice.cloud.world import World, kind_of
from trunkline.practice.install import SOURCE, Practice

HEAD = f"""\
terraform {{
  required_providers {{
    practice = {{ source = "{SOURCE}" }}
  }}
}}
"""
NETWORK = """
resource "practice_network" "main" {
  name = "main"
  cidr = "10.0.0.0/16"
}
"""
DATABASE = """
resource "practice_database" "orders" {
  name       = "orders"
  engine     = "postgres"
  network_id = practice_network.main.id
  password   = "s3cr3t-pa55word"
}
"""
BOTH = NETWORK + DATABASE

LONG = 120.0


@dataclass(frozen=True)
class Site:
    """`below`: the programs are run by Terragrunt."""

    folder: Path
    cache: Path
    programs: Programs
    practice: Practice
    below: bool = False

    @property
    def cloud(self) -> CloudFile:
        return CloudFile(self.folder / "cloud.json")

    def write(self, text: str) -> None:
        (self.folder / "main.tf").write_text(HEAD + text)
        if self.below:
            (self.folder / "terragrunt.hcl").touch()

    def fault(self, **fault: Any) -> None:
        with self.cloud.changing() as world:
            world.data.setdefault("faults", []).append(fault)

    def edit(self, kind: str, name: str, **changes: Any) -> None:
        with self.cloud.changing() as world:
            world.edit(kind_of(kind), name, changes)

    def forget(self, kind: str, name: str) -> None:
        with self.cloud.changing() as world:
            world.forget(kind_of(kind), name)

    def found(self, kind: str, name: str) -> Mapping[str, Any]:
        found = self.cloud.read().find(kind, name)
        assert found is not None
        return found

    def names(self, kind: str) -> list[str]:
        return sorted(one["name"] for one in self.cloud.read().objects(kind).values())

    async def run(self, *words: str, timeout: float = LONG, grace: float = LONG) -> Done:
        command = (
            [self.programs.for_terragrunt.path, "run", "--", *words]
            if self.below
            else [self.programs.terraform.path, *words]
        )
        seen = self._environment()
        return await run(command, self.folder, seen, timeout=timeout, grace=grace)

    async def ok(self, *words: str) -> str:
        done = await self.run(*words)
        assert done.code == 0, done.said
        return done.stdout

    async def plan(self, *words: str) -> dict[str, Any]:
        """The plan as JSON, kept to be applied."""
        await self.ok("plan", "-no-color", "-out=saved", *words)
        shown: dict[str, Any] = json.loads(await self.ok("show", "-json", "saved"))
        return shown

    async def apply(self) -> Done:
        """Apply the saved plan."""
        return await self.run("apply", "-no-color", "saved")

    async def made(self, text: str) -> None:
        """What the text says is there."""
        self.write(text)
        await self.ok("apply", "-auto-approve")

    def _environment(self) -> dict[str, str]:
        seen = environment(self.programs, self.cache, Outside(()))
        seen |= trust_in_cache(self.programs.terraform, pinned=False)
        return {**seen, **self.practice.environment(self.folder / "cloud.json")}


def actions(plan: Mapping[str, Any], part: str = "resource_changes") -> dict[str, str]:
    """What a plan does to what, e.g. {"practice_network.main": "create"}."""
    changes = plan.get(part, [])
    return {
        one["address"]: "+".join(one["change"]["actions"])
        for one in changes
        if one["change"]["actions"] != ["no-op"]
    }


def change(plan: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    (found,) = (one for one in plan["resource_changes"] if one["address"] == address)
    wanted: Mapping[str, Any] = found["change"]
    return wanted


def flat(text: str) -> str:
    """Without the line ends and frames of a terminal's width."""
    return " ".join(text.replace("│", " ").split())


def did(world: World) -> list[str]:
    return [f"{one['did']} {one['kind']}" for one in world.data.get("journal", [])]
