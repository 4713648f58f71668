"""What ends a verb lets its programs end in good order, however often it is sent."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

VERB = """\
import os
import signal
from pathlib import Path
from trunkline.cli.running import run
from trunkline.edge.programs import run as programs

# A shell's `&` has all below it ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)

SCRIPT = '''
trap 'echo x > told; until test -e go; do sleep 0.05; done; echo done > state; exit 1' INT
echo x > started; while :; do sleep 0.05; done
'''

async def verb():
    await programs.run(["sh", "-c", SCRIPT], Path.cwd(), dict(os.environ), timeout=600)

run(verb())
"""


async def there(file: Path) -> None:
    async with asyncio.timeout(60):
        while not file.exists():  # noqa: ASYNC110 - of another process
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
async def test_who_runs_jobs_may_send_a_sigterm_after_it(
    tmp_path: Path, first: signal.Signals
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", VERB), cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    await there(tmp_path / "started")
    process.send_signal(first)
    await there(tmp_path / "told")
    for _ in range(2):
        process.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
    (tmp_path / "go").touch()
    await process.communicate()
    assert (tmp_path / "state").read_text() == "done\n"
