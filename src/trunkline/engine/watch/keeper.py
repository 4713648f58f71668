"""The keeper of one cluster: looks at each component whose key comes up, and does what is due.

A key comes up when an object changed, a commit touched the component, a failure has been waited
for, or all was listed anew. What is done follows from how things stand then, never from why the
key came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

from msgspec import Struct

from trunkline.core.component import Cluster, Component
from trunkline.core.event import Listener, StatusSeen
from trunkline.core.manifest import Ref
from trunkline.core.status import ComponentStatus
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError, Unreachable
from trunkline.engine.assess import Memory
from trunkline.engine.connect import Connection
from trunkline.engine.desire import Desires
from trunkline.engine.judge import Judge
from trunkline.engine.lineage import Lineage
from trunkline.engine.permission import closed_window
from trunkline.engine.records import Leased
from trunkline.engine.scene import Scene
from trunkline.engine.survey import Survey
from trunkline.engine.sync.removal import Removals
from trunkline.engine.wants import Wants
from trunkline.engine.watch.acting import Acting
from trunkline.engine.watch.charge import Charge
from trunkline.engine.watch.charges import Charges
from trunkline.engine.watch.cluster import ClusterWatch, Heard
from trunkline.engine.watch.decide import Decision, Facts, Move, decide
from trunkline.engine.watch.digests import Digest
from trunkline.engine.watch.glance import Glance, glance
from trunkline.engine.watch.glimpse import Glimpse
from trunkline.engine.watch.holds import Holds
from trunkline.engine.watch.journal import Entry
from trunkline.engine.watch.pace import Pace, spread
from trunkline.engine.watch.queue import KeyQueue
from trunkline.engine.watch.removing import Removing
from trunkline.engine.watch.standing import SETTLED, standing, unknown
from trunkline.engine.watch.steps import Steps
from trunkline.engine.watch.tasks import Tasks

# Components of one cluster that are worked on at the same time.
AT_ONCE = 8


class Stage(Struct, frozen=True):
    """One commit as a keeper must know it: its scene, and what of it belongs to the cluster.

    `holds` says which of its components wait for infrastructure.
    `removals` is None where only some components are watched: then nothing is known to be gone.
    """

    scene: Scene
    lineage: Lineage
    placed: tuple[Component, ...]
    wants: Wants
    judge: Judge
    steps: Steps
    holds: Holds
    author: str = ""
    removals: Removals | None = None


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
        self._listener = listener
        self._removing = Removing(cluster, acting)
        self._stage: Stage | None = None
        self._adopted = ""
        self._staged = asyncio.Event()
        self._ready = asyncio.Event()

    def start(self) -> None:
        name = self.cluster.name
        self._tasks.keep(f"{name}: connection", self.watch.run)
        self._tasks.keep(f"{name}: commits", self._follow)
        for number in range(AT_ONCE):
            self._tasks.keep(f"{name}: work {number}", self._work)

    async def close(self) -> None:
        self.queue.close()
        for name in self._tasks.names:
            if name.startswith(f"{self.cluster.name}: "):
                self._tasks.end(name)
        await self.watch.close()

    def set(self, stage: Stage) -> None:
        """What the cluster is to be equal to from now on."""
        self._stage = stage
        self._staged.set()

    def stands(self, component_id: str, commit: str) -> bool:
        """Whether the component is equal to the commit, and healthy."""
        charge = self.charges.get(component_id)
        if charge is None or self._adopted != commit or charge.unfinished:
            return False
        seen = self._glance(charge)
        return seen.synced and (seen.worst is None or seen.worst.status.value in SETTLED)

    async def connection(self, _cluster: Cluster) -> Connection:
        """A connection for one look, over the digests. Raises Unreachable."""
        client = self.watch.client
        return Connection(client, Glimpse(client, self.watch.digests, self.watch.judge))

    async def memory(self, _cluster: str) -> Memory:
        return self._acting.memory

    # What the watch of the cluster tells; each only adds keys.

    def _changed(self, ref: Ref, before: Digest | None, after: Digest | None) -> None:
        for key in self.charges.concerned(ref, before, after):
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
                if self._stage:
                    await self._adopt(self._stage)
            except ApiError:
                self.watch.doubt()
                self._staged.set()
                await asyncio.sleep(spread(self._pace.first_pause))

    async def _adopt(self, stage: Stage) -> None:
        self._adopted = ""
        self._removing.anew()
        self.watch.judge_by(stage.judge)
        first = not self._ready.is_set()
        unfinished = await self._acting.unfinished() if first else frozenset()
        live = (await self.connection(self.cluster)).live
        apart = stage.steps.members
        adopted = self.charges.adopted(stage.scene, stage.placed, self.watch.served, live, apart)
        async for charge in adopted:
            charge.unfinished = charge.component.id in unfinished
            await self.watch.want(charge.wanted.kinds)
            if not first:
                self.queue.add(charge.component.id)
        if first:
            await self.watch.settled()
            self._ready.set()
        self._adopted = stage.scene.commit
        for key in self.charges.ids if first else ():
            self.queue.add(key)
        for key in self.charges.ids:
            stage.steps.moved((key, self.cluster.name))
        for key in self.watch.digests.owners() - self.charges.ids:
            self.queue.add(key)

    async def _work(self) -> None:
        while True:
            await self._ready.wait()
            key = await self.queue.get()
            try:
                await self.watch.up.wait()
                await self._align(key)
            except Leased:
                self.queue.add_after(key, spread(self._pace.leased))
            except Unreachable:
                self.watch.doubt()
                self.queue.add_after(key, spread(self._pace.first_pause))
            except ApiError as error:
                self._refused(key, error)
            finally:
                self.queue.done(key)

    # One key.

    async def _align(self, key: str) -> None:
        charge, stage = self.charges.get(key), self._stage
        if stage is None:
            return
        if charge is None:
            await self._remove(key, stage)
        elif charge.wanted.error:
            name, commit = self.cluster.name, stage.scene.commit
            self._tell(charge, unknown(charge, name, commit, charge.wanted.error))
        else:
            await self._attend(charge, stage)

    async def _attend(self, charge: Charge, stage: Stage) -> None:
        key, decision = charge.component.id, self._decided(charge, stage)
        survey = Survey(stage.scene, self.charges.desires, self, stage.lineage, stage.wants)
        if decision.move is Move.LOOK:
            await self._acting.look(charge, survey)
        elif decision.move is not Move.REST:
            only = decision.refs if decision.move is Move.HEAL else None
            others = partial(self.queue.others, key)
            if await self._acting.act(charge, survey, stage.author, only, others):
                # It may have brought what others miss.
                for missing in self.charges.missing():
                    self.queue.add(missing)
            await self.watch.rediscovered()
            # Whatever became of it is seen at the next glance.
            self.queue.add(key)
        elif 0 < decision.again < float("inf"):
            self.queue.add_after(key, decision.again)
        status = standing(
            charge, self._glance(charge), self.cluster.name, stage.scene.commit, decision.reason
        )
        self._tell(charge, status)

    def _decided(self, charge: Charge, stage: Stage) -> Decision:
        seen = self._glance(charge)
        if not (seen.undelivered or seen.extra or charge.unfinished):
            charge.rounds = 0
        projects = stage.scene.discovered.projects
        now = datetime.now(UTC)
        drifted = seen.drifted | ({seen.namespace} if seen.namespace else set())
        facts = Facts(
            window=closed_window(charge.component, projects, self.cluster, now, manual=False),
            waits=stage.holds.reason(charge.component.id)
            or self.charges.waits(charge.component.id)
            or stage.steps.waits((charge.component.id, self.cluster.name)),
            pause=charge.pause,
            held=self._acting.fights.held(drifted),
            unfinished=charge.unfinished,
            prune=self._acting.how.prune,
        )
        return decide(charge.component.policy, seen, facts)

    def _glance(self, charge: Charge) -> Glance:
        memory = self._acting.memory
        return glance(charge.wanted, self.watch.digests, memory, charge.notes)

    async def _remove(self, key: str, stage: Stage) -> None:
        if stage.removals is None or not self.watch.digests.refs_of(key):
            return
        if stage.holds.reason(key):
            return  # It is looked at again when it is let go.
        connection = await self.connection(self.cluster)
        entry = Entry(self._acting.journal, stage.scene.commit, stage.author)
        await self._removing.remove(key, stage.removals, connection, entry)

    def _refused(self, key: str, error: ApiError) -> None:
        """The cluster does not let us look at all."""
        charge = self.charges.get(key)
        if charge is None or self._stage is None:
            return
        charge.failed(str(error))
        self.queue.add_after(key, min(charge.pause, self._pace.resync))
        self._tell(charge, unknown(charge, self.cluster.name, self._stage.scene.commit, str(error)))

    def _tell(self, charge: Charge, status: ComponentStatus) -> None:
        """Tell a status that is new, and let those look again that wait for the component."""
        if charge.status == status:
            return
        charge.status = status
        self._listener(StatusSeen(status))
        for key in self.charges.waiting_for(charge.component.id):
            self.queue.add(key)
        if self._stage:
            self._stage.steps.moved((charge.component.id, self.cluster.name))
