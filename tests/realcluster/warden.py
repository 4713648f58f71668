"""Keeps the processes of a control plane, and ends them whatever happens to its starter.

Run as a program: `python warden.py FOLDER`. Each line on standard input is a JSON list, the
command line of one process to start, or the name of a file, which is made when all processes
started so far have ended. An empty line ends every process and removes the folder, and so does
the end of the input, which comes even when the starter is killed. (`PR_SET_PDEATHSIG` would do the
same on Linux only, and fires when a thread of the starter ends.)
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path


def main(folder: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for line in sys.stdin:
            if not line.strip():
                break
            said = json.loads(line)
            if isinstance(said, str):
                end(processes)
                Path(said).touch()
            else:
                processes.append(started(said, folder))
    finally:
        end(processes)
        shutil.rmtree(folder, ignore_errors=True)


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in reversed(processes):
        process.kill()
    while processes:
        processes.pop().wait()


def started(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """A process in the folder; what it says goes to a log beside its data."""
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("ab") as file:
        return subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
