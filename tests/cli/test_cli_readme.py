"""Every `trunkline` command of the README, typed in the example repository with its clusters."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trunkline.demo import demo_commit, write_repository

ROOT = Path(__file__).parents[2]
PROGRAM = str(Path(sys.executable).with_name("trunkline"))
COMMANDS = re.findall(r"^(trunkline [^#\n]+)", (ROOT / "README.md").read_text(), re.MULTILINE)

# What the README leaves for the reader to fill in.
MEANT = {"my-app": "console-eu", "main..HEAD": "HEAD~1..HEAD"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of somebody with the example repository and three practice clusters."""
    folder = tmp_path_factory.mktemp("readme")
    write_repository(folder / "repo")
    demo_commit(folder / "repo")
    kubeconfig = folder / "kubeconfig"
    environment = {
        **os.environ,
        "HOME": str(folder),
        "KUBECONFIG": str(kubeconfig),
        "TRUNKLINE_CACHE": str(folder / "cache"),
        "TRUNKLINE_REPO": str(folder / "repo"),
    }
    words = [PROGRAM, "sandbox", "--kubeconfig", str(kubeconfig)]
    serving = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 90
    while not kubeconfig.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield environment
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(60) == 0
    assert not kubeconfig.exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme(place: dict[str, str], command: str) -> None:
    words = [MEANT.get(word, word) for word in command.split()[1:]]
    done = subprocess.run([PROGRAM, *words], env=place, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()


def test_the_readme_shows_the_main_verbs() -> None:
    verbs = {command.split()[1] for command in COMMANDS}
    assert verbs >= {"components", "render", "plan", "sync", "status"}
