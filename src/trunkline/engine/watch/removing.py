"""Components whose objects are live, and that Git holds no more.

They go if deleting was asked for, or if the Application, as it last was, was pruned by itself;
and only with Argo CD's finalizer, as in every sync (`engine/sync/removal.py`).
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct, field

from trunkline.core.component import Cluster
from trunkline.core.event import StatusSeen
from trunkline.core.health import HealthStatus
from trunkline.core.status import ComponentStatus
from trunkline.engine.connect import Connection
from trunkline.engine.look import ORPHANED
from trunkline.engine.sync.deletion import delete_component, left_nothing
from trunkline.engine.sync.removal import Removal
from trunkline.engine.watch.acting import Acting
from trunkline.engine.watch.going import Going
from trunkline.engine.watch.journal import Entry


class Removing(Struct):
    """Removes components from one cluster. `_known` are those that stay, and why; the history of
    a repository is long, and is not searched again while nothing is new in it. `_told` is what was
    said of them last.
    """

    cluster: Cluster
    acting: Acting
    _known: dict[str, str] = field(default_factory=dict)
    _told: dict[str, str] = field(default_factory=dict)

    def anew(self, wanted: Collection[str]) -> None:
        """There is another commit, which wants these: what was in doubt may be certain now.

        What was never in this repository does not come into its history by a new commit.
        """
        self._known = {one: reason for one, reason in self._known.items() if not reason}
        self._told = {one: said for one, said in self._told.items() if one not in wanted}

    async def remove(
        self, component_id: str, going: Going, connection: Connection, entry: Entry
    ) -> bool:
        """Delete what the component left, if that may be; True where that has to wait for another
        one. Raises ApiError."""
        if component_id in self._known:
            return False
        removal = await going.removals.one(component_id, self.cluster, connection)
        reason = going.why_it_stays(removal) if removal else ""
        if removal is None or reason:
            self._known[component_id] = reason
            if reason:
                self._tell(component_id, reason)
            return False
        if removal.due and (reason := await going.waits(removal)):
            self._tell(component_id, reason)
            return True
        if removal.due:
            await self._delete(removal, connection, entry)
        elif removal.kept:
            # It may still be let go, by an annotation: so it is looked at whenever it changes.
            self._tell(component_id, "{} stays: {}".format(*removal.kept[0]))
        return False

    async def _delete(self, removal: Removal, connection: Connection, entry: Entry) -> None:
        acting, cluster = self.acting, self.cluster.name
        with entry.of(removal.id, cluster):
            async with acting.records.lease(removal.id, cluster):
                await entry.begin()
                result = await delete_component(removal, connection, acting.how, entry.heard)
                if left_nothing(removal, result):
                    await acting.records.forget(removal.id, cluster)
            await entry.end(result, [], again=False)

    def _tell(self, component_id: str, reason: str) -> None:
        if self._told.get(component_id) == reason:
            return
        self._told[component_id] = reason
        unknown = HealthStatus.UNKNOWN.value
        status = ComponentStatus(component_id, self.cluster.name, ORPHANED, unknown, "", reason)
        self.acting.listener(StatusSeen(status))
