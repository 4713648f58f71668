"""What the files of a repository alone answer: no cluster is asked and no store is opened.

Kept apart from the rest of the app, so that a command that needs neither does not wait for an HTTP
client and a database library to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from trunkline.app.opening import SETTINGS_FILE, settings_file
from trunkline.app.repository import RepositoryApp
from trunkline.core.argo.place import line_of
from trunkline.core.change import Plan
from trunkline.core.component import Cluster, Component, Origin
from trunkline.core.depends import circle_finding, circles, unknown_findings, unknown_waits
from trunkline.core.desired import Desired
from trunkline.core.finding import Finding
from trunkline.core.snapshot import Snapshot
from trunkline.core.trouble import Trouble
from trunkline.engine.counted import counted
from trunkline.engine.desire import Target
from trunkline.engine.fleet import capabilities_of
from trunkline.engine.infra.allowed import allowed_of
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene
from trunkline.settings.file import waits_said

if TYPE_CHECKING:
    from trunkline.core.infra.units import Units
    from trunkline.engine.infra.commits import UnitCommits


class UnknownComponent(Trouble):
    """An id on the command line that no component has; the message says which are near."""


class OfflineApp(RepositoryApp):
    """One repository, and what its files say of Applications and of units.

    `is_for_renders`: whoever asks it wants to know of Applications.
    """

    is_for_renders: ClassVar[bool] = True

    _units: UnitCommits | None = None

    def units(self) -> UnitCommits:
        """The infrastructure of this repository's commits."""
        # Loaded here: most commands ask for no unit.
        from trunkline.edge.known_units import KnownUnits
        from trunkline.engine.infra.commits import UnitCommits, rules_of

        rules = rules_of(self.scenes.settings.infra)
        if self._units is None:
            known = KnownUnits(self._places.cache, self.repository.root)
            self._units = UnitCommits(self.repository, rules, known, self._elsewhere)
            self._exits.callback(known.write)
        elif self._units.rules != rules:
            # A watch has gone over to a commit with other settings.
            self._units = UnitCommits(self.repository, rules, self._units.kept, self._elsewhere)
        return self._units

    async def _elsewhere(self, url: str, revision: str) -> Snapshot:
        """The files of another repository. What is not trusted chooses none that is asked for."""
        if not self.trusted:
            raise Trouble(f"{url} is not asked for a change from outside")
        return await self.sources.commit(url, revision, "")

    async def own_units(self, revision: str) -> Units:
        """The units of a commit with what its own settings have them wait for: of what is gone, the
        newer ones say nothing any more.
        """
        from trunkline.engine.infra.commits import UnitCommits, rules_of

        commit = self.repository.resolve(revision)
        await self.repository.complete(commit)
        data = settings_file(self.repository, commit) or b""
        units = self.units()
        rules = rules_of(self._settings_of(data).infra)
        if rules == units.rules:
            return await units.at(commit)
        return await UnitCommits(self.repository, rules, units.kept, units.fetch).at(commit)

    async def infrastructure(self, revision: str) -> Units:
        """The units of a commit, with what is wrong between them and its Applications."""
        units = await self.units().at(revision)
        if not any(one.applications for one in units.units):
            return units
        # Loaded here: units that wait for Applications are few.
        from trunkline.core.infra.beside import beside
        from trunkline.engine.infra.needs import needs_of

        data = settings_file(self.repository, revision) or b""
        said = waits_said(self._settings_of(data))
        places = {one.id: Origin(SETTINGS_FILE, line_of(data, 1, one.path)) for one in said}
        return beside(units, needs_of(await self.scene(revision)), places)

    async def render(self, ids: Sequence[str], revision: str = "") -> list[Desired]:
        """The desired state of components as the files alone say it, in the order of ids."""
        scene = await self.scene(revision)
        check_ids(ids, scene)
        work = (self._desired(scene, one, at) for one, at in scene.placed(ids, known=False))
        return await counted("rendering", work, self.listener)

    async def plan_range(
        self, base: str, head: str, ids: Sequence[str] = (), clusters: Sequence[str] = ()
    ) -> Plan:
        """What the commits after `base` up to `head` change, without any cluster being asked."""
        # Loaded here: whoever only renders needs no differ.
        from trunkline.engine.plan import RangePlan

        await self._let_have(self.repository.resolve(base))
        before, after = await self.scene(base), await self.scene(head)
        check_ids(ids, before, after)
        check_clusters(clusters, before, after)
        coming = partial(self._coming, base, head)
        whole = RangePlan(before, after, self.desires, self.listener, coming)
        found = await whole.plan(ids, clusters)
        misplaced = await self.newly_misplaced(base, head)
        return replace(found, findings=(*self.unheeded(head), *found.findings, *misplaced))

    async def _let_have(self, commit: str) -> None:
        """Whom units gave their sensitive outputs at the base is for the base to say: what goes may
        leave with the line that gave it them.
        """
        await self.repository.complete(commit)
        own = self._settings_of(settings_file(self.repository, commit) or b"")
        self.scenes.allowed[commit] = allowed_of(own.infra)

    async def _coming(self, base: str, head: str) -> frozenset[str]:
        """The units that the range brings or changes."""
        from trunkline.core.infra.changed import How

        found = await self.units().between(base, head)
        return frozenset(one.id for one in found if one.how is not How.REMOVED)

    async def newly_misplaced(self, base: str, head: str) -> Sequence[Finding]:
        """What `misplaced` says of the head, and not of the base already."""
        after = await self.misplaced(await self.scene(head))
        before = await self.misplaced(await self.scene(base)) if after else ()
        known = {replace(one, line=0) for one in before}
        return [one for one in after if replace(one, line=0) not in known]

    async def misplaced(self, scene: Scene) -> Sequence[Finding]:
        """What Applications and units say they wait for, and nobody is called so; those that wait
        for each other. Units are looked for only where something may be wrong.
        """
        components = scene.discovered.components
        found = [circle_finding(one) for one in circles(components)]
        data = settings_file(self.repository, scene.commit) or b""
        named = b"dependsOn" in data or b"unit:" in data
        said = waits_said(self._settings_of(data)) if named else []
        if not said and not unknown_findings(components, ()):
            return found
        units = await self.units().at(scene.commit)
        whole = await self.infrastructure(scene.commit) if said else units
        return [
            *found,
            *between(units, whole),
            *unknown_findings(components, units),
            *unknown_waits(said, components, units, data, SETTINGS_FILE),
        ]

    async def _desired(self, scene: Scene, component: Component, cluster: Cluster) -> Desired:
        rules = rules_for(component, scene.discovered.projects, scene.discovered.fleet)
        target = Target(cluster.name, capabilities_of(cluster), rules=rules)
        return await self.desires.desired(component, scene.world, target)


def between(units: Units, whole: Units) -> Sequence[Finding]:
    """The circles of units and Applications, each once; `units` tell of those of units alone."""
    circles = [one for one in whole.findings if one.rule == "infra-cycle"]
    return [*{one.message: one for one in circles if one not in units.findings}.values()]


def check_ids(ids: Sequence[str], *scenes: Scene) -> None:
    """Raises UnknownComponent for an id that no scene has."""
    known = sorted({one.id for scene in scenes for one in scene.discovered.components})
    for one in ids:
        if one not in known:
            near = get_close_matches(one, known, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            unread = next((it for scene in scenes if (it := scene.discovered.incomplete)), "")
            remedy = f"mend {unread} first: what is declared there is not known"
            remedy = remedy if unread else "trunkline components lists them"
            raise UnknownComponent(f"no component is called {one!r}{hint}", remedy=remedy)


def check_clusters(clusters: Sequence[str], *scenes: Scene) -> None:
    """Raises UnknownComponent for a cluster that no scene has."""
    known = sorted({one.name for scene in scenes for one in scene.discovered.fleet.clusters})
    for one in clusters:
        if one not in known:
            raise UnknownComponent(f"no cluster is called {one!r}; known: {', '.join(known)}")
