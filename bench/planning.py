"""What a reviewer waits for: the start of a command, and the plan of a commit in a monorepo."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from bench.commands import Machine
from bench.monorepo import POPULAR, Monorepo, Size, monorepo

ROUNDS = 5
SMALL = Size(applications=5, charts=1, clusters=1)


@dataclass(frozen=True, slots=True)
class Planning:
    """Seconds of whole commands; `anew`: nothing was rendered before, as in a fresh CI job."""

    version: float
    components: float
    one_value: float
    one_chart: float
    one_chart_anew: float


def measure() -> Planning:
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        small = Machine(monorepo(root / "small", SMALL).path, root / "machine")
        made = monorepo(root / "large")
        large = Machine(made.path, root / "machine")
        return Planning(
            version=small.best(ROUNDS, "version"),
            components=small.best(ROUNDS, "components"),
            one_value=one_value(large, made),
            one_chart=min(one_chart(large, made, anew=False) for _ in range(ROUNDS)),
            one_chart_anew=min(one_chart(large, made, anew=True) for _ in range(ROUNDS)),
        )


def one_value(machine: Machine, made: Monorepo) -> float:
    words = ("plan", f"{made.base}..{made.one_value}")
    assert planned(machine, *words) == 1
    return machine.best(ROUNDS, *words)


def one_chart(machine: Machine, made: Monorepo, *, anew: bool) -> float:
    """The base is what was delivered before: its renders are known, unless all are to be done."""
    shutil.rmtree(machine.folder / "cache", ignore_errors=True)
    if not anew:
        machine.run("render", *popular(), "--revision", made.one_value)
    seconds, out = machine.run("plan", f"{made.one_value}..{made.one_chart}", "--output", "json")
    assert len(orjson.loads(out)["components"]) == POPULAR
    return seconds


def popular() -> list[str]:
    return [f"app-{number:04}" for number in range(POPULAR)]


def planned(machine: Machine, *words: str) -> int:
    """How many components a plan changes."""
    _, out = machine.run(*words, "--output", "json")
    return len(orjson.loads(out)["components"])
