"""The git program beside others who use the same mirror, and one that prints without end."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.edge.git.errors import GitError
from trunkline.edge.git.program import run

WAITS = """
import asyncio, signal, sys
from pathlib import Path
from trunkline.edge.git.program import locked

async def main():
    print("waits", flush=True)
    async with locked(Path(sys.argv[1])):
        print("has it", flush=True)

# A shell's `&` would have it ignore interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
asyncio.run(main())
"""


def test_who_waits_for_a_mirror_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        command = [sys.executable, "-c", WAITS, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as other:
            assert other.stdout and other.stdout.readline() == b"waits\n"
            other.send_signal(signal.SIGINT)
            try:
                other.wait(60)
            finally:
                other.kill()


@pytest.fixture
def git_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is called git and does what its first argument says."""
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\neval "$1"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.usefixtures("git_is")
async def test_what_it_prints_is_taken_whole_or_not_at_all() -> None:
    assert await run("printf abc", seconds=60, shown="it", most=4) == b"abc"
    with pytest.raises(GitError, match="it: git printf abcde prints more than 4 bytes"):
        await run("printf abcde", seconds=60, shown="it", most=4)


@pytest.mark.usefixtures("git_is")
@pytest.mark.parametrize("where", ["yes", "yes >&2"])
async def test_one_that_prints_without_end_is_ended_with_its_time(where: str) -> None:
    with pytest.raises(GitError, match="did not end within 1 s"):
        await run(where, seconds=1, shown="it", most=1000)


@pytest.mark.usefixtures("git_is")
async def test_one_that_is_ended_may_put_its_house_in_order(tmp_path: Path) -> None:
    """Git takes its lock files away; one that is killed leaves them in everybody's way."""
    begun, told = tmp_path / "begun", tmp_path / "told"
    script = f"trap 'echo x >{told}; exit 1' TERM; echo x >{begun}; while :; do sleep 0.05; done"
    task = asyncio.create_task(run(script, seconds=60, shown="it"))
    while not begun.exists():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert told.exists()


@pytest.mark.usefixtures("git_is")
async def test_a_helper_that_goes_on_is_not_waited_for(tmp_path: Path) -> None:
    """As the master of a shared ssh connection does, with the pipes in its hands."""
    pid = tmp_path / "pid"
    assert await run(f"echo done; sleep 600 & echo $! >{pid}", seconds=60, shown="it") == b"done\n"
    os.kill(int(pid.read_text()), signal.SIGKILL)
