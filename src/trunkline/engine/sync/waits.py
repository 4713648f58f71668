"""The waits in the sync of one component, and what ends a sync in one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

from msgspec import Struct

from trunkline.core.event import Listener, Waiting
from trunkline.core.health import Health
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient
from trunkline.engine.live import Live
from trunkline.engine.owned import Owned
from trunkline.engine.sync import wait
from trunkline.engine.sync.writes import Writer


class Stopped(Exception):
    """The sync of a component ends here; the message says why."""


class Replaced(Exception):
    """A newer commit is there; what is done already stays, the rest is for its sync."""

    def __init__(self) -> None:
        super().__init__("a newer commit replaces this sync")


class Waits(Struct, frozen=True):
    """`timeout` is for each, in seconds; `newer`, once set, ends them for a newer commit."""

    component: str
    client: ClusterClient
    live: Live
    writer: Writer
    timeout: float
    listener: Listener
    newer: asyncio.Event

    def told(self, ref: Ref, message: str) -> None:
        """That the component waits for this object."""
        said = self.writer.scrubbed(message)
        self.listener(Waiting(self.component, self.client.name, ref, said))

    def check_newer(self) -> None:
        """Raises Replaced."""
        if self.newer.is_set():
            raise Replaced

    async def until_healthy(self, refs: Iterable[Ref]) -> None:
        """Raises Stopped where one of them does not become so, Replaced, and ApiError."""
        waited = await wait.until_healthy(
            self.client,
            self.live,
            refs,
            timeout=self.timeout,
            told=self.told,
            enough=self.newer,
        )
        self.check_newer()
        for ref, health in waited.failed.items():
            said = await self._why(ref, health)
            raise Stopped(f"{ref} is {health.status.value.lower()}: {said}")
        if waited.pending:
            ref = waited.pending[0]
            said = await self._why(ref, waited.health[ref])
            raise Stopped(f"{ref} was not healthy after {self.timeout:g} s: {said}")

    async def until_served(self, crds: Iterable[Manifest]) -> None:
        """Raises ApiError."""
        await wait.until_served(self.client, crds)

    async def until_gone(self, deleted: Sequence[Manifest]) -> None:
        """Raises Stopped where one of them stays, and ApiError."""
        if left := await wait.until_gone(self.client, self.live, deleted, timeout=self.timeout):
            raise Stopped(f"{left[0]} is still there: a finalizer holds it")

    async def _why(self, ref: Ref, health: Health) -> str:
        """What the object says, and what of that which it owns is the reason."""
        found = await Owned(self.client).health(self.live.get(ref), health)
        return self.writer.scrubbed(found.message)
