"""What the files of a repository alone answer: no cluster is asked and no store is opened.

Kept apart from the rest of the app, so that a command that needs neither does not wait for an HTTP
client and a database library to load.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from trunkline.app.opening import SETTINGS_FILE, addressed, keyring_of, settings_at, settings_file
from trunkline.app.places import Places
from trunkline.core.argo.place import line_of
from trunkline.core.change import Plan
from trunkline.core.component import Cluster, Component, Origin
from trunkline.core.depends import circle_finding, circles, unknown_findings, unknown_waits
from trunkline.core.desired import Desired
from trunkline.core.event import Listener, unheard
from trunkline.core.finding import Finding
from trunkline.core.infra.outputs import OutputsError, UnitOutputs
from trunkline.core.snapshot import Snapshot
from trunkline.core.sources.access import Keyring, of_stranger, with_hosts_of
from trunkline.core.trouble import Trouble
from trunkline.edge.cluster.kubeconfig import contexts
from trunkline.edge.git import Commit, Mirrors, Repository, mirror
from trunkline.edge.known_files import KnownFiles
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.limits import Limits
from trunkline.edge.render.renderer import Renderer
from trunkline.engine.counted import counted
from trunkline.engine.desire import Desires, Target
from trunkline.engine.discover import Recall
from trunkline.engine.fleet import capabilities_of
from trunkline.engine.permission import rules_for
from trunkline.engine.scene import Scene, Scenes
from trunkline.engine.sources import Sources
from trunkline.settings.file import load_settings, waits_said
from trunkline.settings.heeded import Trust, reachable, unheeded, without_powers
from trunkline.settings.values import MEBIBYTE, Settings, SettingsError

if TYPE_CHECKING:
    from trunkline.core.infra.discover import Units
    from trunkline.edge.charts.charts import Charts
    from trunkline.engine.infra.commits import UnitCommits


class UnknownComponent(Trouble):
    """An id on the command line that no component has; the message says which are near."""


class OfflineApp:
    """One repository, opened. An asynchronous context: leaving it closes every edge."""

    def __init__(
        self,
        repository: Repository,
        settings: Settings,
        places: Places,
        listener: Listener = unheard,
        *,
        url: str = "",
        keyring: Keyring | None = None,
        trust: Trust = Trust.OWN,
    ) -> None:
        """`url` is where the repository is a mirror of, "" for a folder of this machine. What is
        not trusted gets nothing of what this machine alone knows.
        """
        self.repository = repository
        self.trusted = trusted = trust is Trust.OWN
        self.settings = settings
        self.listener = listener
        self._places = places
        self._url = url
        self._local = not url
        limits = settings.limits.render
        self.renderer = Renderer(
            RenderCache(places.cache / "renders"),
            workers=limits.workers,
            limits=Limits(
                memory=limits.memory * MEBIBYTE,
                seconds=limits.seconds,
                output=limits.output * MEBIBYTE,
            ),
        )
        self.desires = Desires(self.renderer)
        own = keyring or Keyring()
        shown = own if trusted else of_stranger(own)
        # What was fetched for others may be nothing for anybody.
        fetched = places.cache if trusted else places.cache / "outside"
        self.sources = Sources(
            shown,
            lambda: _charts(shown, fetched),
            Mirrors(shown, fetched),
            listener,
            self.known_outputs if trusted else withheld,
        )
        known = reachable(contexts(places.kubeconfig), settings, trust)
        self._files = KnownFiles(places.cache, repository.root)
        self.recall = Recall(self._files.read())
        self.scenes = Scenes(
            repository, settings, self.desires, known, self.sources, recall=self.recall
        )
        self._units: UnitCommits | None = None
        self._exits = contextlib.AsyncExitStack()

    @classmethod
    async def open(
        cls,
        repo: str,
        places: Places,
        listener: Listener = unheard,
        *,
        revision: str = "",
        trust: Trust = Trust.OWN,
    ) -> Self:
        """The app for a path or a URL, by the settings of the revision: for Trust.BASE that is the
        base. Raises GitError, SettingsError.
        """
        remote = "://" in repo or (repo.count(":") == 1 and "@" in repo.partition(":")[0])
        keyring = keyring_of(places.sources)
        path = await mirror(repo, places.cache, keyring) if remote else Path(repo)
        repository = Repository.open(path)
        await repository.complete(revision or "HEAD")
        url = repo if remote else ""
        settings = addressed(settings_at(repository, revision or "HEAD"), url)
        settings = without_powers(settings) if trust is Trust.NOBODY else settings
        keyring = with_hosts_of(repository.remote_urls(), keyring)
        return cls(repository, settings, places, listener, url=url, keyring=keyring, trust=trust)

    async def __aenter__(self) -> Self:
        self._exits.push_async_callback(self.renderer.close)
        self._exits.push_async_callback(self.sources.close)
        self._exits.callback(lambda: self._files.write(self.recall.files))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._exits.aclose()

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

    async def known_outputs(self) -> Mapping[str, UnitOutputs]:
        """What units gave when they were last asked; nothing where nothing was ever stored."""
        place = self._places.store_of(self.repository.root)
        if "://" not in place and not Path(place).exists():
            return {}
        # Loaded here: of those that need no cluster, only who reads outputs needs a database.
        from trunkline.edge.store import Store

        async with await Store.open(place, keys=self._places.keys) as store:
            return await store.outputs()

    @property
    def is_local(self) -> bool:
        """Whether the repository is a folder of this machine, not a mirror."""
        return self._local

    def commit(self, revision: str) -> Commit:
        return self.repository.commit(revision or "HEAD")

    async def scene(self, revision: str = "") -> Scene:
        return await self.scenes.at(revision or "HEAD")

    async def render(self, ids: Sequence[str], revision: str = "") -> list[Desired]:
        """The desired state of components as the files alone say it, in the order of ids."""
        scene = await self.scene(revision)
        check_ids(ids, scene)
        work = (self._desired(scene, one, at) for one, at in scene.placed(ids, known=False))
        return await counted("rendering", work, self.listener)

    async def plan_range(self, base: str, head: str, ids: Sequence[str] = ()) -> Plan:
        """What the commits after `base` up to `head` change, without any cluster."""
        # Loaded here: whoever only renders needs no differ.
        from trunkline.engine.plan import RangePlan

        before, after = await self.scene(base), await self.scene(head)
        check_ids(ids, before, after)
        coming = partial(self._coming, base, head)
        found = await RangePlan(before, after, self.desires, self.listener, coming).plan(ids)
        misplaced = await self.newly_misplaced(base, head)
        return replace(found, findings=(*self.unheeded(head), *found.findings, *misplaced))

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

    def _settings_of(self, data: bytes) -> Settings:
        """What a commit's own file says, as far as its word counts and can be read."""
        try:
            return load_settings(data, SETTINGS_FILE) if self.trusted else self.settings
        except SettingsError:
            return self.settings

    def unheeded(self, revision: str) -> Sequence[Finding]:
        """What a commit's own settings say in vain, where it is not trusted."""
        if self.trusted:
            return ()
        return unheeded(self.settings, settings_file(self.repository, revision), SETTINGS_FILE)

    async def _desired(self, scene: Scene, component: Component, cluster: Cluster) -> Desired:
        rules = rules_for(component, scene.discovered.projects, scene.discovered.fleet)
        target = Target(cluster.name, capabilities_of(cluster), rules=rules)
        return await self.desires.desired(component, scene.world, target)


def between(units: Units, whole: Units) -> Sequence[Finding]:
    """The circles of units and Applications, each once; `units` tell of those of units alone."""
    circles = [one for one in whole.findings if one.rule == "infra-cycle"]
    return [*{one.message: one for one in circles if one not in units.findings}.values()]


async def withheld() -> Mapping[str, UnitOutputs]:
    """What units give, for a change from outside. Raises OutputsError."""
    raise OutputsError("outputs of units are not given to a change from outside")


def _charts(keyring: Keyring, cache: Path) -> Charts:
    """Loaded when the first chart is asked for: an HTTP client loads longer than many plans run."""
    from trunkline.edge.charts.charts import Charts

    return Charts(keyring, cache)


def check_ids(ids: Sequence[str], *scenes: Scene) -> None:
    """Raises UnknownComponent for an id that no scene has."""
    known = sorted({one.id for scene in scenes for one in scene.discovered.components})
    for one in ids:
        if one not in known:
            near = get_close_matches(one, known, n=3)
            hint = f"; did you mean {', '.join(near)}?" if near else ""
            raise UnknownComponent(f"no component is called {one!r}{hint}")
