"""Starting a program whose output is a value, and taking all that it prints or none of it.

This, like what it is made of, is no edge of its own but the ground under those that start programs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from trunkline.edge.captured import Captured
from trunkline.edge.pipe import Pipe

# What a program says of its errors is for a person to read.
ERRORS = 2**20


class Listener:
    """Takes what one program prints, `most` bytes of it. Close it when the program has ended."""

    def __init__(self, most: int) -> None:
        self._out = Pipe(Captured(most))
        self._err = Pipe(Captured(ERRORS))

    async def start(
        self, words: Sequence[str], environment: Mapping[str, str]
    ) -> asyncio.subprocess.Process:
        """The program, in a session of its own and asked nothing. Raises OSError."""
        try:
            process = await asyncio.create_subprocess_exec(
                *words,
                env=dict(environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=self._out.end,
                stderr=self._err.end,
                start_new_session=True,
            )
        except BaseException:
            self._out.abandon()
            self._err.abandon()
            raise
        self._out.start()
        self._err.start()
        return process

    async def close(self) -> None:
        """Take what is left. A helper that goes on and keeps the pipes open is not waited for."""
        await asyncio.gather(self._out.finish(), self._err.finish())

    @property
    def output(self) -> bytes | None:
        """What it printed; None where that was more than is taken."""
        return self._out.captured.whole

    @property
    def errors(self) -> str:
        return self._err.captured.text()
