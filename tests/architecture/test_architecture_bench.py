"""The programs of `bench/` are not run by the tests: at least what they stand on is still there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_program_of_bench_loads() -> None:
    files = sorted((ROOT / "bench").rglob("*.py"))
    names = [".".join(one.relative_to(ROOT).with_suffix("").parts) for one in files]
    assert "bench.parity.__main__" in names
    code = f"import {', '.join(names)}"
    path = {"PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=path)
    assert done.returncode == 0, done.stderr
