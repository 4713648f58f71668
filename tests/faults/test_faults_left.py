"""What a process that was killed left of secrets in clear: the next one removes it."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest

from trunkline.edge.fleeting import fleeting, sweep

HOLDER = """
import sys
from trunkline.edge.fleeting import fleeting
with fleeting("test") as folder:
    (folder / "key.pem").write_text("secret")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


async def holder() -> tuple[asyncio.subprocess.Process, Path]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, stdin=pipe, stdout=pipe
    )
    assert process.stdout is not None
    return process, Path((await process.stdout.readline()).decode().strip())


def made_long_ago(*folders: Path) -> None:
    for folder in folders:
        os.utime(folder, times=(time.time() - 3600,) * 2)


async def test_the_next_process_removes_what_a_killed_one_left(temporary: Path) -> None:
    killed, left = await holder()
    living, held = await holder()
    killed.kill()
    await killed.wait()
    strange = temporary / "trunkline-of-an-older-version"
    strange.mkdir()
    made_long_ago(left, held, strange)
    sweep(str(temporary))
    assert sorted(temporary.iterdir()) == sorted([held, strange])
    living.kill()
    await living.wait()


def test_a_folder_is_for_its_user_alone_and_ends_with_its_use() -> None:
    with fleeting("test") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_what_was_made_just_now_may_not_be_locked_yet(temporary: Path) -> None:
    young = temporary / "trunkline-test-x.held"
    young.mkdir()
    sweep(str(temporary))
    assert young.exists()
