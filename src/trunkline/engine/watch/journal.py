"""The runs of a watch: one record for each burst of syncs, none for looking.

A commit that reaches two hundred components is one run, and so is the healing of one object. A run
begins with the first write and ends when no sync of it is under way. What is done in it meanwhile
is in the store a moment later.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.event import ComponentDone, Event, Listener, RunEnded, RunStarted
from trunkline.core.finding import Finding
from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.engine.records import Records
from trunkline.engine.run_id import new_run_id
from trunkline.engine.sync.trace import CUT, Trace, write_steps

# Syncs that begin within this time of a run's beginning join it; in seconds.
JOINED = 30.0
# A run ends this long after its last sync, so that one burst is one run.
LINGER = 0.3


class Burst(Struct):
    """A run under way. `begun` by the clock of `time.monotonic`; `stored` is set once the run is in
    the store, and `over` ends `writing`.
    """

    run: Run
    begun: float
    trace: Trace
    stored: asyncio.Event
    over: asyncio.Event
    writing: asyncio.Task[None]
    active: int = 0
    results: list[ComponentResult] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Journal:
    """Keeps the runs of one watch."""

    def __init__(self, records: Records, listener: Listener) -> None:
        self._records = records
        self.listener = listener
        self._open: dict[str, Burst] = {}
        """By commit, the run that syncs join."""
        self._going: dict[str, Burst] = {}
        """By id, all runs that have not ended."""
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = asyncio.Event()

    async def begin(self, commit: str, author: str) -> Burst:
        """Join the run of the commit that is open, or begin one. It is in the store then; who is
        cancelled before has no part in it.
        """
        burst = self._open.get(commit)
        if burst is None or time.monotonic() - burst.begun > JOINED:
            burst = self._open[commit] = self._burst(commit, author)
        burst.active += 1
        try:
            await burst.stored.wait()
        except BaseException:
            self._leave(burst)
            raise
        return burst

    def _burst(self, commit: str, author: str) -> Burst:
        run = Run(new_run_id(), "sync", commit, time.time(), author=author)
        trace, stored, over = Trace(self.listener), asyncio.Event(), asyncio.Event()
        writing = asyncio.create_task(
            self._written(run, trace, stored, over), name=f"steps of {run.id}"
        )
        self.listener(RunStarted(run, ()))
        burst = Burst(run, time.monotonic(), trace, stored, over, writing)
        self._going[run.id] = burst
        return burst

    async def _written(
        self, run: Run, trace: Trace, stored: asyncio.Event, over: asyncio.Event
    ) -> None:
        try:
            await self._records.begin(run)
        finally:
            stored.set()
        await write_steps(self._records, run.id, trace, over)

    def end(self, burst: Burst, result: ComponentResult, findings: list[Finding]) -> None:
        """One sync of the burst has ended."""
        self.listener(ComponentDone(result))
        burst.results.append(result)
        burst.findings += findings
        self._leave(burst)

    def _leave(self, burst: Burst) -> None:
        burst.active -= 1
        if not burst.active:
            task = asyncio.create_task(self._linger(burst), name=f"end of run {burst.run.id}")
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End every run now."""
        self._closed.set()
        if self._closing:
            await asyncio.wait(set(self._closing))
        for burst in list(self._going.values()):
            await self._end(burst)

    async def _linger(self, burst: Burst) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                await self._closed.wait()
        if not burst.active and not burst.run.ended:
            await self._end(burst)

    async def _end(self, burst: Burst) -> None:
        if self._open.get(burst.run.commit) is burst:
            del self._open[burst.run.commit]
        burst.run = ended(burst)
        burst.over.set()
        await burst.writing
        await self._records.end(burst.run)
        del self._going[burst.run.id]
        self.listener(RunEnded(burst.run))


class Entry:
    """One sync in the journal. It has a run only once it writes, or fails before it could."""

    def __init__(self, journal: Journal, commit: str, author: str) -> None:
        self._journal = journal
        self._commit = commit
        self._author = author
        self._burst: Burst | None = None
        self._trace = Trace(self._pass_on)

    def heard(self, one: Event) -> None:
        """The listener of the sync."""
        self._trace.heard(one)

    def _pass_on(self, one: Event) -> None:
        (self._burst.trace.heard if self._burst else self._journal.listener)(one)

    @contextlib.contextmanager
    def of(self, component: str, cluster: str) -> Iterator[None]:
        """The sync is this block. Where the block is cut off before it said how the sync ended, by
        a cancellation or a cluster that answers no more, that is how.
        """
        try:
            yield
        except BaseException as error:
            self._cut(component, cluster, error)
            raise

    async def begin(self) -> None:
        self._burst = await self._journal.begin(self._commit, self._author)

    async def end(self, result: ComponentResult, findings: list[Finding], *, again: bool) -> None:
        """`again`: it is known already that the sync fails so."""
        if self._burst is None:
            if again or result.outcome is not Outcome.FAILED:
                return
            await self.begin()
        burst, self._burst = self._burst, None
        assert burst is not None
        self._journal.end(burst, result, findings)

    def _cut(self, component: str, cluster: str, error: BaseException) -> None:
        burst, self._burst = self._burst, None
        if burst is None:
            return
        cancelled = isinstance(error, asyncio.CancelledError)
        outcome = Outcome.CANCELLED if cancelled else Outcome.FAILED
        message = CUT if cancelled else str(error)
        steps = self._trace.steps
        result = ComponentResult(component, cluster, outcome, message=message, steps=steps)
        self._journal.end(burst, result, [])


def ended(burst: Burst) -> Run:
    """The run with what its syncs came to; one of a component twice is told twice."""
    outcomes = {one.outcome for one in burst.results}
    cut = burst.active or not outcomes or Outcome.CANCELLED in outcomes
    bad = Outcome.FAILED in outcomes
    return replace(
        burst.run,
        ended=time.time(),
        outcome=Outcome.FAILED if bad else Outcome.CANCELLED if cut else Outcome.SUCCEEDED,
        components=tuple(burst.results),
        findings=tuple(dict.fromkeys(burst.findings)),
    )
