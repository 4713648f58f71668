"""What the engine says, shown on stderr while it works: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from trunkline.cli.console import err, escape
from trunkline.cli.log import Log
from trunkline.cli.signs import sign, state
from trunkline.core import event
from trunkline.core.run import Outcome
from trunkline.edge.render.renderer import Statistics

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

# What takes less than this needs no bar; in seconds.
QUICK = 0.4


class Progress:
    """A listener for the engine's events. A context: bars vanish when it is left.

    `downs`: clusters that cannot be asked are told here, for no result does it.
    """

    def __init__(self, *, quiet: bool = False, downs: bool = True) -> None:
        self._console = err()
        self._log = Log(self._console)
        self._quiet = quiet
        self._downs = downs
        self._bars: Bars | None = None
        self._tasks: dict[str, tuple[TaskID, int]] = {}
        self._begun = time.monotonic()
        self._told: set[str] = set()
        self._waiting: dict[tuple[str, str], str] = {}

    def __enter__(self) -> Progress:
        self.begin()
        return self

    def begin(self) -> None:
        """Show what is heard from now on, also after a stop."""
        if self._console.is_terminal and not self._quiet:
            # Nobody who reads a pipe should wait for what only a terminal shows.
            from trunkline.cli.bars import bars

            self._tasks.clear()
            self._bars = bars(self._console)
            self._bars.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the bars, so that results can be printed."""
        if self._bars:
            self._bars.stop()
            self._bars = None
        self._log.flush()

    def tell_renders(self, renders: Statistics) -> None:
        """How often the cache spared a render, for whoever watches."""
        asked = renders.hits + renders.misses
        if asked and self._console.is_terminal and not self._quiet:
            share = 100 * renders.hits / asked
            self._console.print(f"[faint]{asked} renders, {share:.0f} % from the cache[/]")

    def heard(self, one: event.Event) -> None:
        if isinstance(one, event.Progress):
            self._advance(one.activity, one.done, one.total)
        elif isinstance(one, event.ClusterDown):
            self._told.add(one.message)
            if self._downs:
                self._say(f"[bad]![/] {escape(one.message)}")
        elif isinstance(one, event.RunStarted):
            self._advance("syncing", 0, len(one.components))
        elif isinstance(one, event.Waiting):
            self._waits(one)
        elif isinstance(one, event.StepDone):
            self._stepped(one)
        elif isinstance(one, event.ComponentDone):
            self._done(one)

    def _advance(self, activity: str, done: int, total: int, said: str = "") -> None:
        if not self._bars:
            return
        late = time.monotonic() - self._begun > QUICK
        if activity not in self._tasks:
            task = self._bars.add_task(activity, total=total or None, said=said, visible=late)
            self._tasks[activity] = (task, done)
        task, _ = self._tasks[activity]
        self._tasks[activity] = (task, done)
        over = total > 0 and done >= total
        self._bars.update(
            task, completed=done, total=total or None, said=said, visible=late and not over
        )

    def _waits(self, one: event.Waiting) -> None:
        if not self._bars or "syncing" not in self._tasks:
            return
        where = f"{one.ref}: " if one.ref else ""
        task, _ = self._tasks["syncing"]
        self._bars.update(
            task, said=escape(f"{one.id} in {one.cluster}: {where}{one.message}"), visible=True
        )

    def _stepped(self, one: event.StepDone) -> None:
        step = one.step
        wave = f" wave {step.wave}" if step.wave else ""
        line = (
            f"{sign(step.outcome.value)} [soft]{escape(step.cluster)}[/] {escape(step.component)}  "
            f"{step.verb} {escape(str(step.ref))} [faint]{step.phase}{wave}[/]"
        )
        if step.message:
            line += f"\n  [bad]{escape(step.message)}[/]"
        self._say(line)

    def _done(self, one: event.ComponentDone) -> None:
        if "syncing" in self._tasks and self._bars:
            task, done = self._tasks["syncing"]
            self._tasks["syncing"] = (task, done + 1)
            self._bars.update(task, completed=done + 1, visible=True)
        result = one.result
        # That a cluster is down is said once, not for each component that it should hold.
        if result.outcome is not Outcome.SUCCEEDED and result.message not in self._told:
            self._say(
                f"{state(result.outcome.value)} [strong]{escape(result.id)}[/] in "
                f"{escape(result.cluster)}: {escape(result.message)}"
            )

    def _say(self, line: str) -> None:
        if not self._quiet:
            self._log.say(line)
