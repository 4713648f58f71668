"""Programs that a dead process left running: they are still at their work, and hold their locks."""

from __future__ import annotations

import contextlib
from pathlib import Path

PROC = Path("/proc")


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
