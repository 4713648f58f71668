"""A state lock that nobody will give back, on a backend that keeps locks: whose it is is told, what
a dead run of one's own left the next start frees, anybody else's a person does.

Terraform does not tell who holds a lock of an http backend: there a person frees each.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.region import Region
from infra.test_infra_apply import ended
from infra.test_infra_killed import applying, kill_all, until
from trunkline.backend.application import application
from trunkline.backend.server import Listen, served
from trunkline.core.infra.applying import Ended
from trunkline.core.infra.state.lock import parse_lock
from trunkline.core.infra.state.token import WRITE, Token
from trunkline.core.keys import KeyPlace
from trunkline.edge.programs.left import left_in
from trunkline.edge.store import Store
from trunkline.edge.store.process import person

MAIN = """\
terraform {
  backend "http" {
    address        = "URL/state/plain"
    lock_address   = "URL/state/plain"
    unlock_address = "URL/state/plain"
    retry_max      = 0
  }
}
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "touch STARTED; while [ ! -e GO ]; do sleep 0.05; done"
  }
}
"""


@dataclass
class Kept:
    """A region whose plain unit's state is kept by a backend of ours."""

    region: Region
    states: Store
    started: Path
    go: Path
    program: str

    async def lock(self) -> str:
        found = await self.states.states.units()
        return found[0].lock.id if found and found[0].lock else ""


@pytest.fixture(params=["tofu", "terraform"])
async def kept(
    request: pytest.FixtureRequest, region: Region, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Kept]:
    if request.param == "terraform":
        monkeypatch.setenv("TRUNKLINE_TERRAFORM", str(request.getfixturevalue("terraform")))
    place, keys = tmp_path / "states.db", KeyPlace(tmp_path / "state-keys")
    async with (
        await Store.open(place, keys=keys, precious=True) as store,
        served(application(store), Listen(port=0)) as url,
    ):
        monkeypatch.setenv("TF_HTTP_USERNAME", "ci")
        token = await store.tokens.make(Token("ci", ("**",), WRITE, 0.0))
        monkeypatch.setenv("TF_HTTP_PASSWORD", token)
        started, go = tmp_path / "started", tmp_path / "go"
        text = MAIN.replace("URL", url).replace("STARTED", str(started)).replace("GO", str(go))
        await region.begin(plain=True)
        infra = {
            "program": request.param,
            "environment": ["TF_HTTP_*"],
            "lockTimeout": 0,
            "policy": [{"apply": "auto"}],
        }
        region.repo.write({"trunkline.yaml": json.dumps({"infra": infra}), "plain/main.tf": text})
        region.repo.commit()
        await region.plan()
        yield Kept(region, store, started, go, request.param)


async def test_what_a_killed_run_locked_the_next_start_frees(kept: Kept) -> None:
    async with applying(kept.region) as process:
        await until(kept.started.exists)
        process.kill()
        await process.wait()
    await until(lambda: not kill_all(left_in(kept.region.places.cache)))
    assert await kept.lock()
    kept.go.touch()
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


async def test_a_persons_program_that_is_at_the_unit_may_have_the_lock(
    kept: Kept, tmp_path: Path
) -> None:
    if kept.program == "terraform":
        pytest.skip("it does not tell whose the lock is")
    clone = tmp_path / "clone" / "plain"
    clone.mkdir(parents=True)
    (clone / "tofu").symlink_to("/bin/sleep")
    theirs = await asyncio.create_subprocess_exec("./tofu", "3600", cwd=clone)
    try:
        async with applying(kept.region) as process:
            await until(kept.started.exists)
            process.kill()
            await process.wait()
        await until(lambda: not kill_all(left_in(kept.region.places.cache)))
        kept.go.touch()
        held = await kept.lock()
        async with await kept.region.app() as app:
            (plain,) = (await app.apply(await app.to_resume())).units
        assert f"trunkline infra unlock plain --state-lock {held}" in plain.message
        assert await kept.lock() == held
    finally:
        theirs.kill()
        await theirs.wait()


@pytest.mark.parametrize("mine", [False, True], ids=["somebody else's", "made later"])
async def test_another_lock_is_not_taken_for_that_of_the_killed_run(kept: Kept, mine: bool) -> None:
    async with applying(kept.region) as process:
        await until(kept.started.exists)
        process.kill()
        await process.wait()
    await until(lambda: not kill_all(left_in(kept.region.places.cache)))
    kept.go.touch()
    # Somebody has freed it since, and is at work.
    await kept.states.states.unlock("plain", await kept.lock(), "ana", forced=True)
    # By the same person on the same machine too, in a shell of theirs.
    info = {"Who": person() if mine else "ana@laptop", "Created": "2100-01-01T00:00:00Z"}
    held = parse_lock(json.dumps({"ID": "lock-2", **info}).encode())
    assert await kept.states.states.lock("plain", held, "ana") is None
    async with await kept.region.app() as app:
        assert ended(await app.apply(await app.to_resume())) == {"plain": "failed"}
    assert await kept.lock() == "lock-2"
