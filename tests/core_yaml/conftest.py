"""sigs.k8s.io/yaml itself, asked text by text: a Go program of a few lines, built in seconds."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gobuild import cache_folder, locked

MODULE = Path(__file__).parent / "oracle"

Oracle = Callable[[str], str]
"""A text's JSON, or `!` and the error."""


@pytest.fixture(scope="session")
def go_yaml() -> Iterator[Oracle]:
    go = shutil.which("go")
    if go is None:
        reason = "sigs.k8s.io/yaml is asked through Go, which is not on PATH"
        pytest.fail(reason) if os.environ.get("TRUNKLINE_REQUIRE_ALL") == "1" else pytest.skip(
            reason
        )
    program = cache_folder() / "yaml-oracle"
    program.parent.mkdir(parents=True, exist_ok=True)
    with locked(program.with_suffix(".lock"), print, "the oracle"):
        subprocess.run([go, "build", "-o", program, "."], cwd=MODULE, check=True)
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    questions, answers = process.stdin, process.stdout

    def asked(text: str) -> str:
        questions.write(base64.b64encode(text.encode()) + b"\n")
        questions.flush()
        return answers.readline().decode().rstrip("\n")

    yield asked
    questions.close()
    process.wait(10)
    answers.close()
