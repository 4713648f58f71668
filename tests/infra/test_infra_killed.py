"""An apply that is killed (kill -9): the next start tells what is true, and goes on."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from infra.region import Region
from infra.test_infra_apply import ended
from trunkline.core.infra.applying import Ended
from trunkline.core.report.infra_apply_text import apply_text
from trunkline.edge.programs.left import left_in

PATIENCE = 60.0


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)


def slow(region: Region) -> Path:
    """A module that says in a file that it is being applied, and goes on when `go` is there."""
    started, go = region.states.parent / "started", region.states.parent / "go"
    text = f"""\
resource "terraform_data" "slow" {{
  provisioner "local-exec" {{
    command = "touch {started}; while [ ! -e {go} ]; do sleep 0.05; done"
  }}
}}
"""
    region.repo.write({"plain/more.tf": text}).commit()
    return started


@asynccontextmanager
async def running(region: Region, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`trunkline infra …` in a process of its own."""
    env = {
        **os.environ,
        "TRUNKLINE_CACHE": str(region.places.cache),
        "TRUNKLINE_STORE": region.places.store,
        "TRUNKLINE_KEY_FILE": str(region.places.keys.file if region.places.keys else ""),
    }
    program = "from trunkline.cli.main import main; main()"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, "infra", *words),
        cwd=region.repo.path,
        env=env,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def kill_all(pids: tuple[int, ...]) -> tuple[int, ...]:
    """The same ids; one of them may have ended by itself, another may have begun."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return pids


async def killed(region: Region, *, with_its_programs: bool) -> None:
    started = slow(region)
    await region.plan()
    async with running(region, "apply") as process:
        await until(started.exists)
        process.kill()
        await process.wait()
    if with_its_programs:
        await until(lambda: not kill_all(left_in(region.places.cache)))
    started.unlink()


async def test_the_next_start_tells_what_was_cut_off_and_goes_on(region: Region) -> None:
    await region.stand(plain=True)
    await killed(region, with_its_programs=True)
    (region.states.parent / "go").touch()
    async with await region.app() as app:
        run = await app.apply(await app.to_resume())
    (finding,) = run.findings
    assert finding.rule == "infra-cut-off"
    assert "was killed while it applied plain: it is planned anew" in finding.message
    assert ended(run) == {"plain": "applied"}
    names = [one["name"] for one in json.loads(region.state("plain"))["resources"]]
    assert sorted(names) == ["bucket", "slow"]


async def test_a_program_that_was_left_behind_is_not_disturbed(region: Region) -> None:
    await region.stand(plain=True)
    await killed(region, with_its_programs=False)
    try:
        # Somebody else has the checkout by now, so that this run gets another one.
        async with await region.app() as other, await other.site() as site:
            await site.program((await other.units().at("HEAD"))["plain"], region.head)
            for _ in range(2):
                async with await region.app() as app:
                    run = await app.apply(await app.to_resume())
                (plain,) = run.units
                assert plain.ended is Ended.REFUSED
                assert "left a program behind that is still at it" in plain.message
    finally:
        (region.states.parent / "go").touch()
        await until(lambda: not left_in(region.places.cache))
    async with await region.app() as app:
        run = await app.apply(await app.to_resume())
    assert apply_text(run).startswith("= plain  unchanged\n")
