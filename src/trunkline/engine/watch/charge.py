"""What a keeper knows of one component in its cluster, between two looks at it."""

from __future__ import annotations

import asyncio
import time

from msgspec import Struct, field

from trunkline.core.component import Component
from trunkline.core.status import ComponentStatus
from trunkline.engine.sync.attempts import pause_of
from trunkline.engine.watch.glance import Notes
from trunkline.engine.watch.stage import Stage
from trunkline.engine.watch.wanted import Wanted

LONGEST_ROUND = 300.0


class Charge(Struct):
    """`stage` is the commit that the component and what it should be are taken from: a newer one
    may be known and not gone over to yet. `failure` is what the last sync failed with; `tries`
    counts the failed ones in a row.
    `missed`: it failed for a namespace or a kind that another component may bring. `not_before`
    is when it may be tried again, by `time.monotonic`. `newer` is set when a newer commit is to
    replace the sync that is under way. `rounds` counts the syncs that ended well and left something
    to be delivered all the same.
    """

    component: Component
    wanted: Wanted
    stage: Stage
    notes: Notes = field(default_factory=Notes)
    unfinished: bool = False
    failure: str = ""
    tries: int = 0
    rounds: int = 0
    missed: bool = False
    not_before: float = 0.0
    newer: asyncio.Event = field(default_factory=asyncio.Event)
    status: ComponentStatus | None = None

    @property
    def pause(self) -> float:
        """How long it is still to be left alone after a failure; in seconds."""
        return max(0.0, self.not_before - time.monotonic())

    def adopt(self, component: Component, wanted: Wanted, stage: Stage) -> None:
        """What it should be from now on; whatever failed before has nothing to do with it."""
        if not self.wanted.same(wanted):
            self.newer.set()
        self.keep(component, stage)
        self.wanted, self.rounds = wanted, 0
        self.forgive()

    def keep(self, component: Component, stage: Stage) -> None:
        """Another commit that gives the component the same objects."""
        self.component, self.stage = component, stage

    def forgive(self) -> None:
        """Let it be tried again at once."""
        self.failure, self.tries, self.not_before, self.missed = "", 0, 0.0, False

    def succeeded(self) -> None:
        """A sync ended well. If it ever leaves something to be done, it is no hot loop."""
        self.forgive()
        self.rounds += 1
        if self.rounds > 1:
            self.not_before = time.monotonic() + min(2.0 ** min(self.rounds, 20), LONGEST_ROUND)

    def misses(self, message: str) -> None:
        """It needs what another component may be about to bring: that is no failure yet."""
        self.failure, self.missed = message, True
        self.not_before = time.monotonic() + self.component.policy.retry.duration

    def failed(self, message: str, *, hopeless: bool = False, missed: bool = False) -> None:
        """Count a failed sync: the next one waits, without end where there is to be none."""
        retry = self.component.policy.retry
        self.failure, self.missed = message, missed
        used_up = hopeless or (0 <= retry.limit <= self.tries)
        seconds = float("inf") if used_up else pause_of(retry, self.tries)
        self.tries += 1
        self.not_before = time.monotonic() + seconds
