"""A watch that runs beside a test: what it does is seen in the cluster and in what it says."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core import event
from trunkline.core.run import Run
from trunkline.core.status import ComponentStatus
from trunkline.engine.sync.component import How
from trunkline.engine.watch.pace import Pace
from trunkline.engine.watch.watch import Watch

T = TypeVar("T")
E = TypeVar("E")

HOW = How(wave_timeout=60.0)
# Nothing regular happens during a test unless it asks for it: what is done follows from watches.
PACE = Pace(poll=60.0, pulse=60.0, discover=600.0, resync=600.0, first_pause=0.05, last_pause=0.2)
PATIENCE = 90.0

AUTOMATED = {"automated": {"selfHeal": True, "prune": True}}


@dataclass
class Vigil:
    """The watch, and all that it said since it began."""

    app: App
    watch: Watch
    heard: list[event.Event]
    news: asyncio.Event

    def told(self, kind: type[E]) -> list[E]:
        return [one for one in self.heard if isinstance(one, kind)]

    def status(self, component: str) -> ComponentStatus | None:
        """How the component stands, as the watch said last."""
        found = [one.status for one in self.told(event.StatusSeen) if one.status.id == component]
        return found[-1] if found else None

    def steps(self) -> list[str]:
        """`verb Kind name` of everything that was done so far."""
        done = [one.step for one in self.told(event.StepDone)]
        return [f"{one.verb} {one.ref.kind} {one.ref.name}" for one in done]

    async def synced(self, *components: str) -> None:
        def all_are() -> bool:
            found = [self.status(one) for one in components]
            return all(one and one.sync == "Synced" for one in found)

        await self.until(all_are, f"{components} synced")

    async def until(self, wanted: Callable[[], Any], what: str) -> None:
        """Wait until what was said makes it so; fails with what was said last."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not wanted():
                    self.news.clear()
                    await self.news.wait()
                return
        said = "\n".join(map(str, self.heard[-12:]))
        raise AssertionError(f"not within {PATIENCE:g} s: {what}\n{said}")

    async def runs(self) -> Sequence[Run]:
        return await (await self.app.store()).runs()


@contextlib.asynccontextmanager
async def vigil(
    repo: str,
    places: Places,
    how: How = HOW,
    pace: Pace = PACE,
    also: event.Listener = event.unheard,
    **asked: Any,
) -> AsyncIterator[Vigil]:
    """A watch of the repository, running until the block is left; `also` hears what it says."""
    heard: list[event.Event] = []
    news = asyncio.Event()

    def listen(one: event.Event) -> None:
        heard.append(one)
        also(one)
        news.set()

    async with await App.open(repo, places, listen) as app:
        watch = await app.watch(how, pace=pace, **asked)
        running = asyncio.create_task(watch.run(), name="watch")
        try:
            yield Vigil(app, watch, heard, news)
        finally:
            watch.stop()
            async with asyncio.timeout(PATIENCE):
                await running
            assert [one for one in heard if isinstance(one, event.Troubled)] == []


async def eventually(ask: Callable[[], Awaitable[T]], wanted: Callable[[T], Any], what: str) -> T:
    """Ask until the answer is as wanted; fails with the last answer."""
    ends = asyncio.get_running_loop().time() + PATIENCE
    while True:
        answer = await ask()
        if wanted(answer):
            return answer
        if asyncio.get_running_loop().time() > ends:
            raise AssertionError(f"not within {PATIENCE:g} s: {what}; last: {answer}")
        await asyncio.sleep(0.01)
