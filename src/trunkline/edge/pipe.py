"""Reading what a program prints, apart from waiting for its end.

The pipes are ours rather than asyncio's: its wait for a process that has some ends, in several
versions of Python, only when they are closed, and what a program leaves running keeps them open.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

from trunkline.edge.captured import Captured

CHUNK = 2**18
LONGEST_LINE = 2**22

# What stays in the pipe when the program has ended is read at once, if nobody else writes to it.
_LAST_WORDS = 2.0


class Pipe:
    """One stream of a program: `end` is the side that it writes to."""

    def __init__(self, captured: Captured, heard: Callable[[str], None] | None = None) -> None:
        self.captured = captured
        self._heard = heard
        self._line = b""
        self._source, self.end = os.pipe()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Read from now on; the program has its own handle of the other side."""
        os.close(self.end)
        self._task = asyncio.get_running_loop().create_task(self._read())

    def abandon(self) -> None:
        """The program was not started."""
        os.close(self.end)
        os.close(self._source)

    async def finish(self) -> None:
        """Take the rest. Whoever still writes is not waited for."""
        assert self._task is not None
        await asyncio.wait({self._task}, timeout=_LAST_WORDS)
        self._task.cancel()
        await asyncio.wait({self._task})
        self._tell_last()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        stream = asyncio.StreamReader(limit=CHUNK)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(self._source, "rb", 0)
        )
        try:
            while data := await stream.read(CHUNK):
                self.captured.add(data)
                self._tell(data)
        finally:
            transport.close()

    def _tell(self, data: bytes) -> None:
        if self._heard is None:
            return
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            self._heard(line.decode(errors="replace"))
        if len(self._line) > LONGEST_LINE:
            self._tell_last()

    def _tell_last(self) -> None:
        if self._heard is not None and self._line:
            self._heard(self._line.decode(errors="replace"))
            self._line = b""
