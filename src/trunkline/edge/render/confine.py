"""Shutting a renderer in before it sees what an attacker may have written.

On Linux: namespaces of its own for users, network and IPC (no network card, not even loopback),
Landlock (it reads Python and the system's libraries, nothing else), resource limits, an empty
environment. Elsewhere: resource limits, an empty environment and a private folder.

Namespaces and Landlock bind the calling thread and its later children, so a worker calls this
while it has one thread, before the Helm library (whose Go runtime starts its own) is loaded.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000

SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64")


def confine(
    *, memory: int, writable: Iterable[Path] = (), programs: Iterable[Path] = ()
) -> tuple[str, ...]:
    """Shut this process in; the answer names what holds: `namespaces`, `landlock`, `limits`.

    `memory` is in bytes; `writable` folders may be read and written, `programs` executed.
    """
    held = []
    if sys.platform == "linux":
        if _namespaces():
            held.append("namespaces")
        if _landlock(tuple(writable), tuple(programs)):
            held.append("landlock")
    _limits(memory)
    os.environ.clear()
    return (*held, "limits")


def _namespaces() -> bool:
    """Leave the network: a new network namespace has no interface that is up."""
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) == 0)


def _landlock(writable: tuple[Path, ...], programs: tuple[Path, ...]) -> bool:
    from py_landlock import AccessFs, Landlock, LandlockError

    folders = sorted(one for one in {*_python_folders(), *SYSTEM} if Path(one).is_dir())
    read, null = AccessFs.READ_FILE, Path(os.devnull)
    try:
        rules = Landlock(strict=False).allow_read(*folders)
        rules.add_path_rule(null, access=read | AccessFs.WRITE_FILE)
        if writable:
            rules.allow_read_write(*writable)
        if programs:
            rules.allow_execute(*(one for one in SYSTEM if Path(one).is_dir()))
            rules.add_path_rule(*programs, access=read | AccessFs.EXECUTE)
        rules.apply()
    except (LandlockError, OSError):
        return False
    return True


def _python_folders() -> set[str]:
    paths = sysconfig.get_paths()
    found = {paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib")}
    return found | {str(Path(__file__).parents[3]), sys.base_prefix + "/lib"}


def _limits(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
