"""The app that delivers units and Applications in one run, each after what it waits for.

It goes in rounds: a round applies the units that wait for no Application any more, then syncs the
Applications that wait for none of the units that are left. Another round is for what was held by
either, as long as something is let go.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

from trunkline.app.clusters import App
from trunkline.app.infra_apply import ApplyApp
from trunkline.core.infra.applying import DONE, ApplyRun
from trunkline.core.run import ComponentResult, Outcome, Run
from trunkline.core.status import ComponentStatus
from trunkline.engine.infra.later import NothingPlanned
from trunkline.engine.look import ORPHANED, SYNCED, UNKNOWN
from trunkline.engine.sync.component import How
from trunkline.engine.sync.leaving import leaving
from trunkline.engine.watch.standing import SETTLED


class DeliveryApp(App, ApplyApp):
    """One repository with its clusters and the programs of its infrastructure.

    `unplanned` says that no infrastructure was delivered, for nothing is planned.
    """

    is_for_renders = True
    unplanned: NothingPlanned | None = None

    async def deliver(
        self, how: How, ids: Sequence[str] = (), revision: str = "", clusters: Sequence[str] = ()
    ) -> AsyncIterator[ApplyRun | Run]:
        """Each apply and each sync as it ends; no apply where nothing is planned."""
        revision = revision or "HEAD"
        applied = await self._applied(revision)
        if applied:
            yield applied
        results: Sequence[ComponentResult] = ()
        while True:
            held = [one for unit in applied.held for one in unit.applications] if applied else []
            synced = await self.sync(
                how, ids, revision, clusters, awaited=frozenset(held), earlier=results
            )
            yield synced
            if not applied or not await self._lets_go(applied, revision):
                return
            applied = await self.apply(revision, (), applied)
            self.sources.renew_outputs()
            yield applied
            if not any(one.ended in DONE for one in applied.units):
                return
            results = [*results, *(one for one in synced.components if _stands(one))]

    async def standing(self, ids: Sequence[str], commit: str) -> Mapping[str, str]:
        """Of these Applications those that are not well at the commit, each with how it stands.

        One is not, whatever its objects say, while it or one before it waits for a unit. One that
        the commit has no more is well when it is gone from its cluster.
        """
        self.sources.renew_outputs()
        scene = await self.scene(commit)
        held = await self._waiting(scene)
        if found := {one: held[one] for one in ids if one in held}:
            return found
        known = {one.id for one in scene.discovered.components}
        there = [one for one in ids if one in known]
        statuses = await self.statuses(there, commit) if there else []
        placed = {one.id for one in statuses}
        unwell = {one: "it goes to no cluster that is known" for one in there if one not in placed}
        unwell |= {one.id: words for one in statuses if (words := unwell_of(one))}
        async with self._survey(scene) as (survey, removals):
            return unwell | await leaving(set(ids) - known, survey, removals)

    async def _applied(self, revision: str) -> ApplyRun | None:
        """The first round's; what it made known is asked for anew after it."""
        try:
            found = await self.apply(revision)
        except NothingPlanned as error:
            self.unplanned = error
            return None
        self.sources.renew_outputs()
        return found

    async def _lets_go(self, applied: ApplyRun, commit: str) -> bool:
        """Whether a unit that waited for Applications need not any more."""
        for one in applied.held:
            if not await self.standing(one.applications, commit):
                return True
        return False


def unwell_of(status: ComponentStatus) -> str:
    """How a component stands that is not as it should be; "" for one that is. What it has beside
    what Git wants, and nobody asked to prune, does not count.
    """
    objects = [one for one in status.objects if one.sync != ORPHANED]
    synced = SYNCED if objects and all(one.sync == SYNCED for one in objects) else status.sync
    if synced == SYNCED and status.health in SETTLED:
        return ""
    if synced == UNKNOWN:
        return status.message
    message = f": {status.message}" if status.message else ""
    return f"{synced}, {status.health} in {status.cluster}{message}"


def _stands(one: ComponentResult) -> bool:
    """What only waited is looked at again in the next round."""
    return one.outcome is not Outcome.SKIPPED
