"""`trunkline demo` as a newcomer runs it: whole, in a process of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trunkline.cli.demo.cloud import programs_here

HIDDEN = ("TRUNKLINE_TOFU", "TRUNKLINE_TERRAFORM", "TRUNKLINE_TERRAGRUNT", "TG_TF_PATH")
PROGRAM = Path(sys.executable).with_name("trunkline")


def told(tmp_path: Path, **named: str) -> tuple[list[dict[str, Any]], str]:
    """How all components stand at the end, and the story."""
    machine = {name: one for name, one in os.environ.items() if name not in HIDDEN}
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


def test_without_terragrunt_the_region_is_made_by_terraforms_library(
    tmp_path: Path, terraform_library: Path
) -> None:
    assert terraform_library.exists()
    (tmp_path / "bin").mkdir()
    for one in ("git", "sh", "tar"):
        if found := shutil.which(one):
            (tmp_path / "bin" / one).symlink_to(found)
    end, story = told(tmp_path, PATH=str(tmp_path / "bin"))
    assert len(end) == 38
    assert {(one["sync"], one["health"]) for one in end} == {("Synced", "Healthy")}
    assert re.search(r"Terraform 1\.\S+ works alone, for Terragrunt is not here", story)
    assert "✓ infra/live/jp/edge       applied: 1 to create" in story


async def test_without_programs_for_infrastructure_that_act_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await programs_here(tmp_path) is None
