"""What was done so far, as it was told: all that is known of a sync that ends in the middle.

A cluster that answers no more, or a Ctrl-C, takes the way back through the code with it; what was
applied before stands in the cluster all the same, and whoever reads the run has to see it there.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator

from msgspec.structs import replace

from trunkline.core.event import ComponentDone, Event, Listener, StepDone
from trunkline.core.run import ComponentResult, Outcome, Run, Step
from trunkline.engine.records import Records
from trunkline.engine.sync.schedule import Key

CUT = "was ended in the middle"

# So often the steps of a run that goes on are written into the store; in seconds.
EVERY = 1.0


class Trace:
    """Hears what a sync tells, keeps it, and passes it on. `fresh` are steps nobody took yet."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._steps: dict[Key, list[Step]] = defaultdict(list)
        self._results: dict[Key, ComponentResult] = {}
        self.fresh: list[Step] = []

    def heard(self, one: Event) -> None:
        if isinstance(one, StepDone):
            self._steps[one.step.component, one.step.cluster].append(one.step)
            self.fresh.append(one.step)
        elif isinstance(one, ComponentDone):
            self._results[one.result.id, one.result.cluster] = one.result
        self._listener(one)

    @property
    def steps(self) -> tuple[Step, ...]:
        """All of them, in the order in which they ended."""
        return tuple(step for steps in self._steps.values() for step in steps)

    @property
    def results(self) -> tuple[ComponentResult, ...]:
        """What became of each component, of which anything was told, by now."""
        cut = {
            (component, cluster): ComponentResult(
                component, cluster, Outcome.CANCELLED, message=CUT, steps=tuple(steps)
            )
            for (component, cluster), steps in self._steps.items()
        }
        return tuple({**cut, **self._results}.values())


@contextlib.asynccontextmanager
async def recorded(records: Records, run: Run, trace: Trace) -> AsyncIterator[None]:
    """What the run does in this block is in the store a moment later. Cut off, the block ends the
    run, as far as that came.
    """
    over = asyncio.Event()
    writing = asyncio.create_task(
        write_steps(records, run.id, trace, over), name=f"steps of {run.id}"
    )
    try:
        yield
    except BaseException as error:
        over.set()
        await writing
        cancelled = isinstance(error, asyncio.CancelledError)
        outcome = Outcome.CANCELLED if cancelled else Outcome.FAILED
        ended = replace(run, ended=time.time(), outcome=outcome, components=trace.results)
        await records.end(ended)
        raise
    over.set()
    await writing


async def write_steps(records: Records, run_id: str, trace: Trace, over: asyncio.Event) -> None:
    """Write what was done into the store, now and then, until the run is over: its end has all."""
    while not over.is_set():
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(EVERY):
                await over.wait()
                return
        steps, trace.fresh = trace.fresh, []
        await records.add_steps(run_id, steps)
