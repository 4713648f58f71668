"""Programs that a dead process left running: they are still at their work, and hold their locks."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Collection
from pathlib import Path

PROC = Path("/proc")
# So much of a program's name the system keeps; a zombie waits for its parent only (proc(5)).
COMM = 15
DEAD = "ZX"


def left_in(*folders: Path) -> tuple[int, ...]:
    """The ids of the processes that work in one of these folders or below; () where the system
    does not tell (macOS).
    """
    roots = [folder.resolve() for folder in folders]
    found = []
    for one in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            here = (one / "cwd").readlink()
            if any(here.is_relative_to(root) for root in roots):
                found.append(int(one.name))
    return tuple(sorted(found))


def living_since(names: Collection[str], when: float) -> tuple[Path, ...]:
    """Where programs of these names work that were there at a time, in Unix seconds, and are still;
    () where the system does not tell (macOS), and of another user's.
    """
    short = {one[:COMM] for one in names}
    found = []
    for one in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            _, _, rest = (one / "stat").read_text(errors="replace").partition("(")
            name, _, rest = rest.rpartition(")")
            state, *fields = rest.split()
            if name in short and state not in DEAD and _begun(float(fields[18])) <= when:
                found.append((one / "cwd").readlink())
    return tuple(sorted(found))


def _begun(ticks: float) -> float:
    """The Unix time so many ticks after the system was started."""
    up = float((PROC / "uptime").read_text().split()[0])
    return time.time() - up + ticks / os.sysconf("SC_CLK_TCK")
