"""`trunkline demo` as a newcomer runs it: whole, in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).with_name("trunkline")


def told(tmp_path: Path, **named: str) -> tuple[list[dict[str, Any]], str]:
    """How all components stand at the end, and the story."""
    hidden = ("TRUNKLINE_TOFU", "TRUNKLINE_TERRAGRUNT", "TG_TF_PATH")
    machine = {name: one for name, one in os.environ.items() if name not in hidden}
    ours = {"HOME": str(tmp_path), "TRUNKLINE_CACHE": str(tmp_path / "c")}
    done = subprocess.run(
        [PROGRAM, "demo", "--output", "json"],
        env={**machine, **ours, **named},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    return json.loads(done.stdout)["components"], done.stderr


def test_the_demo_tells_its_story_and_all_ends_equal(
    tmp_path: Path, tofu: Path, terragrunt: Path
) -> None:
    end, story = told(tmp_path, TRUNKLINE_TOFU=str(tofu), TRUNKLINE_TERRAGRUNT=str(terragrunt))
    assert len(end) == 38
    assert {(one["sync"], one["health"]) for one in end} == {("Synced", "Healthy")}
    assert "Healed: what Git says is what runs" in story
    assert "✓ infra/live/jp/edge       applied: 1 to create" in story


def test_without_programs_for_infrastructure_that_act_is_left_out(tmp_path: Path) -> None:
    programs = [one for one in ("git", "sh", "tar") if shutil.which(one)]
    (tmp_path / "bin").mkdir()
    for one in programs:
        (tmp_path / "bin" / one).symlink_to(str(shutil.which(one)))
    end, story = told(tmp_path, PATH=str(tmp_path / "bin"))
    assert len(end) == 28
    assert {(one["sync"], one["health"]) for one in end} == {("Synced", "Healthy")}
    assert "is left out here: neither OpenTofu nor Terraform with Terragrunt is on PATH" in story
