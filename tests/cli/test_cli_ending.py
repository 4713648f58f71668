"""How the program ends: at once, and with everything said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TRUNKLINE = Path(sys.executable).parent / "trunkline"
# A program with something to do at its end, and a thread that may still work then.
PROGRAM = """\
import atexit, sys, threading, time
from trunkline.cli.main import main
atexit.register(lambda: print("the end was heard"))
if {works}:
    threading.Thread(target=lambda: (time.sleep(1), print("the work was done"))).start()
sys.argv = ["trunkline", {verb!r}]
main()
"""


def ended(verb: str, *, works: bool = False) -> subprocess.CompletedProcess[str]:
    code = PROGRAM.format(verb=verb, works=works)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_what_is_registered_for_the_end_is_called_and_everything_is_printed() -> None:
    done = ended("schema")
    assert done.returncode == 0
    assert done.stdout.startswith("{")
    assert done.stdout.endswith("}\nthe end was heard\n")


def test_the_exit_code_is_the_verbs() -> None:
    assert ended("nonesuch").returncode == 2


def test_a_thread_that_works_is_waited_for() -> None:
    assert ended("version", works=True).stdout.endswith("the work was done\nthe end was heard\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("verb", ["version", "schema", "--help"])
def test_what_cannot_be_printed_is_told_in_a_line(verb: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([TRUNKLINE, verb], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "! No space left on device\n")
