"""Ending a program so that it can put its house in order first.

Terraform and OpenTofu take one SIGINT as "stop, write the state, free the lock", and a second one
as "stop now", which may lose state. Terragrunt passes a signal that it gets itself on to the
program below it after 15 seconds, as the second one, and kills that program after 30. So whoever
works below Terragrunt is told, and Terragrunt only when nothing works below it.

And whoever is told hears it before what it started does. An apply whose script ends in the same
moment as the interrupt comes is done before it is stopped; the stop then writes a local state once
more, and the process may end between emptying its file and filling it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

# Terraform may be in the middle of creating a database, which it waits for before it stops.
GRACE = 60.0

# How much sooner a program hears of it than what it started, in seconds.
SOONER = 3.0

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
                await _interrupted(process, passes_on=passes_on)
    kill(process)
    await process.wait()


def kill(process: asyncio.subprocess.Process) -> None:
    """Kill the whole group, also what outlived its leader."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


async def _interrupted(process: asyncio.subprocess.Process, *, passes_on: bool) -> None:
    """Interrupt each member once, and wait for the leader's end."""
    told: dict[int, float] = {}
    if not passes_on:
        _tell(process.pid, told)
    while process.returncode is None:
        group = await asyncio.to_thread(members, process.pid)
        for pid in _due(group, process.pid, told, passes_on=passes_on):
            _tell(pid, told)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_EVERY):
                await process.wait()


def _tell(pid: int, told: dict[int, float]) -> None:
    told[pid] = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)


def _due(
    group: Mapping[int, int], leader: int, told: Mapping[int, float], *, passes_on: bool
) -> list[int]:
    """Who is to be told now: who was started by one that knows it for long enough, or that is gone;
    the leader that passes signals on only when it is alone, and who it started at once.
    """
    before = time.monotonic() - SOONER
    knowing = {pid for pid, when in told.items() if when <= before}
    if passes_on:
        if not group.keys() - {leader}:
            return [] if leader in told else [leader]
        knowing.add(leader)
    untold = (group.keys() - told.keys()) - {leader}
    return [pid for pid in sorted(untold) if group[pid] in knowing or group[pid] not in group]


def members(group: int) -> dict[int, int]:
    """The processes of a group that still run, each with the one that started it."""
    try:
        listed = _listed()
    except OSError:
        return {}
    found = (one for one in listed if one[2] == str(group) and one[3] != "Z")
    return {int(pid): int(parent) for pid, parent, _, _ in found}


def _listed() -> list[tuple[str, str, str, str]]:
    """(pid, parent, group, state) of all processes."""
    if not Path("/proc/self/stat").exists():
        command = ["ps", "-axo", "pid=,ppid=,pgid=,stat="]
        done = subprocess.run(command, capture_output=True, text=True, timeout=10)
        rows = (line.split() for line in done.stdout.splitlines())
        return [(pid, parent, group, state[:1]) for pid, parent, group, state in rows]
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                # proc(5): after the name in parentheses come state, parent and group.
                state, parent, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                found.append((folder.name, parent, group, state))
    return found
