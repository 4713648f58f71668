"""Everything that a commit declares: from files, from ApplicationSets, from Applications.

Discovery goes in rounds: what the files declare, what that generates and renders to, and so on
until nothing new appears. A source is rendered here only if its files mention Argo CD's kinds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from trunkline.core.argo.application import parse_application
from trunkline.core.argo.appset.combine import BadGenerator
from trunkline.core.argo.appset.parse import ApplicationSet, parse_application_set
from trunkline.core.argo.cluster_secret import parse_cluster
from trunkline.core.argo.fields import Path
from trunkline.core.argo.fleet import LOCAL_NAME, Fleet, joined
from trunkline.core.argo.place import line_of
from trunkline.core.argo.project import Project, parse_project
from trunkline.core.argo.scope import Scope
from trunkline.core.component import IN_CLUSTER, Cluster, Component, Destination, Origin
from trunkline.core.discover import Declaration, Declared, declared
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, annotations_of
from trunkline.core.rendering import RenderError
from trunkline.edge.git import GitError
from trunkline.engine.appset import Generation
from trunkline.engine.children import Children
from trunkline.engine.desire import Desires
from trunkline.engine.permission import check
from trunkline.engine.world import World
from trunkline.settings import Settings, clusters_of

SETTINGS_FILE = "trunkline.yaml"
SKIP = "argocd.argoproj.io/skip-reconcile"

# No repository nests deeper by intention.
DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Discovered:
    """`incomplete` says why components may be missing, "" if none can be."""

    components: tuple[Component, ...] = ()
    projects: Mapping[str, Project] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=Fleet)
    findings: tuple[Finding, ...] = ()
    incomplete: str = ""


async def discover(
    world: World, desires: Desires, settings: Settings, clusters: Sequence[Cluster]
) -> Discovered:
    """Everything that the world's commit declares. `clusters` are the kubeconfig's contexts."""
    scope = Scope(
        world.urls, include=settings.discovery.include, exclude=settings.discovery.exclude
    )
    found = await asyncio.to_thread(declared, world.snapshot, scope)
    return await _Discovery(world, desires, settings, clusters).run(found)


class _Discovery:
    """One discovery: what is known so far, and what is still to be looked into."""

    def __init__(
        self, world: World, desires: Desires, settings: Settings, clusters: Sequence[Cluster]
    ) -> None:
        self._world = world
        self._desires = desires
        self._settings = settings
        self._contexts = clusters
        self._components: dict[str, Component] = {}
        self._projects: dict[str, Project] = {}
        self._findings: list[Finding] = []
        self._doubts: list[str] = []
        self._fleet = Fleet()

    async def run(self, files: Declared) -> Discovered:
        self._findings += files.findings
        self._doubts += [one.place for one in files.findings]
        self._take_projects(files.projects, "")
        applications = [self._parsed(one, "") for one in files.applications]
        self._fleet = self._known_clusters(files.clusters, [one for one in applications if one])
        fresh = self._added(one for one in applications if one)
        fresh += await self._generated(files.sets, "")
        for _ in range(DEEPEST):
            if not fresh:
                break
            fresh = await self._children(fresh)
        else:
            self._doubt(
                Finding("too-deep", f"Applications nest deeper than {DEEPEST} levels"), "nesting"
            )
        return self._ended()

    def _ended(self) -> Discovered:
        components = tuple(self._components[one] for one in sorted(self._components))
        found = Discovered(components, self._projects, self._fleet)
        for one in components:
            self._findings += check(one, found.projects, found.fleet, self._world)
        doubts = sorted(set(self._doubts))
        return replace(
            found,
            findings=tuple(dict.fromkeys(self._findings)),
            incomplete=", ".join(doubts[:3]),
        )

    def _known_clusters(
        self, secrets: Sequence[Declaration], applications: Sequence[Component]
    ) -> Fleet:
        """Declared clusters; where none is, the kubeconfig's; where none is, those implied."""
        found = []
        for one in secrets:
            cluster, findings = parse_cluster(one.manifest, Origin(one.file, one.line))
            self._findings += findings
            if cluster:
                found.append(cluster)
        own = clusters_of(self._settings, SETTINGS_FILE)
        known = joined(own, found) or tuple(self._contexts) or _implied(applications)
        meta = self._settings.meta_cluster
        return Fleet(known, meta or (known[0].name if len(known) == 1 else ""))

    def _take_projects(self, projects: Iterable[Declaration], parent: str) -> None:
        for one in projects:
            origin = Origin(one.file, one.line)
            project, findings = parse_project(one.manifest, origin, self._lines(one))
            self._findings += findings
            if project:
                self._projects[project.name] = project
            else:
                self._doubts.append(f"AppProject of {one.file or parent}")

    def _parsed(self, one: Declaration, parent: str) -> Component | None:
        if annotations_of(one.manifest).get(SKIP) == "true":
            return None
        origin = Origin(one.file, one.line)
        component, findings = parse_application(one.manifest, origin, parent, self._lines(one))
        self._findings += findings
        if component is None:
            self._doubts.append(f"an Application of {one.file or parent}")
        return component

    def _added(self, components: Iterable[Component]) -> list[Component]:
        """Those that are new. One that is found twice is one: a rendered one wins over a file's,
        for what a parent renders is what would be applied."""
        fresh = []
        for one in components:
            known = self._components.get(one.id)
            if known is not None and (known.parent or not one.parent):
                continue
            if known is not None and self._is_above(one.id, one.parent):
                continue
            self._components[one.id] = one
            if known is None or known.sources != one.sources:
                fresh.append(one)
        return fresh

    def _is_above(self, component_id: str, parent: str) -> bool:
        """Whether the component is an ancestor of its would-be parent, or the parent itself."""
        return component_id in self._ancestors(parent)

    def _ancestors(self, component_id: str) -> list[str]:
        line: list[str] = []
        while component_id and component_id not in line:
            line.append(component_id)
            known = self._components.get(component_id)
            component_id = known.parent if known else ""
        return line

    async def _generated(self, sets: Iterable[Declaration], parent: str) -> list[Component]:
        generation = Generation(self._world, self._fleet, self._desires.renderer)
        fresh = []
        for one in sets:
            origin = Origin(one.file, one.line)
            parsed, findings = parse_application_set(one.manifest, origin, self._lines(one))
            self._findings += findings
            if parsed is None:
                self._doubts.append(f"an ApplicationSet of {one.file or parent}")
                continue
            manifests = await self._expanded(generation, parsed)
            declarations = (Declaration(each, one.file, one.line) for each in manifests)
            components = (self._parsed(each, parent) for each in declarations)
            fresh += self._added(each for each in components if each)
        return fresh

    async def _expanded(self, generation: Generation, one: ApplicationSet) -> list[Manifest]:
        try:
            return await generation.applications(one)
        except (BadGenerator, RenderError, GitError) as error:
            finding = Finding(
                "applicationset-failed",
                f"ApplicationSet {one.name}: {error}",
                file=one.origin.file,
                line=one.origin.line,
            )
            self._doubt(finding, f"ApplicationSet {one.name}")
            return []

    async def _children(self, parents: Sequence[Component]) -> list[Component]:
        """What these components render to that declares more."""
        children = Children(self._world, self._desires)
        answers = await asyncio.gather(*(children.of(one, self._target(one)) for one in parents))
        fresh = []
        for parent, answer in zip(parents, answers, strict=True):
            if answer.error:
                self._doubts.append(parent.id)
            fresh += await self._declared_by(parent, answer.manifests)
        return fresh

    async def _declared_by(
        self, parent: Component, manifests: Sequence[Manifest]
    ) -> list[Component]:
        origin = parent.origin
        below = Declared()
        for one in manifests:
            below.take(Declaration(one, origin.file, origin.line))
        self._take_projects(below.projects, parent.id)
        applications = []
        for declaration in below.applications:
            component = self._parsed(declaration, parent.id)
            if component and not self._closes_a_cycle(component, parent):
                applications.append(component)
        fresh = self._added(applications)
        return fresh + await self._generated(below.sets, parent.id)

    def _closes_a_cycle(self, component: Component, parent: Component) -> bool:
        """An Application that renders itself manages itself; a longer way round is a mistake."""
        line = self._ancestors(parent.id)
        if component.id == parent.id or component.id not in line:
            return component.id == parent.id
        round_trip = [*reversed(line[: line.index(component.id) + 1]), component.id]
        self._findings.append(
            Finding(
                "cyclic-applications",
                f"Applications render each other in a circle: {' → '.join(round_trip)}",
                file=parent.origin.file,
                line=parent.origin.line,
                component=parent.id,
                remedy="let one of them not render the next",
            )
        )
        return True

    def _target(self, component: Component) -> Cluster:
        return cluster_of(component.destination, self._fleet)

    def _lines(self, one: Declaration) -> _Lines:
        return _Lines(self._world, one.file, one.line)

    def _doubt(self, finding: Finding, why: str) -> None:
        self._findings.append(finding)
        self._doubts.append(why)


@dataclass(frozen=True, slots=True)
class _Lines:
    """The line of a field, found by reading the file again: there is a mistake to tell of."""

    world: World
    file: str
    start: int

    def __call__(self, path: Path) -> int:
        snapshot = self.world.snapshot
        if not self.file or snapshot.entry(self.file) != "file":
            return 0
        return line_of(snapshot.read(self.file), self.start, path)


def cluster_of(destination: Destination, fleet: Fleet) -> Cluster:
    """The destination's cluster, or one that stands for it where it is not known."""
    try:
        return fleet.resolve(destination)
    except ValueError:
        return _stand_in(destination)


def _stand_in(destination: Destination) -> Cluster:
    server = destination.server
    if destination.name == LOCAL_NAME or server == IN_CLUSTER:
        return Cluster(LOCAL_NAME, IN_CLUSTER)
    return Cluster(destination.name or server, server)


def _implied(applications: Iterable[Component]) -> tuple[Cluster, ...]:
    """The clusters that Applications name, where nothing declares any: enough for plans."""
    found = {one.name: one for one in (_stand_in(each.destination) for each in applications)}
    return tuple(found[name] for name in sorted(found))
