"""Which programs are alive since a time: one of them may hold what a dead one seems to."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from trunkline.edge.programs.left import PROC, living_since

YEAR = 365 * 24 * 3600.0
pytestmark = pytest.mark.skipif(not (PROC / "uptime").exists(), reason="it is asked of /proc")


def test_a_program_that_lives_since_a_time_is_found_by_its_name(tmp_path: Path) -> None:
    name = f"tofu-{tmp_path.name}"[-15:]
    program = tmp_path / name
    program.symlink_to("/bin/sleep")
    with subprocess.Popen([program, "3600"], cwd=tmp_path) as process:
        try:
            later = time.time() + YEAR
            assert living_since({name}, later) == (tmp_path,)
            assert living_since({name}, later - 2 * YEAR) == ()
            assert living_since({f"{name[:-1]}?"}, later) == ()
        finally:
            process.kill()
    assert living_since({name}, later) == ()
