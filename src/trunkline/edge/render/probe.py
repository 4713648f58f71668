"""What confines a renderer on this machine, found out by shutting a process in."""

from __future__ import annotations

import subprocess
import sys

_QUESTION = (
    "from trunkline.edge.render.confine import confine\nprint(','.join(confine(memory=1 << 30)))\n"
)


def confinement() -> tuple[str, ...]:
    """The names of what holds here: `namespaces`, `landlock`, `limits`; () if none can be tried."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _QUESTION], capture_output=True, text=True, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(one for one in done.stdout.strip().split(",") if one)
