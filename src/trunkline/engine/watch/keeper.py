"""The keeper of one cluster: has each component attended to whose key comes up.

A key comes up when an object changed, a commit touched the component, a failure has been waited
for, or all was listed anew. What is done then is for `attending.py` to see.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from trunkline.core.component import Cluster
from trunkline.core.event import Listener
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError, Unreachable
from trunkline.engine.connect import Connection
from trunkline.engine.desire import Desires
from trunkline.engine.records import Leased
from trunkline.engine.watch.acting import Acting
from trunkline.engine.watch.attending import Attending
from trunkline.engine.watch.charges import Charges
from trunkline.engine.watch.cluster import ClusterWatch, Heard
from trunkline.engine.watch.digests import Digest
from trunkline.engine.watch.pace import Pace, spread
from trunkline.engine.watch.queue import KeyQueue
from trunkline.engine.watch.stage import Stage
from trunkline.engine.watch.tasks import Tasks

# Components of one cluster that are worked on at the same time.
AT_ONCE = 8


class Keeper:
    """Keeps the components of one cluster equal to the stage that was set last."""

    def __init__(
        self,
        cluster: Cluster,
        dial: Callable[[], Awaitable[ClusterClient]],
        desires: Desires,
        renders: asyncio.Semaphore,
        acting: Acting,
        tasks: Tasks,
        pace: Pace,
        listener: Listener,
    ) -> None:
        self.cluster = cluster
        self.queue = KeyQueue()
        self.charges = Charges(cluster, desires, renders)
        heard = Heard(self._changed, self._staged_again, self._listed)
        self.watch = ClusterWatch(cluster, dial, tasks, pace, listener, heard)
        self._acting = acting
        self._tasks = tasks
        self._pace = pace
        self._attending = Attending(
            cluster, self.watch, self.charges, self.queue, acting, pace, listener
        )
        self._adopted = ""
        self._ended: frozenset[asyncio.Task[None]] = frozenset()
        self._staged = asyncio.Event()
        self._ready = asyncio.Event()

    def start(self) -> None:
        name = self.cluster.name
        self._tasks.keep(f"{name}: connection", self.watch.run)
        self._tasks.keep(f"{name}: commits", self._follow)
        for number in range(AT_ONCE):
            self._tasks.keep(f"{name}: work {number}", self._work)

    def stop(self) -> None:
        """Begin nothing more. Another keeper may start in its place at once."""
        self.queue.close()
        self._ended |= self._tasks.end_all(f"{self.cluster.name}: ")

    async def close(self) -> None:
        """Wait for what a keeper that was stopped has under way, and hang up."""
        await self._tasks.over(self._ended)
        await self.watch.close()

    def set(self, stage: Stage) -> None:
        """What the cluster is to be equal to from now on."""
        self._attending.stage = stage
        self._staged.set()

    def stands(self, component_id: str, commit: str) -> bool:
        """Whether the component is equal to the commit, and healthy."""
        charge = self.charges.get(component_id)
        if charge is None or self._adopted != commit or charge.unfinished:
            return False
        return self._attending.stands(charge)

    def gone_over(self, commit: str) -> bool:
        """Whether it knows what the commit wants here."""
        return self._adopted == commit

    def left(self) -> frozenset[str]:
        """Components that Git holds no more, and that have something here."""
        return frozenset(self.watch.digests.owners()) - self.charges.ids

    async def connection(self) -> Connection:
        """A connection for one look. Raises Unreachable."""
        return await self._attending.connection(self.cluster)

    # What the watch of the cluster tells; each only adds keys.

    def _changed(self, ref: Ref, before: Digest | None, after: Digest | None) -> None:
        for key in self.charges.concerned(ref, before, after):
            self.queue.add(key)
        if before and before.owner and after is None:
            # What stayed because of this object need not any more.
            for key in (*self.charges.anew(), *self.left()):
                self.queue.add(key)

    def _listed(self) -> None:
        """All was listed anew: whatever was missed or given up is judged again."""
        self.charges.forgive()
        for key in (*self.charges.ids, *self.watch.digests.owners()):
            self.queue.add(key)
        if not self._ready.is_set():
            self._staged.set()

    def _staged_again(self) -> None:
        """The cluster serves other kinds: what is wanted may be something else now."""
        self._staged.set()

    # Its long-lived tasks.

    async def _follow(self) -> None:
        await self._acting.recall()
        while True:
            await self._staged.wait()
            await self.watch.up.wait()
            self._staged.clear()
            try:
                if stage := self._attending.stage:
                    await self._adopt(stage)
            except ApiError:
                self.watch.doubt()
                self._staged.set()
                await asyncio.sleep(spread(self._pace.first_pause))
            except BaseException:
                self._staged.set()  # Whoever keeps this task tells of it, and begins it again.
                raise

    async def _adopt(self, stage: Stage) -> None:
        """Go over to the stage. One that was cut off has told nobody of some that it renewed: then
        all are looked at, and their kinds followed.
        """
        whole, self._adopted = not self._adopted, ""
        self._attending.anew()
        self.watch.judge_by(stage.judge)
        first = not self._ready.is_set()
        unfinished = await self._acting.unfinished() if first else frozenset()
        live = (await self._attending.connection(self.cluster)).live
        async for charge in self.charges.adopted(stage, self.watch.served, live):
            await self.watch.streams.want(charge.wanted.kinds)
            if not first:
                self.queue.add(charge.component.id)
        if whole:
            await self.watch.streams.want(self.charges.kinds)
        if first:
            for charge in self.charges:
                charge.unfinished |= charge.component.id in unfinished
            await self.watch.streams.settled()
            self._ready.set()
        self._attending.adopted()
        self._adopted = stage.commit
        for key in self.charges.ids if whole else self.charges.anew():
            self.queue.add(key)
        for key in self.charges.ids:
            stage.steps.moved((key, self.cluster.name))
        for key in self.left():
            self.queue.add(key)

    async def _work(self) -> None:
        while True:
            await self._ready.wait()
            key = await self.queue.get()
            try:
                await self.watch.up.wait()
                await self._attending.align(key)
            except Leased:
                self.queue.add_after(key, spread(self._pace.leased))
            except Unreachable:
                self.watch.doubt()
                self.queue.add_after(key, spread(self._pace.first_pause))
            except ApiError as error:
                self._attending.refused(key, error)
            except Exception:
                # Whoever keeps this task tells of it; what was to be done is still to be done.
                self.queue.add_after(key, spread(self._pace.first_pause))
                raise
            finally:
                self.queue.done(key)
