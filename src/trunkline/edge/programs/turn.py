"""Whose turn it is to write to the shared cache of providers.

Terraform says its cache is not safe for two `init` at a time: one would read what the other has
half unpacked. OpenTofu locks each provider in it (since 1.10), and may end in a panic all the same
where two of its inits meet at one that is not there yet. So an `init` that only links what is there
goes beside others, and one that fetches goes alone: of Terraform each whose providers are not all
there, of OpenTofu the first with this cache, and each that met another
(`core/infra/said.is_race`).
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
USED = ".used"
TRUST = "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"

_POLL = 0.05
_PINNED = re.compile(r'^provider "([^"]+)" \{\s*version\s*=\s*"([^"]+)"', re.MULTILINE)


@contextlib.asynccontextmanager
async def init_turn(program: Program, unit: Path, plugins: Path) -> AsyncIterator[bool]:
    """Wait until `init` may run for the folder `unit` with the cache `plugins`; whether it goes
    alone, because it may fetch.
    """
    with _turns(plugins) as file:
        await _taken(file, fcntl.LOCK_SH)
        if fetches := not _has_all(program, unit, plugins):
            fcntl.flock(file, fcntl.LOCK_UN)
            await _taken(file, fcntl.LOCK_EX)
            # Whoever went before may have fetched the same.
            fetches = not _has_all(program, unit, plugins)
        yield fetches
        (plugins / USED).touch()


@contextlib.asynccontextmanager
async def alone(plugins: Path) -> AsyncIterator[None]:
    """Wait until no other `init` runs with this cache."""
    with _turns(plugins) as file:
        await _taken(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _turns(plugins: Path) -> Iterator[TextIO]:
    plugins.mkdir(parents=True, exist_ok=True)
    with (plugins / ".turn").open("w") as file:
        yield file


def trust_in_cache(program: Program, *, pinned: bool) -> dict[str, str]:
    """The variable by which what is in the cache is taken as it is, where a unit pins nothing.

    Without it each `init` of such a unit fetches its providers anew, and takes away for a moment
    what plans of other units are about to start. With a lock file OpenTofu compares the hashes
    all the same, but Terraform would refuse a file that was written on another system.
    """
    return {TRUST: "0" if pinned and not locks_by_itself(program) else "1"}


def locks_by_itself(program: Program) -> bool:
    return program.kind == "tofu" and Version.parse(program.version).order >= LOCKS_SINCE.order


def _has_all(program: Program, unit: Path, plugins: Path) -> bool:
    """Whether an `init` finds in the cache what it needs, as far as that matters."""
    return is_used(plugins) if locks_by_itself(program) else all_there(unit, plugins)


def is_used(plugins: Path) -> bool:
    """Whether an `init` ended with this cache before."""
    return (plugins / USED).exists()


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
