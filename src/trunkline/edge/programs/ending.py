"""Ending a program so that it can put its house in order first.

Terraform and OpenTofu take one SIGINT as "stop, write the state, free the lock", and a second one
as "stop now", which may lose state. Terragrunt passes a signal that it gets itself on to the
program below it after 15 seconds, as the second one, and kills that program after 30. So whoever
works below Terragrunt is told, and Terragrunt only when nothing works below it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path

# Terraform may be in the middle of creating a database, which it waits for before it stops.
GRACE = 60.0

_LOOK_EVERY = 0.2


async def end(
    process: asyncio.subprocess.Process, grace: float = GRACE, *, passes_on: bool = False
) -> None:
    """Interrupt the group that the process leads, wait for `grace` seconds, then kill what is left.

    The process must have been started as the leader of its own session. `passes_on`: it is one
    that passes signals on to what it runs.
    """
    if process.returncode is None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await (_interrupted_below(process) if passes_on else _interrupted(process))
    kill(process)
    await process.wait()


def kill(process: asyncio.subprocess.Process) -> None:
    """Kill the whole group, also what outlived its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _interrupted(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    await process.wait()


async def _interrupted_below(process: asyncio.subprocess.Process) -> None:
    """Interrupt each member once, the leader only when it is alone."""
    told: set[int] = set()
    while process.returncode is None:
        below = await asyncio.to_thread(members, process.pid) - {process.pid}
        for pid in (below or {process.pid}) - told:
            told.add(pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await process.wait()


def members(group: int) -> set[int]:
    """The processes of a group that still run."""
    try:
        return {int(pid) for pid, of, state in _listed() if of == str(group) and state != "Z"}
    except OSError:
        return set()


def _listed() -> list[tuple[str, str, str]]:
    """(pid, group, state) of all processes."""
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-axo", "pid=,pgid=,stat="]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        rows = (line.split() for line in done.stdout.splitlines())
        return [(pid, group, state[:1]) for pid, group, state in rows]
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                # proc(5): after the name in parentheses come state, parent and group.
                state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                found.append((folder.name, group, state))
    return found
