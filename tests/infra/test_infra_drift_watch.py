"""Checks spread over a period: how many are due, and how it goes on and ends. No time is slept."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from trunkline.core.infra.pace import due, pause
from trunkline.engine.infra.drift_watch import DriftWatch

HOUR = 3600.0


@pytest.mark.parametrize(
    ("units", "elapsed", "count"),
    [
        (12, 0, 1),
        (12, 300, 1),
        (12, 900, 3),
        (12, 10 * HOUR, 12),
        (1, 10 * HOUR, 1),
        (0, 300, 1),
    ],
    ids=["at first", "on time", "late", "very late", "one unit", "no unit"],
)
def test_how_many_are_due_in_an_hour(units: int, elapsed: float, count: int) -> None:
    assert due(units, HOUR, elapsed) == count


def test_pauses_are_even_but_for_the_jitter() -> None:
    assert [pause(12, HOUR, luck) for luck in (0, 0.5, 1)] == [225, 300, 375]
    assert pause(0, HOUR, 0.5) == HOUR


class Rounds:
    """What a watch asked for; `times` is what its clock says next."""

    def __init__(self, units: int, times: list[float], rounds: int) -> None:
        self.units, self.times, self.rounds = units, times, rounds
        self.counts: list[int] = []
        self.watch = DriftWatch(HOUR, self, luck=lambda: 0.5, clock=self.clock)

    def clock(self) -> float:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]

    async def __call__(self, count: int) -> int:
        self.counts.append(count)
        if len(self.counts) == self.rounds:
            self.watch.stop()
        else:
            self.watch.bell.ring()
        return self.units


async def test_it_checks_one_at_a_time_and_more_where_it_is_behind() -> None:
    # Two looks at the clock a round: how long it was, and since when.
    rounds = Rounds(12, [0, 0, 0, 300, 300, 1500, 1500], 3)
    await asyncio.wait_for(rounds.watch.run(), 30)
    assert rounds.counts == [1, 1, 4]


async def test_a_stop_ends_what_is_under_way() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def forever(_count: int) -> int:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    watch = DriftWatch(HOUR, forever)
    running = asyncio.create_task(watch.run())
    await asyncio.wait_for(begun.wait(), 30)
    watch.stop()
    await asyncio.wait_for(running, 30)
    assert ended.is_set()


async def test_it_is_cancelled_with_who_waits_for_it() -> None:
    ended = asyncio.Event()

    async def forever(_count: int) -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return 0

    running = asyncio.create_task(DriftWatch(HOUR, forever).run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert running.cancelled()
    assert ended.is_set()
