"""Who holds something, and whether the process that does still lives.

A pid alone is not enough: it is used again. A process is known by the boot of its machine, its
pid namespace (a container's pids mean nothing outside), its pid and the moment it started.
"""

from __future__ import annotations

import functools
import getpass
import os
import platform
import socket
from pathlib import Path

from msgspec import Struct

PROC = Path("/proc")
DEAD = frozenset("ZX")  # a zombie waits for its parent only (proc(5), field `state`)


class Process(Struct, frozen=True):
    """`machine` names the boot and the pid namespace, `started` is "" where the system hides it."""

    machine: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.machine}/{self.pid}/{self.started}"

    @property
    def is_dead(self) -> bool:
        """Whether it certainly lives no more; a process of another machine is never certain."""
        if self.machine != this_machine():
            return False
        return started_at(self.pid) != self.started

    @classmethod
    def parsed(cls, text: str) -> Process:
        machine, _, rest = text.partition("/")
        pid, _, started = rest.partition("/")
        return cls(machine, int(pid) if pid.isdecimal() else 0, started)


def person() -> str:
    """Who runs this process, and on which machine. In a container a user may have no name, only a
    number.
    """
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"


def this_process() -> Process:
    return _alive(os.getpid())


@functools.cache
def _alive(pid: int) -> Process:
    """This process by its pid, which a fork changes; what else is known of it stays."""
    return Process(this_machine(), pid, started_at(pid) or "")


def started_at(pid: int) -> str | None:
    """The moment the process started, in the system's ticks since boot; None if it is dead."""
    try:
        # The name, in brackets, may hold blanks and brackets; state is the field after it.
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return _answers(pid)
    return None if fields[0] in DEAD else fields[19]


def _answers(pid: int) -> str | None:
    """Where there is no /proc (macOS) a signal that does nothing tells whether the pid is used."""
    if PROC.joinpath("self").exists():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        pass
    return ""


@functools.cache
def this_machine() -> str:
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{(PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return platform.node()
