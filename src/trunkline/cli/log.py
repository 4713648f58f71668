"""Lines of markup on a console, as the engine says them.

On a terminal each is painted at once. In a pipe those of a moment go out together, without colours:
whoever reads it would be woken for every line of thousands, while a sync waits for its turn.
"""

from __future__ import annotations

import asyncio

from rich.console import Console
from rich.markup import render

MOMENT = 0.05
"""Seconds that a line may be held back in a pipe."""


class Log:
    """End it with `flush`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._held: list[str] = []
        self._due: asyncio.TimerHandle | None = None

    def say(self, line: str) -> None:
        if self._console.color_system is not None:
            self._console.print(line)
            return
        self._held.append(line)
        if self._due is None:
            self._await_moment()

    def flush(self) -> None:
        """Write what is held back."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        held, self._held = self._held, []
        if held:
            self._console.file.write(render("\n".join(held), emoji=False).plain + "\n")
            self._console.file.flush()

    def _await_moment(self) -> None:
        try:
            self._due = asyncio.get_running_loop().call_later(MOMENT, self.flush)
        except RuntimeError:
            # Nobody would write it later.
            self.flush()
