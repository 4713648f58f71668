"""Who may write to the shared cache of providers, and who waits."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from trunkline.edge.programs.found import Program
from trunkline.edge.programs.turn import TRUST, USED, alone, init_turn, trust_in_cache

TERRAFORM = Program("terraform", Path("terraform"), "1.11.4")
TOFU = Program("tofu", Path("tofu"), "1.12.6")
OLD_TOFU = Program("tofu", Path("tofu"), "1.9.3")
AWS = "providers.example.test/hashicorp/aws"


def unit(folder: Path, name: str, version: str = "") -> Path:
    (folder / name).mkdir()
    if version:
        lock = f'provider "{AWS}" {{\n  version     = "{version}"\n  constraints = "~> 6.0"\n}}\n'
        (folder / name / ".terraform.lock.hcl").write_text(lock)
    return folder / name


TOGETHER = {
    "both are there": (TERRAFORM, True, "6.1.0", "6.1.0", True),
    "one must be fetched": (TERRAFORM, True, "6.1.0", "6.2.0", False),
    "nobody knows what one needs": (TERRAFORM, True, "6.1.0", "", False),
    "OpenTofu locks by itself": (TOFU, True, "6.2.0", "", True),
    "its first fetches alone": (TOFU, False, "6.2.0", "", False),
    "an older OpenTofu does not": (OLD_TOFU, True, "6.2.0", "", False),
}


@pytest.mark.parametrize(
    ("program", "used", "one", "two", "together"), TOGETHER.values(), ids=TOGETHER
)
async def test_who_goes_beside_whom(
    tmp_path: Path, program: Program, used: bool, one: str, two: str, together: bool
) -> None:
    plugins = tmp_path / "plugins"
    (plugins / AWS / "6.1.0").mkdir(parents=True)
    if used:
        (plugins / USED).touch()
    first, second = unit(tmp_path, "one", one), unit(tmp_path, "two", two)
    entered = asyncio.Event()

    async def enter() -> None:
        async with init_turn(program, second, plugins):
            entered.set()

    async with init_turn(program, first, plugins):
        waiting = asyncio.create_task(enter())
        if together:
            await asyncio.wait_for(entered.wait(), 60)
        else:
            await asyncio.sleep(0.3)
            assert not entered.is_set()
    await asyncio.wait_for(waiting, 60)
    assert entered.is_set()


async def test_of_many_that_begin_with_an_empty_cache_one_fetches(tmp_path: Path) -> None:
    there, fetched = 0, []

    async def init(name: str) -> None:
        nonlocal there
        async with init_turn(TOFU, tmp_path, tmp_path / "plugins") as fetches:
            there += 1
            if fetches:
                assert there == 1
                fetched.append(name)
            await asyncio.sleep(0.01)
            there -= 1

    await asyncio.gather(*(init(f"unit-{at}") for at in range(8)))
    assert len(fetched) == 1


async def test_who_met_another_goes_alone_the_next_time(tmp_path: Path) -> None:
    entered = asyncio.Event()

    async def again() -> None:
        async with alone(tmp_path):
            entered.set()

    (tmp_path / USED).touch()
    async with init_turn(TOFU, tmp_path, tmp_path) as fetches:
        waiting = asyncio.create_task(again())
        await asyncio.sleep(0.3)
        assert not fetches and not entered.is_set()
    await asyncio.wait_for(waiting, 60)


@pytest.mark.parametrize(
    ("program", "pinned", "trusted"),
    [
        (TOFU, True, "1"),
        (TOFU, False, "1"),
        (TERRAFORM, False, "1"),
        (TERRAFORM, True, "0"),
        (OLD_TOFU, True, "0"),
    ],
)
def test_whose_providers_are_taken_as_they_are(
    program: Program, pinned: bool, trusted: str
) -> None:
    assert trust_in_cache(program, pinned=pinned) == {TRUST: trusted}
