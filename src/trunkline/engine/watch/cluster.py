"""The watch of one cluster: its connection, and what it serves; `streams` are its kinds in use.

A cluster that does not answer is told of once, with the time since when, and asked again at
growing pauses; nobody else waits for it. When it answers again, every stream goes on from where
it was. A pulse notices what no stream can: a connection that died silently, a cluster that was
restored from a backup, a kind that appeared.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

from msgspec import Struct

from trunkline.core.component import Cluster
from trunkline.core.event import ClusterDown, ClusterUp, Listener
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Discovery
from trunkline.edge.cluster.errors import ApiError, Unauthorized, Unreachable
from trunkline.engine.judge import Judge
from trunkline.engine.watch.digests import Changed, Digests
from trunkline.engine.watch.pace import Pace, spread
from trunkline.engine.watch.streams import Streams
from trunkline.engine.watch.tasks import Tasks
from trunkline.engine.watch.wanted import Served


class Heard(Struct, frozen=True):
    """Whom the watch of a cluster tells: of changed objects, of other kinds being `served`, and
    when everything is to be judged anew, because all of it was `listed`.
    """

    changed: Changed
    served: Callable[[], None]
    listed: Callable[[], None]


class ClusterWatch:
    """Watches one cluster until its tasks end. `up` is set while it answers."""

    def __init__(
        self,
        cluster: Cluster,
        dial: Callable[[], Awaitable[ClusterClient]],
        tasks: Tasks,
        pace: Pace,
        listener: Listener,
        heard: Heard,
    ) -> None:
        self.cluster = cluster
        self.up = asyncio.Event()
        self.down: ClusterDown | None = None
        self.digests = Digests(heard.changed)
        self.judge = Judge()
        self.streams = Streams(cluster.name, self, tasks)
        self._dial = dial
        self._pace = pace
        self._listener = listener
        self._heard = heard
        self._client: ClusterClient | None = None
        self._former: ClusterClient | None = None
        self._discovery: Discovery | None = None
        self._served: Served | None = None
        self._doubt = asyncio.Event()
        self._version = 0

    @property
    def client(self) -> ClusterClient:
        """The client. Raises Unreachable while there was never a connection."""
        if self._client is None:
            said = self.down.message if self.down else f"{self.cluster.name} was not reached yet"
            raise Unreachable(said, cluster=self.cluster.name)
        return self._client

    @property
    def served(self) -> Served:
        """What the cluster serves; asked for only after it was up. Raises Unreachable."""
        if self._served is None:
            raise Unreachable(f"{self.cluster.name} was not reached yet", cluster=self.cluster.name)
        return self._served

    async def run(self) -> None:
        """Connect and attend until cancelled."""
        pause = self._pace.first_pause
        while True:
            began = time.monotonic()
            try:
                await self._attend()
            except ApiError as error:
                await self._hang_up(at_once=isinstance(error, Unauthorized))
                self._tell_down(str(error))
            except TimeoutError:
                await self._hang_up()
                self._tell_down(f"{self.cluster.name} does not answer")
            if time.monotonic() - began > self._pace.pulse * 2:
                pause = self._pace.first_pause
            await asyncio.sleep(spread(pause))
            pause = min(pause * 2, self._pace.last_pause)

    async def close(self) -> None:
        """Hang up, when its tasks have ended."""
        for client in (self._client, self._former):
            if client:
                await client.close()
        self._client = self._former = None

    async def _hang_up(self, *, at_once: bool = False) -> None:
        """Dial anew next time where this did not help twice: by now the address, what signs its
        certificate, or our credentials may be others, on this machine or in a newer commit.

        Streams go on from where they were. What is under way by the old client may still end.
        """
        if not (self._client and (self.down or at_once)):
            return
        if self._former:
            await self._former.close()
        self._former, self._client = self._client, None

    def doubt(self, error: ApiError | None = None) -> None:
        """Something did not answer: see now whether the cluster lives."""
        self._doubt.set()

    def judge_by(self, judge: Judge) -> None:
        """Judge health by these rules from now on, what is known already too."""
        known, self.judge = self.judge, judge
        if known.customizations != judge.customizations:
            self.streams.list_anew()

    async def rediscovered(self) -> None:
        """Notice at once what the cluster serves now: a sync may have asked, or changed it."""
        await self._see(await self.client.discovery())

    async def _attend(self) -> None:
        """Connect, then watch over the cluster for as long as it answers. Raises ApiError."""
        if self._client is None:
            self._client = await self._dialled()
        async with asyncio.timeout(self._pace.patience):
            await self._beat()
            discovery = await self._client.rediscover()
        await self._see(discovery)
        await self.streams.find_marked()
        if self.down:
            # What streams heard while nobody answered may have been cut off in silence.
            self.streams.again()
        await self.streams.settled()
        self._tell_up()
        await self._watch_over()

    async def _dialled(self) -> ClusterClient:
        client = await self._dial()
        if self._former and self._former.address != client.address:
            # Maybe another cluster: its versions say nothing of what was seen of the one before.
            self.streams.anew()
        return client

    async def _watch_over(self) -> None:
        now = time.monotonic()
        discover = now + spread(self._pace.discover)
        resync = now + spread(self._pace.resync)
        while True:
            await self._until_pulse()
            async with asyncio.timeout(self._pace.patience):
                await self._beat()
                if time.monotonic() > discover:
                    discover = time.monotonic() + spread(self._pace.discover)
                    await self._see(await self.client.rediscover())
            if time.monotonic() > resync:
                resync = time.monotonic() + spread(self._pace.resync)
                await self._resync()

    async def _until_pulse(self) -> None:
        self._doubt.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(spread(self._pace.pulse)):
                await self._doubt.wait()

    async def _beat(self) -> None:
        version = await self.client.pulse()
        if version < self._version:
            self.streams.list_anew()
        self._version = version

    async def _resync(self) -> None:
        self.streams.list_anew()
        await self.streams.find_marked()
        await self.streams.settled()
        self._heard.listed()

    async def _see(self, discovery: Discovery) -> None:
        if discovery is self._discovery:
            return
        self._discovery, found = discovery, Served.of(discovery)
        if self._served is not None and self._served.same(found):
            return
        first = self._served is None
        self._served = found
        await self.streams.follow()
        if not first:
            self._heard.served()

    def _tell_down(self, message: str) -> None:
        self.up.clear()
        if self.down is None:
            self.down = ClusterDown(self.cluster.name, message, time.time())
            self._listener(self.down)

    def _tell_up(self) -> None:
        since = self.down.since if self.down else 0.0
        self.down = None
        self.up.set()
        self._listener(ClusterUp(self.cluster.name, since, len(self.streams), len(self.digests)))
        self._heard.listed()
