"""What a run leaves in the store: its record, verdicts, inventory, and the leases it holds.

The store is a help, not a condition: if it fails, the clusters are still made equal to the commit,
and the failure is told, and is a warning of the run. Only a lease that another process holds stops
a component.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from trunkline.core.component import Component
from trunkline.core.desired import Desired
from trunkline.core.digest import judged
from trunkline.core.event import Listener, Unrecorded, unheard
from trunkline.core.finding import Finding, Severity
from trunkline.core.inventory import Inventory
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import marked
from trunkline.core.run import Run, Step
from trunkline.edge.store.errors import Leased, LeaseLost, StoreError
from trunkline.engine.assess import Memory
from trunkline.engine.live import Live

if TYPE_CHECKING:
    from trunkline.edge.store import Store

__all__ = ["Leased", "Records"]

# The inventory of a component whose sync has begun names no commit until the sync has ended well.
UNFINISHED = ""
NEVER = "never"


def verdicts_of(
    component: Component, desired: Iterable[Manifest], live: Live
) -> dict[Ref, tuple[str, str]]:
    """Each of these manifests that is live, with the content that it was found equal to."""
    found = ((Ref.of(one), one) for one in desired)
    return {
        ref: (judged(marked(one, component.id), component.ignore), live.content(ref))
        for ref, one in found
        if live.has(ref)
    }


def fresh(verdicts: Mapping[Ref, tuple[str, str]], memory: Memory) -> dict[Ref, tuple[str, str]]:
    """Those that are not in the memory yet."""
    known = ((ref, memory.get(ref)) for ref in verdicts)
    return {
        ref: verdicts[ref]
        for ref, one in known
        if one is None or (one.fingerprint, one.live) != verdicts[ref]
    }


def whose(held: Leased) -> str:
    """Why a component is not ours to sync, or not any more."""
    if isinstance(held, LeaseLost):
        return f"was taken over by {held.owner}: this process did not renew its lease in time"
    return f"is being synced by {held.owner} right now"


# So long what went wrong with the store is not said again; in seconds.
SAID = 600.0


class Records:
    """Writes to the store. `warnings` are what went wrong with it, each once."""

    def __init__(self, store: Store | None, owner: str, listener: Listener = unheard) -> None:
        self._store = store
        self._owner = owner
        self._listener = listener
        self._said: dict[str, float] = {}

    @property
    def warnings(self) -> Sequence[Finding]:
        return [
            Finding("store", f"what was done is not recorded whole: {said}", Severity.WARNING)
            for said in self._said
        ]

    def _failed(self, error: StoreError) -> None:
        message, now = str(error), time.monotonic()
        if now - self._said.get(message, -SAID) >= SAID:
            self._said[message] = now
            self._listener(Unrecorded(message))

    @contextlib.asynccontextmanager
    async def lease(self, component: str, cluster: str) -> AsyncIterator[None]:
        """Nobody else syncs the component while this is held. Raises Leased."""
        if self._store is None:
            yield
            return
        async with contextlib.AsyncExitStack() as stack:
            try:
                lease = self._store.lease(f"{cluster}/{component}", self._owner)
                await stack.enter_async_context(lease)
            except StoreError as error:
                self._failed(error)
            yield

    async def begin(self, run: Run) -> None:
        if self._store:
            await self._kept(self._store.save_run(run))

    async def add_steps(self, run_id: str, steps: Sequence[Step]) -> None:
        """What was done in a run that goes on: all that is left of it if this process dies."""
        if self._store and steps:
            await self._kept(self._store.add_steps(run_id, steps))

    async def end(self, run: Run) -> None:
        if self._store:
            await self._kept(self._store.save_run(run))

    async def inventory(self, component: str, cluster: str) -> Inventory | None:
        """What the component had after its last sync; None where the store cannot say."""
        found = await self._had(cluster, component)
        return None if found is None else found.get(component, Inventory(NEVER, frozenset()))

    async def started(
        self, component: str, cluster: str, refs: Iterable[Ref], had: Inventory | None
    ) -> Inventory:
        """What it has from now on: what it had stays until it is seen to be gone."""
        known = Inventory(UNFINISHED, frozenset((*refs, *(had.refs if had else ()))))
        if self._store:
            await self._kept(self._store.record(component, cluster, known, had, {}))
        return known

    async def finished(
        self, desired: Desired, commit: str, live: Live, had: Inventory | None, memory: Memory
    ) -> None:
        """The component equals the commit; the verdicts on its objects are remembered.

        What it does not want any more and still has (nobody asked to prune) stays in the inventory:
        that is how a later sync knows that it is this repository's to delete. What is known already
        is not written again, and the verdicts on what is gone are forgotten: should a commit bring
        it back, that is a delivery, and no deletion to be healed.
        """
        if self._store is None:
            return
        component, cluster = desired.component, desired.cluster
        verdicts = verdicts_of(component, desired.manifests, live)
        still = {Ref.of(one) for one in live.of_component(component.id)}
        before = had.refs if had else frozenset[Ref]()
        unseen = {ref for ref in before if (ref.group, ref.kind) in live.unlisted}
        has = Inventory(commit, frozenset((*verdicts, *(still & before), *unseen)))
        new = fresh(verdicts, memory)
        if new or had is None or (had.commit, had.refs) != (has.commit, has.refs):
            await self._kept(self._store.record(component.id, cluster, has, had, new))
        if gone := [ref for ref in before - has.refs if not live.has(ref)]:
            await self._kept(self._store.forget(cluster, gone))

    async def remember(self, cluster: str, verdicts: Mapping[Ref, tuple[str, str]]) -> None:
        """Keep verdicts that no sync of a whole component gave."""
        if self._store and verdicts:
            await self._kept(self._store.remember(cluster, verdicts))

    async def verdicts(self, cluster: str) -> Mapping[Ref, tuple[str, str]]:
        """What was remembered of the cluster's objects; nothing from a store that fails."""
        if self._store is None:
            return {}
        try:
            return await self._store.verdicts(cluster)
        except StoreError as error:
            self._failed(error)
            return {}

    async def forget(self, component: str, cluster: str) -> None:
        if self._store:
            await self._kept(self._store.forget_component(component, cluster))

    async def commits(self, clusters: Iterable[str]) -> dict[tuple[str, str], str]:
        """The commit that each component was last synced to, by id and cluster."""
        return {key: one.commit for key, one in (await self.inventories(clusters)).items()}

    async def inventories(self, clusters: Iterable[str]) -> dict[tuple[str, str], Inventory]:
        """What each component had after its last sync, by id and cluster."""
        found: dict[tuple[str, str], Inventory] = {}
        for cluster in clusters:
            for component, inventory in (await self._had(cluster) or {}).items():
                found[component, cluster] = inventory
        return found

    async def _had(self, cluster: str, component: str = "") -> Mapping[str, Inventory] | None:
        """The inventories of a cluster, or of one component; None where the store cannot say."""
        if self._store is None:
            return None
        try:
            return await self._store.inventory(cluster, component)
        except StoreError as error:
            self._failed(error)
            return None

    async def _kept(self, write: Awaitable[object]) -> None:
        try:
            await write
        except StoreError as error:
            self._failed(error)
