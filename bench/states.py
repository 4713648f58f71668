"""The state backend against the program's own file: 100 small units applied, in one run.

Two kinds of unit: of what is built into the program, which is done in no time, so that all of the
backend shows; and of a provider, which is a process to be started, as almost every unit has one.

Each unit is changed once a round by each way of keeping its state, one way right after the other,
so that a machine that is busy elsewhere is so for all. Every state waits for the disk, whose speed
varies from round to round: the median counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import postgres
from bench.commands import PROGRAM
from programs.built import tofu
from trunkline.practice.install import SOURCE, Practice, install

UNITS, AT_ONCE, ROUNDS = 100, 4, 7
GOAL = 1.2

CODE = """
variable "round" { default = 0 }
resource "terraform_data" "one" { input = "${var.round} of one" }
resource "terraform_data" "two" { input = "${var.round} of two" }
output "id" { value = terraform_data.one.output }
"""
NETWORK = f"""
terraform {{
  required_providers {{
    practice = {{ source = "{SOURCE}" }}
  }}
}}
variable "round" {{ default = 0 }}
resource "practice_network" "main" {{
  name = "main"
  cidr = "10.0.0.0/16"
  tags = {{ round = var.round }}
}}
"""
KINDS = {"built in": CODE, "a provider": NETWORK}
HTTP = """
terraform {
  backend "http" {
    address        = "%(address)s"
    lock_address   = "%(address)s"
    unlock_address = "%(address)s"
  }
}
"""


@dataclass(frozen=True, slots=True)
class States:
    """Seconds to apply all units of each kind by each way, in the median round."""

    seconds: dict[str, dict[str, float]] = field(default_factory=dict)


async def measure(units: int = UNITS, rounds: int = ROUNDS) -> States:
    program = await asyncio.to_thread(tofu, lambda line: print(line, file=sys.stderr))
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        async with contextlib.AsyncExitStack() as served:
            backends: dict[str, Serving | None] = {"": None}
            for name, store in (await asyncio.to_thread(stores, root, served)).items():
                backends[name] = await served.enter_async_context(serving(root / name, store))
            return States(
                {
                    kind: await median(root / kind, code, program, backends, units, rounds)
                    for kind, code in KINDS.items()
                }
            )


async def median(
    root: Path,
    code: str,
    program: Path,
    backends: Mapping[str, Serving | None],
    units: int,
    rounds: int,
) -> dict[str, float]:
    """The median of several rounds by each backend, "" for the program's own file."""
    practice = install(root / "provider")
    ways = {}
    for name, backend in backends.items():
        folders = [root / (name or "file") / str(number) for number in range(units)]
        own = [Unit(one, program, practice, backend.token if backend else "") for one in folders]
        ways[name] = await begun(own, code, backend.url if backend else "")
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(1, rounds + 1):
        for name, way in ways.items():
            found[name].append(await applied(way, number))
    return {name: statistics.median(some) for name, some in found.items()}


def stores(root: Path, served: contextlib.AsyncExitStack) -> dict[str, str]:
    found = {"SQLite": str(root / "store.db")}
    with contextlib.suppress(postgres.NoPostgres):
        server = postgres.Postgres(postgres.programs(lambda line: print(line, file=sys.stderr)))
        served.callback(server.close)
        found["PostgreSQL"] = server.url()
    return found


@dataclass(frozen=True, slots=True)
class Unit:
    folder: Path
    program: Path
    practice: Practice
    token: str = ""

    async def run(self, *words: str) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "CHECKPOINT_DISABLE": "1",
            "TF_HTTP_USERNAME": "bench",
            "TF_HTTP_PASSWORD": self.token,
            **self.practice.environment(self.folder / "cloud.json"),
        }
        process = await asyncio.create_subprocess_exec(
            str(self.program),
            *words,
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"{' '.join(words)} in {self.folder}: {said.decode()[-500:]}")


async def applied(units: list[Unit], number: int) -> float:
    words = ("apply", "-input=false", "-auto-approve", f"-var=round={number}")
    started = time.perf_counter()
    await every(units, *words)
    return time.perf_counter() - started


async def every(units: list[Unit], *words: str) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(unit: Unit) -> None:
        async with turn:
            await unit.run(*words)

    await asyncio.gather(*(one(unit) for unit in units))


async def begun(units: list[Unit], code: str, address: str) -> list[Unit]:
    for unit in units:
        unit.folder.mkdir(parents=True)
        kind = "".join(unit.folder.parts[-3].split())
        own = {"address": f"{address}/state/{kind}/{unit.folder.name}"}
        (unit.folder / "main.tf").write_text(code + (HTTP % own if address else ""))
    await every(units, "init", "-input=false")
    return units


@dataclass(frozen=True, slots=True)
class Serving:
    url: str
    token: str


@contextlib.asynccontextmanager
async def serving(folder: Path, store: str) -> AsyncIterator[Serving]:
    """The backend as a process of its own, as it is run."""
    folder.mkdir()
    token = folder / "token"
    words = ("infra", "backend", "--listen", "127.0.0.1:0", "--token", str(token), "-o", "json")
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *words,
        env={**os.environ, "TRUNKLINE_STORE": store, "TRUNKLINE_KEY_FILE": str(folder / "keys")},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        said = b""
        while not said.rstrip().endswith(b"}"):
            said += await asyncio.wait_for(process.stdout.readline(), 60)
        yield Serving(json.loads(said)["url"], token.read_text().strip())
    finally:
        process.terminate()
        await process.wait()


def lines(found: States) -> list[str]:
    """The section of the page."""
    what = (
        f"{UNITS} units, {AT_ONCE} at a time, applied by OpenTofu; the median of {ROUNDS} rounds. "
        "They are of two resources that are built in, or of one of the practice cloud's provider."
    )
    rows = [
        f"| {kind}, {f'`trunkline infra backend` on {name}' if name else 'a file'} | {one:.2f} | "
        f"{one / ways['']:.2f} × | {f'{GOAL} ×' if name else ''} |"
        for kind, ways in found.seconds.items()
        for name, one in ways.items()
    ]
    head = ["| units, and where their states are | seconds | | at most |", "|---|---:|---:|---:|"]
    return ["## States of infrastructure", "", what, "", *head, *rows]


if __name__ == "__main__":
    print("\n".join(lines(asyncio.run(measure()))))
