"""What goes before what under a watch, where an ApplicationSet has its Applications go in the
reverse of its steps: across clusters, so that each keeper looks at what the others still have.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from msgspec import Struct

from trunkline.core.component import Cluster, SyncPolicy
from trunkline.edge.cluster.errors import ApiError
from trunkline.engine.connect import Connection
from trunkline.engine.sync.component import How
from trunkline.engine.sync.removal import Removal, Removals

NOT_ASKED = "deleting it was not asked for: it had no automated prune, and --prune was not given"


class Holder(Protocol):
    """A cluster that may hold what Git holds no more."""

    cluster: Cluster

    def gone_over(self, commit: str) -> bool:
        """Whether it knows what the commit wants there."""
        ...

    def left(self) -> frozenset[str]:
        """Components that Git holds no more, and that have something there."""
        ...

    async def connection(self) -> Connection:
        """Raises Unreachable."""
        ...


class Going(Struct):
    """The removals of one commit, in all clusters."""

    removals: Removals
    how: How
    commit: str
    holders: Callable[[], Iterable[Holder]]

    def why_it_stays(self, removal: Removal) -> str:
        """ "" if it goes."""
        policy = removal.former.policy if removal.former else SyncPolicy()
        asked = self.how.prune or (policy.automated and policy.prune)
        return removal.reason or ("" if asked else NOT_ASKED)

    async def waits(self, removal: Removal) -> str:
        """What has to go before it, in words; "" for nothing."""
        if removal.step is None:
            return ""
        for one in sorted(self.holders(), key=lambda holder: holder.cluster.name):
            if reason := await self._waits_in(one, removal):
                return reason
        return ""

    async def _waits_in(self, holder: Holder, removal: Removal) -> str:
        place = holder.cluster.name
        if not holder.gone_over(self.commit):
            return f"waits for {place}, where something may have to go before it"
        try:
            for one in sorted(holder.left()):
                if await self._is_first(one, holder, removal):
                    return f"waits for the end of {one} in {place}, of a later step"
        except ApiError as error:
            return f"something in {place} may have to go before it: {error}"
        return ""

    async def _is_first(self, component_id: str, holder: Holder, removal: Removal) -> bool:
        if (component_id, holder.cluster.name) == (removal.id, removal.cluster):
            return False
        other = await self.removals.one(component_id, holder.cluster, await holder.connection())
        if other is None or not other.due or self.why_it_stays(other):
            return False
        return removal.step is not None and removal.step.comes_before(other.step)
