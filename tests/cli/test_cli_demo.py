"""`trunkline demo` as a newcomer runs it: whole, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def test_the_demo_tells_its_story_and_all_ends_equal(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("trunkline")
    environment = {**os.environ, "HOME": str(tmp_path), "TRUNKLINE_CACHE": str(tmp_path / "c")}
    done = subprocess.run(
        [program, "demo", "--output", "json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    end = json.loads(done.stdout)
    assert len(end["components"]) == 28
    assert {(one["sync"], one["health"]) for one in end["components"]} == {("Synced", "Healthy")}
    assert "Healed: what Git says is what runs" in done.stderr
    assert "Traceback" not in done.stderr
