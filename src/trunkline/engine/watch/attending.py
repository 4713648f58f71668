"""One component of one cluster: how it stands now, what is due, and that done.

What is done follows from how things stand, never from why the component's key came up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from trunkline.core.component import Cluster
from trunkline.core.event import Listener, StatusSeen
from trunkline.core.manifest import Ref
from trunkline.core.status import ComponentStatus
from trunkline.edge.cluster.errors import ApiError
from trunkline.engine.assess import Memory
from trunkline.engine.connect import Connection
from trunkline.engine.permission import closed_window
from trunkline.engine.survey import Survey
from trunkline.engine.watch.acting import Acting
from trunkline.engine.watch.charge import Charge
from trunkline.engine.watch.charges import Charges
from trunkline.engine.watch.cluster import ClusterWatch
from trunkline.engine.watch.decide import Decision, Facts, Move, decide
from trunkline.engine.watch.glance import Glance, glance
from trunkline.engine.watch.glimpse import Glimpse
from trunkline.engine.watch.journal import Entry
from trunkline.engine.watch.pace import Pace, spread
from trunkline.engine.watch.queue import KeyQueue
from trunkline.engine.watch.removing import Removing
from trunkline.engine.watch.stage import Stage
from trunkline.engine.watch.standing import SETTLED, standing, unknown


class Attending:
    """Attends to the components of a cluster, each by its key. Satisfies `engine.survey.Eyes`.

    `stage` is the newest commit; what has begun is ended for the one that it began with, and what
    a component should be is looked up in the commit that it has gone over to (`Charge.stage`).
    """

    def __init__(
        self,
        cluster: Cluster,
        watch: ClusterWatch,
        charges: Charges,
        queue: KeyQueue,
        acting: Acting,
        pace: Pace,
        listener: Listener,
    ) -> None:
        self._cluster = cluster
        self._watch = watch
        self._charges = charges
        self._queue = queue
        self._acting = acting
        self._pace = pace
        self._listener = listener
        self._removing = Removing(cluster, acting)
        self.stage: Stage | None = None

    async def connection(self, _cluster: Cluster) -> Connection:
        """A connection for one look, over the digests. Raises Unreachable."""
        client = self._watch.client
        return Connection(client, Glimpse(client, self._watch.digests, self._watch.judge))

    async def memory(self, _cluster: str) -> Memory:
        return self._acting.memory

    def anew(self) -> None:
        """Another commit: what was kept from being deleted is judged again."""
        wanted = {one.id for one in self.stage.placed} if self.stage else set()
        self._removing.anew(wanted)

    def adopted(self) -> None:
        """A commit was gone over to: verdicts count on what it wants, and on what those have that
        cannot be rendered just now.
        """
        wanted = set[Ref]()
        for charge in self._charges:
            wanted.update(charge.wanted.marks)
            if charge.wanted.error:
                wanted |= self._watch.digests.refs_of(charge.component.id)
        self._acting.forget(wanted)

    def stands(self, charge: Charge) -> bool:
        """Whether the component is as it is wanted, and healthy."""
        seen = self._glance(charge)
        return seen.synced and (seen.worst is None or seen.worst.status.value in SETTLED)

    async def align(self, key: str) -> None:
        """Do what is due. Raises ApiError, Leased."""
        charge, stage = self._charges.get(key), self.stage
        if stage is None:
            return
        if charge is None:
            await self._remove(key, stage)
        elif charge.wanted.error:
            self._tell_unknown(charge, stage, charge.wanted.error)
        else:
            await self._attend(charge, stage)

    def refused(self, key: str, error: ApiError) -> None:
        """The cluster does not let us look at the component at all."""
        charge = self._charges.get(key)
        if charge is None or self.stage is None:
            return
        charge.failed(str(error))
        self._queue.add_after(key, min(charge.pause, self._pace.resync))
        self._tell_unknown(charge, self.stage, str(error))

    async def _attend(self, charge: Charge, stage: Stage) -> None:
        decision = self._decided(charge, stage)
        if decision.move is Move.LOOK:
            await self._acting.look(charge, self._survey(charge.stage))
        elif decision.move is not Move.REST:
            await self._act(charge, decision)
        elif 0 < decision.again < float("inf"):
            self._queue.add_after(charge.component.id, decision.again)
        seen = self._glance(charge)
        status = standing(charge, seen, self._cluster.name, stage.commit, decision.reason)
        self._tell(charge, status)

    async def _act(self, charge: Charge, decision: Decision) -> None:
        key = charge.component.id
        only = decision.refs if decision.move is Move.HEAL else None
        others = partial(self._queue.others, key)
        at = charge.stage
        if await self._acting.act(charge, self._survey(at), at.author, only, others):
            # It may have brought what others miss.
            for missing in self._charges.missing():
                self._queue.add(missing)
        await self._watch.rediscovered()
        # Whatever became of it is seen at the next glance.
        self._queue.add(key)

    def _survey(self, stage: Stage) -> Survey:
        return Survey(stage.scene, self._charges.desires, self, stage.lineage, stage.wants)

    def _decided(self, charge: Charge, stage: Stage) -> Decision:
        seen = self._glance(charge)
        if not (seen.undelivered or seen.extra or charge.unfinished):
            charge.rounds = 0
        projects = stage.scene.discovered.projects
        now = datetime.now(UTC)
        drifted = seen.drifted | ({seen.namespace} if seen.namespace else set())
        facts = Facts(
            window=closed_window(charge.component, projects, self._cluster, now, manual=False),
            waits=stage.holds.reason(charge.component.id)
            or self._charges.waits(charge.component.id)
            or stage.steps.waits((charge.component.id, self._cluster.name)),
            pause=charge.pause,
            held=self._acting.fights.held(drifted),
            unfinished=charge.unfinished,
            prune=self._acting.how.prune,
        )
        return decide(charge.component.policy, seen, facts)

    def _glance(self, charge: Charge) -> Glance:
        return glance(charge.wanted, self._watch.digests, self._acting.memory, charge.notes)

    async def _remove(self, key: str, stage: Stage) -> None:
        if stage.going is None or not self._watch.digests.refs_of(key):
            return
        if any(one.id == key for one in stage.placed):
            return  # The commit has it; it comes again once that is gone over to.
        if stage.holds.reason(key):
            return  # It is looked at again when it is let go.
        connection = await self.connection(self._cluster)
        entry = Entry(self._acting.journal, stage.commit, stage.author)
        if await self._removing.remove(key, stage.going, connection, entry):
            self._queue.add_after(key, spread(self._pace.leased))

    def _tell_unknown(self, charge: Charge, stage: Stage, why: str) -> None:
        self._tell(charge, unknown(charge, self._cluster.name, stage.commit, why))

    def _tell(self, charge: Charge, status: ComponentStatus) -> None:
        """Tell a status that is new, and let those look again that wait for the component."""
        if charge.status == status:
            return
        charge.status = status
        self._listener(StatusSeen(status))
        for key in self._charges.waiting_for(charge.component.id):
            self._queue.add(key)
        if self.stage:
            self.stage.steps.moved((charge.component.id, self._cluster.name))
