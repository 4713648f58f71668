"""`trunkline demo` as a newcomer runs it: whole, in a process of its own."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from trunkline.cli.demo.cloud import programs_here

HIDDEN = ("TRUNKLINE_TOFU", "TRUNKLINE_TERRAFORM", "TRUNKLINE_TERRAGRUNT", "TG_TF_PATH")
NAMES = ("NAME", "EMAIL")
LAST = "Ctrl-C ends it; nothing of it stays.\n"
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


def test_the_demo_tells_its_story_and_what_it_says_to_try_works(
    tmp_path: Path, tofu: Path, terragrunt: Path
) -> None:
    cache = tmp_path / "c"
    for program in (tofu, terragrunt):
        built = cache / program.name / "built"
        built.mkdir(parents=True)
        (built / program.name).symlink_to(program)
    story, said = kept(tmp_path)
    assert "Healed: what Git says is what runs" in story
    assert len(re.findall(r"objects in [\d.]+ s\n\n[●✓]", story)) == 4
    assert "✓ infra/live/jp/edge       applied: 1 created" in story
    assert "✓ Synced  ✓ Healthy  38 of 38 components are equal to" in story
    assert "38 of 38 are equal to" in said
    assert "console-ap in ap\n  + Deployment.apps console/console-web" in said
    assert "+  maxReplicas: 12" in said
    assert said.count("\n✓ 2") == 2, said
    assert "size: small → huge" in said
    assert "✓ infra/live/jp/databases  applied: 1 updated" in said


def kept(home: Path) -> tuple[str, str]:
    """The story, and what comes of all that it says to try."""
    hidden = (*HIDDEN, "TRUNKLINE_STORE", "KUBECONFIG")
    machine = {name: one for name, one in os.environ.items() if name not in hidden}
    someone = {f"GIT_{one}_{what}": "me" for one in ("AUTHOR", "COMMITTER") for what in NAMES}
    machine |= {"HOME": str(home), "TRUNKLINE_CACHE": str(home / "c"), **someone}
    with subprocess.Popen(
        [PROGRAM, "demo", "--keep"], env=machine, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        try:
            story = "".join(itertools.takewhile(lambda line: line != LAST, demo.stdout))
            script = "set -e\n" + story.partition("In another terminal:\n")[2]
            tried = subprocess.run(
                ["bash", "-c", script], env=machine, capture_output=True, text=True, timeout=200
            )
        finally:
            demo.send_signal(signal.SIGINT)
    assert tried.returncode == 0, f"{tried.stdout[-2000:]}\n{tried.stderr[-2000:]}"
    return story, tried.stdout


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
    assert "✓ infra/live/jp/edge       applied: 1 created" in story


async def test_without_programs_for_infrastructure_that_act_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in HIDDEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await programs_here(tmp_path) is None
