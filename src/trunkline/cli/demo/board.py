"""The board of a running sync: a line per component, with a station for each cluster on it.

It listens to the engine's events and draws what they say; it decides nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from msgspec import Struct, field
from rich.console import Group, RenderableType
from rich.text import Text

from trunkline.cli.signs import ARRIVED, FAILED, GOING, WAITING
from trunkline.core import event
from trunkline.core.manifest import Ref
from trunkline.core.run import ComponentResult, Outcome

# Of a station on the line, in characters.
STATION = 16


class Station(Struct):
    """One component in one cluster; `written` of `total` objects are, each however often it was."""

    written: set[Ref] = field(default_factory=set)
    total: int = 0
    result: ComponentResult | None = None
    begun: bool = False

    @property
    def done(self) -> int:
        return len(self.written)

    def drawn(self) -> Text:
        sign, style, words = self._words()
        text = Text("──", style="faint").append(sign, style=style)
        text.append(f" {words} " if words else "", style=style if words else "")
        return text.append("─" * max(STATION - text.cell_len, 1), style="faint")

    def _words(self) -> tuple[str, str, str]:
        if self.result is None:
            if not self.begun:
                return WAITING, "faint", ""
            return GOING, "rail", f"{self.done}/{self.total}" if self.total else "…"
        if self.result.outcome is Outcome.SUCCEEDED:
            return ARRIVED, "good", f"{self.done} applied" if self.done else ""
        return FAILED, "bad", self.result.outcome.value


class Board:
    """A listener that is a picture: give its `heard` to the engine and show it in a `Live`."""

    def __init__(self, clusters: Sequence[str]) -> None:
        self._clusters = tuple(clusters)
        self._rows: dict[str, dict[str, Station]] = {}
        self._said = ""
        self._begun = time.monotonic()

    @property
    def applied(self) -> int:
        """How many objects were written so far, hooks included."""
        return sum(one.done for row in self._rows.values() for one in row.values())

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._begun

    def heard(self, one: event.Event) -> None:
        if isinstance(one, event.Progress):
            self._said = f"{one.activity} {one.done}/{one.total}" if one.total else one.activity
        elif isinstance(one, event.RunStarted):
            self._said = ""
            for component, cluster in one.components:
                self._at(component, cluster)
        elif isinstance(one, event.ComponentStarted):
            station = self._at(one.id, one.cluster)
            station.begun, station.total = True, one.objects
        elif isinstance(one, event.StepDone):
            self._stepped(one)
        elif isinstance(one, event.Waiting):
            where = f"{one.ref} " if one.ref else ""
            self._said = f"{one.cluster}: {where}{one.message}"
        elif isinstance(one, event.ComponentDone):
            self._at(one.result.id, one.result.cluster).result = one.result

    def __rich__(self) -> RenderableType:
        heads = "".join(f"  {name:<{STATION - 2}}" for name in self._clusters)
        lines = [Text(f"  {'':<14}{heads}", style="soft")]
        lines += [self._line(name) for name in self._rows if self._shown(name)]
        lines.append(Text(f"  {self._said}", style="soft", overflow="ellipsis", no_wrap=True))
        return Group(*lines)

    def finish(self) -> None:
        """The last picture: nothing is waited for any more."""
        self._said = f"{self.applied} objects in {self.seconds:.1f} s"

    def _line(self, name: str) -> Text:
        line = Text(f"  {name:<14}")
        for cluster in self._clusters:
            station = self._rows[name].get(cluster)
            line.append_text(station.drawn() if station else Text("┄" * STATION, style="faint"))
        return line

    def _shown(self, name: str) -> bool:
        """A component of one cluster that has nothing to write, an app of apps, needs no line."""
        row = self._rows[name].values()
        return len(row) > 1 or any(one.total or not one.result for one in row)

    def _stepped(self, one: event.StepDone) -> None:
        step = one.step
        if step.verb != "wait" and step.outcome is Outcome.SUCCEEDED:
            self._at(step.component, step.cluster).written.add(step.ref)

    def _at(self, component: str, cluster: str) -> Station:
        """The station; components that differ only by their cluster share a line."""
        row = component.removesuffix(f"-{cluster}")
        return self._rows.setdefault(row, {}).setdefault(cluster, Station())
