"""How a watch is shown: lines as they come, JSON lines, or on a terminal a picture below the lines.

The picture says what one look must say: is everything equal to the branch, what is on the way,
what needs somebody, and since when. It is drawn anew only when something happened.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol, Self

import orjson
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from trunkline.cli.console import out
from trunkline.core import event
from trunkline.core.report.events import event_json, event_text, lasted, stands
from trunkline.core.report.paint import painter
from trunkline.core.status import ComponentStatus

# The picture is drawn at most this often, and shows at most so many components; in seconds.
DRAWN_EVERY = 0.2
SHOWN = 12
STYLES = {"good": "good", "place": "rail", "held": "held", "bad": "bad", "soft": "faint"}
SIGNS = {"good": "✓", "place": "●", "held": "‖", "bad": "!", "soft": "○"}


class Printer(AbstractContextManager["Printer"], Protocol):
    """A listener that prints."""

    def heard(self, one: event.Event) -> None: ...


class Written:
    """What goes to stdout as it happens."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        sys.stdout.flush()


class JsonLines(Written):
    """Each event is one line of JSON on stdout, with its time in Unix seconds."""

    def heard(self, one: event.Event) -> None:
        line = {"time": round(time.time(), 3), **event_json(one)}
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
        sys.stdout.flush()


class Lines(Written):
    """Each event is a plain line on stdout, after the time of day."""

    def heard(self, one: event.Event) -> None:
        if text := event_text(one, painter(False)):
            sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
            sys.stdout.flush()


class Picture:
    """Lines that scroll, and below them how all stands."""

    def __init__(self) -> None:
        self._console = out()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._board = Board()
        self._due: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._due:
            self._due.cancel()
        self._live.stop()
        self._console.print(self._board.__rich__())

    def heard(self, one: event.Event) -> None:
        self._board.heard(one)
        if text := event_text(one, painter(True)):
            clock = Text(f"{time.strftime('%H:%M:%S')} ", style="faint")
            self._console.print(clock.append_text(Text.from_ansi(text)))
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(DRAWN_EVERY, self._draw)

    def _draw(self) -> None:
        self._due = None
        self._live.update(self._board.__rich__(), refresh=True)


class Board:
    """What is known of the whole so far; it decides nothing."""

    def __init__(self) -> None:
        self._commit = ""
        self._subject = ""
        self._statuses: dict[tuple[str, str], ComponentStatus] = {}
        self._down: dict[str, event.ClusterDown] = {}
        self._waits: dict[tuple[str, str], str] = {}

    def heard(self, one: event.Event) -> None:
        if isinstance(one, event.CommitSeen):
            self._commit, self._subject = one.commit, one.subject
        elif isinstance(one, event.StatusSeen):
            self._statuses[one.status.id, one.status.cluster] = one.status
        elif isinstance(one, event.ClusterDown):
            self._down[one.cluster] = one
        elif isinstance(one, event.ClusterUp):
            self._down.pop(one.cluster, None)
        elif isinstance(one, event.Waiting):
            where = f"{one.ref}: " if one.ref else ""
            self._waits[one.id, one.cluster] = f"{where}{one.message}"
        elif isinstance(one, event.ComponentDone):
            self._waits.pop((one.result.id, one.result.cluster), None)

    def __rich__(self) -> RenderableType:
        return Group(Text(""), *self._lines())

    def _lines(self) -> Iterator[Text]:
        yield self._head()
        for name, down in sorted(self._down.items()):
            since = time.strftime("%H:%M", time.localtime(down.since))
            said = f"{name} does not answer since {since} ({lasted(time.time() - down.since)})"
            yield Text("! ", style="bad").append(said, style="bad")
        odd = [one for key, one in sorted(self._statuses.items()) if self._shown(key, one)]
        for one in odd[:SHOWN]:
            yield self._line(one)
        if len(odd) > SHOWN:
            yield Text(f"  … and {len(odd) - SHOWN} more", style="soft")

    def _head(self) -> Text:
        counts = Counter(stands(one)[1] for one in self._statuses.values())
        line = Text()
        for style, sign in SIGNS.items():
            if counts[style]:
                line.append(f"{sign} {counts[style]}  ", style=STYLES[style])
        return line.append(self._commit[:8], style="held").append(f" {self._subject}", style="soft")

    def _shown(self, key: tuple[str, str], one: ComponentStatus) -> bool:
        return stands(one)[1] != "good" or key in self._waits

    def _line(self, one: ComponentStatus) -> Text:
        style = stands(one)[1]
        message = self._waits.get((one.id, one.cluster)) or one.message or one.sync
        line = Text(f"{SIGNS[style]} ", style=STYLES[style])
        line.append(f"{one.cluster} ", style="soft").append(one.id, style="strong")
        line.append(f"  {message}", style="soft")
        line.no_wrap, line.overflow = True, "ellipsis"
        return line
