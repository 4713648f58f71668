"""Terraform's library as a program: the same words, exit codes and signals as Terraform's own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import trunkline

CODE = """\
resource "terraform_data" "first" {
  input = "a"
}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "sleep 600" }
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(CODE)
    return tmp_path


def env(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(folder), "CHECKPOINT_DISABLE": "1"}


def asked(program: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [program, *words]
    return subprocess.run(
        command, cwd=folder, env=env(folder), capture_output=True, text=True, timeout=120
    )


def test_words_outputs_and_exit_codes(terraform_library: Path, folder: Path) -> None:
    assert asked(terraform_library, folder, "version").stdout.startswith("Terraform v1.")
    assert asked(terraform_library, folder, "init", "-no-color").returncode == 0
    plan = ("plan", "-no-color", "-detailed-exitcode", "-out=plan")
    assert asked(terraform_library, folder, *plan).returncode == 2
    shown = json.loads(asked(terraform_library, folder, "show", "-json", "plan").stdout)
    assert len(shown["resource_changes"]) == 2
    (folder / "more.tf").write_text("nonsense")
    failed = asked(terraform_library, folder, "validate", "-no-color")
    assert failed.returncode == 1
    assert "on more.tf line 1" in failed.stderr and failed.stdout == ""


def test_an_interrupt_ends_it_in_good_order(terraform_library: Path, folder: Path) -> None:
    asked(terraform_library, folder, "init")
    words = ("apply", "-auto-approve", "-no-color")
    process = subprocess.Popen(
        [terraform_library, *words], cwd=folder, env=env(folder), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "Executing" in line:
            process.send_signal(signal.SIGINT)
            break
    assert "Gracefully shutting down" in process.stdout.read()
    assert process.wait(120) == 1
    state = json.loads((folder / "terraform.tfstate").read_text())
    assert "first" in [one["name"] for one in state["resources"]]


def test_without_the_wheel_it_says_what_to_install(tmp_path: Path) -> None:
    """`-S` leaves out what is installed."""
    start = "from trunkline.edge.programs.library import main; main()"
    done = subprocess.run(
        [sys.executable, "-S", "-c", start, "version"],
        env={"PYTHONPATH": str(Path(trunkline.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "pip install 'trunkline[terraform]'" in done.stderr
