"""A state lock that nobody will give back, on a backend that keeps locks: whose it is is told, what
a dead apply or plan of one's own left the next start frees, anybody else's a person does.

Terraform does not tell who holds a lock of an http backend: there a person frees each. All of this
stands in one file, for a person's program that is at the unit is one in the eyes of other tests.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from infra.kept import Kept
from infra.test_infra_apply import ended
from trunkline.core.infra.applying import Ended
from trunkline.core.infra.plan.values import Status
from trunkline.core.infra.state.lock import parse_lock
from trunkline.edge.store.process import person

# It tells whose the lock is.
with_opentofu = pytest.mark.parametrize("kept", ["tofu"], indirect=True)


async def test_what_a_killed_run_locked_the_next_start_frees(kept: Kept) -> None:
    assert await kept.killed_apply()
    async with await kept.region.app() as app:
        run = await app.apply(await app.to_resume())
        if kept.program == "terraform":
            held = await kept.lock()
            assert f"trunkline infra unlock plain --state-lock {held}" in run.units[0].message
            await app.unlock("plain", held)
            run = await app.apply(await app.to_resume())
            assert ended(run) == {"plain": "applied"}
            return
    assert ended(run) == {"plain": "applied"}
    assert "was killed while it applied plain" in run.findings[0].message
    assert await kept.lock() == ""


async def test_what_somebody_else_locked_is_freed_by_a_persons_word(kept: Kept) -> None:
    kept.go.touch()
    info = {"ID": "lock-1", "Operation": "OperationTypeApply", "Who": "ana@laptop", "Info": ""}
    created = {"Created": "2026-11-27T07:00:00Z", "Version": "1.12.6", "Path": ""}
    held = parse_lock(json.dumps({**info, **created}).encode())
    assert await kept.states.states.lock("plain", held, "ana") is None
    (plain,) = (await kept.region.apply()).units
    assert plain.ended is Ended.FAILED
    whose = " by ana@laptop since 2026-11-27 07:00:00"
    if kept.program == "terraform":
        whose = ", its program does not say by whom"
    assert f"its state is locked{whose}" in plain.message
    assert "trunkline infra unlock plain --state-lock lock-1" in plain.message
    assert await kept.lock() == "lock-1"
    async with await kept.region.app() as app:
        assert (await app.unlock("plain", "lock-1")).state_lock == "lock-1"
        assert await kept.lock() == ""
        assert ended(await app.apply(await app.to_resume())) == {"plain": "applied"}
        (freed,) = [one for one in await (await app.store()).runs() if one.kind == "infra unlock"]
    assert "freed the state's lock lock-1" in freed.components[0].message


@with_opentofu
async def test_a_persons_program_that_is_at_the_unit_may_have_the_lock(
    kept: Kept, tmp_path: Path
) -> None:
    clone = tmp_path / "clone" / "plain"
    clone.mkdir(parents=True)
    (clone / "tofu").symlink_to("/bin/sleep")
    theirs = await asyncio.create_subprocess_exec("./tofu", "3600", cwd=clone)
    try:
        held = await kept.killed_apply()
        async with await kept.region.app() as app:
            (plain,) = (await app.apply(await app.to_resume())).units
        assert f"trunkline infra unlock plain --state-lock {held}" in plain.message
        assert await kept.lock() == held
    finally:
        theirs.kill()
        await theirs.wait()


@pytest.mark.parametrize("mine", [False, True], ids=["somebody else's", "made later"])
async def test_another_lock_is_not_taken_for_that_of_the_killed_run(kept: Kept, mine: bool) -> None:
    left = await kept.killed_apply()
    # Somebody has freed it since, and is at work.
    await kept.states.states.unlock("plain", left, "ana", forced=True)
    # By the same person on the same machine too, in a shell of theirs.
    info = {"Who": person() if mine else "ana@laptop", "Created": "2100-01-01T00:00:00Z"}
    held = parse_lock(json.dumps({"ID": "lock-2", **info}).encode())
    assert await kept.states.states.lock("plain", held, "ana") is None
    async with await kept.region.app() as app:
        assert ended(await app.apply(await app.to_resume())) == {"plain": "failed"}
    assert await kept.lock() == "lock-2"


async def test_what_a_killed_plan_locked_the_next_one_frees(kept: Kept) -> None:
    held = await kept.killed_plan()
    await kept.kill_programs()
    (plain,) = (await kept.region.plan()).units
    if kept.program == "terraform":
        assert f"trunkline infra unlock plain --state-lock {held}" in plain.error
        return
    assert plain.status is Status.PLANNED, plain.error
    (freed,) = [one for one in plain.warnings if one.rule == "infra-freed"]
    assert freed.message == (
        f"its state was locked by a plan that was killed: that lock ({held}) is freed"
    )
    assert await kept.lock() == ""
    # It is told once.
    (plain,) = (await kept.region.plan()).units
    assert plain.warnings == ()


@with_opentofu
async def test_an_apply_frees_it_too(kept: Kept) -> None:
    await kept.killed_plan()
    await kept.kill_programs()
    kept.go.touch()
    assert ended(await kept.region.apply()) == {"plain": "applied"}


@with_opentofu
async def test_a_program_that_was_left_behind_keeps_its_lock(kept: Kept) -> None:
    held = await kept.killed_plan()
    try:
        for _ in range(2):
            (plain,) = (await kept.region.plan()).units
            assert "left a program behind that is still at it" in plain.error
        (plain,) = (await kept.region.apply()).units
        assert "left a program behind that is still at it" in plain.message
        assert await kept.lock() == held
    finally:
        await kept.kill_programs()
    (plain,) = (await kept.region.plan()).units
    assert plain.status is Status.PLANNED, plain.error


@with_opentofu
async def test_what_a_program_leaves_that_the_system_kills_is_freed(kept: Kept) -> None:
    async with kept.stopped():
        planning = asyncio.create_task(kept.region.plan())
        await kept.locked()
        await kept.kill_programs()
        (plain,) = (await planning).units
    assert plain.status is Status.FAILED
    (plain,) = (await kept.region.plan()).units
    assert plain.status is Status.PLANNED, plain.error


@with_opentofu
async def test_another_lock_is_not_taken_for_that_of_the_killed_plan(kept: Kept) -> None:
    left = await kept.killed_plan()
    await kept.kill_programs()
    lock = (await kept.states.states.units())[0].lock
    assert lock
    # Somebody has freed it since, and applies.
    await kept.states.states.unlock("plain", left, "ana", forced=True)
    applying = {**json.loads(lock.whole), "ID": "lock-2", "Operation": "OperationTypeApply"}
    other = parse_lock(json.dumps(applying).encode())
    assert await kept.states.states.lock("plain", other, "ana") is None
    (plain,) = (await kept.region.plan()).units
    assert "its state is locked by" in plain.error
    assert await kept.lock() == "lock-2"
