"""The git program beside others who use the same mirror."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from pathlib import Path

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
                other.wait(20)
            finally:
                other.kill()
