"""What the engine says, in a pipe: in order, without colours, soon, and whole at the end."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from trunkline.cli.log import Log

WAIT = 30.0


class Pipe(io.StringIO):
    """Tells of each flush."""

    def __init__(self) -> None:
        super().__init__()
        self.flushed = asyncio.Event()

    def flush(self) -> None:
        super().flush()
        self.flushed.set()


@pytest.fixture
def pipe() -> Pipe:
    return Pipe()


@pytest.fixture
def log(pipe: Pipe) -> Log:
    return Log(Console(file=pipe))


def test_lines_are_whole_in_order_and_without_colours(log: Log, pipe: Pipe) -> None:
    async def said() -> None:
        log.say("[good]✓[/] apply ConfigMap a\\[1]")
        log.say("[bad]![/] apply ConfigMap b")
        log.flush()

    asyncio.run(said())
    assert pipe.getvalue() == "✓ apply ConfigMap a[1]\n! apply ConfigMap b\n"


def test_a_line_is_written_though_nobody_asks(log: Log, pipe: Pipe) -> None:
    async def waited() -> None:
        log.say("waits")
        async with asyncio.timeout(WAIT):
            await pipe.flushed.wait()

    asyncio.run(waited())
    assert pipe.getvalue() == "waits\n"


def test_without_a_loop_a_line_is_written_at_once(log: Log, pipe: Pipe) -> None:
    log.say("at once")
    assert pipe.getvalue() == "at once\n"


def test_a_terminal_gets_each_line_at_once(pipe: Pipe) -> None:
    log = Log(Console(file=pipe, force_terminal=True, color_system="standard"))

    async def said() -> None:
        log.say("[bold]now[/]")
        assert "now" in pipe.getvalue()

    asyncio.run(said())
