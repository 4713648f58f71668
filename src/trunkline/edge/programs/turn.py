"""Whose turn it is to write to the shared cache of providers.

OpenTofu locks each provider in it (since 1.10); where two of its inits meet all the same, whoever
runs them asks once more (`core/infra/said.is_cache_race`). Terraform says its cache is not safe
for two `init` at a time: one would read what the other has half unpacked. So an `init` that only
links what is there goes beside others, and one that fetches goes alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TextIO

from trunkline.core.semver import Version
from trunkline.edge.programs.found import Program

LOCKS_SINCE = Version.parse("1.10.0")
LOCK_FILE = ".terraform.lock.hcl"
TRUST = "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"

_POLL = 0.05
_PINNED = re.compile(r'^provider "([^"]+)" \{\s*version\s*=\s*"([^"]+)"', re.MULTILINE)


@contextlib.asynccontextmanager
async def init_turn(program: Program, unit: Path, plugins: Path) -> AsyncIterator[None]:
    """Wait until `init` may run in the folder `unit` with the cache `plugins`."""
    if locks_by_itself(program):
        yield
        return
    plugins.mkdir(parents=True, exist_ok=True)
    with (plugins / ".turn").open("w") as file:
        await _taken(file, fcntl.LOCK_SH)
        if not all_there(unit, plugins):
            fcntl.flock(file, fcntl.LOCK_UN)
            await _taken(file, fcntl.LOCK_EX)
        yield


def trust_in_cache(program: Program, *, pinned: bool) -> dict[str, str]:
    """The variable by which what is in the cache is taken as it is, where a unit pins nothing.

    Without it each `init` of such a unit fetches its providers anew, and takes away for a moment
    what plans of other units are about to start. With a lock file OpenTofu compares the hashes
    all the same, but Terraform would refuse a file that was written on another system.
    """
    return {TRUST: "0" if pinned and not locks_by_itself(program) else "1"}


def locks_by_itself(program: Program) -> bool:
    return program.kind == "tofu" and Version.parse(program.version).order >= LOCKS_SINCE.order


def all_there(unit: Path, plugins: Path) -> bool:
    """Whether the cache holds every provider that the unit's lock file pins."""
    try:
        text = (unit / LOCK_FILE).read_text(errors="replace")
    except OSError:
        return False
    return all((plugins / place).is_dir() for place in _places(text))


def _places(text: str) -> Iterator[str]:
    for address, version in _PINNED.findall(text):
        yield f"{address}/{version}"


async def _taken(file: TextIO, kind: int) -> None:
    """Asked for again and again, so that a wait can be cancelled."""
    while True:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            await asyncio.sleep(_POLL)
