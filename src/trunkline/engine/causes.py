"""Which commits are not delivered yet, and what each of them changes in a component.

Asked only for components that differ from their cluster. Looks back from the scene's commit to the
one that was synced last, or some way where nobody remembers that; a commit that touches no input
of the component is passed by without discovering anything in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

from msgspec import Struct
from msgspec.structs import replace

from trunkline.core.causes import Step, causes, step
from trunkline.core.change import Change, PlannedCommit
from trunkline.core.component import Cluster, Component
from trunkline.core.diff import changes
from trunkline.core.rendering import Capabilities, RenderError
from trunkline.edge.git import Commit
from trunkline.engine.lineage import UNREADABLE, Lineage, Past
from trunkline.engine.survey import Seen

# Commits that are looked at, and those among them that are rendered.
COMMITS = 50
RENDERED = 8


class Explainer(Struct, frozen=True):
    """Gives the changes of a live plan their causes."""

    lineage: Lineage

    async def explained(
        self, seen: Seen, cluster: Cluster, found: Sequence[Change]
    ) -> tuple[Change, ...]:
        """The changes with their causes. What cannot be looked up stays without."""
        assessment = seen.assessment
        component = assessment.desired.component
        synced = self.lineage.commits.get((component.id, cluster.name), "")
        if not found or (assessment.first and not synced):
            return tuple(found)  # Never delivered before: everything is new, nothing drifted.
        try:
            steps = await self._steps(component, cluster, seen, synced)
        except UNREADABLE:
            return tuple(found)
        lives = {one.ref: one.live for one in assessment.verdicts}
        return tuple(replace(one, causes=causes(one, lives.get(one.ref), steps)) for one in found)

    async def _steps(
        self, component: Component, cluster: Cluster, seen: Seen, synced: str
    ) -> list[Step]:
        """The commits after the synced one that change the component, the newest first."""
        found: list[Step] = []
        for child, parent in await self._touching(component, seen, synced):
            if len(found) == RENDERED:
                break
            was = await self.lineage.past(component.id, cluster, seen.connection, parent.id)
            now = await self.lineage.past(component.id, cluster, seen.connection, child.id)
            found.append(step(_planned(child), _changes(was, now)))
        return found

    async def _touching(
        self, component: Component, seen: Seen, synced: str
    ) -> list[tuple[Commit, Commit]]:
        """Commits and their parents between which an input of the component differs."""
        capabilities = (await seen.connection.target()).capabilities
        line = list(self._line(synced))
        marks = [await self._inputs(component, one.id, capabilities) for one in line]
        return [
            pair
            for pair, (now, was) in zip(pairwise(line), pairwise(marks), strict=True)
            if now != was
        ]

    def _line(self, synced: str) -> Iterator[Commit]:
        """The commits from this one back to the synced one, that one included."""
        history = self.lineage.scenes.repository.history(self.lineage.scene.commit)
        for one in islice(history, COMMITS):
            yield one
            if one.id == synced:
                return

    async def _inputs(
        self, component: Component, commit: str, capabilities: Capabilities
    ) -> object:
        """What the component depends on at a commit, as far as today's Application says it."""
        world = self.lineage.scenes.world(commit)
        declared = world.snapshot.object_id(component.origin.file) if component.origin.file else ""
        try:
            asked = await self.lineage.desires.requests(component, world, capabilities)
        except RenderError as error:
            return declared, str(error)
        return declared, [one.key for one, _ in asked]


def _changes(was: Past | None, now: Past | None) -> tuple[Change, ...]:
    return changes(was.manifests if was else (), now.manifests if now else ())


def _planned(commit: Commit) -> PlannedCommit:
    return PlannedCommit(commit.id, commit.author, commit.subject, commit.time)
