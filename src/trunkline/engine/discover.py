"""Everything that a commit declares: from files, from ApplicationSets, from Applications.

Discovery goes in rounds: what the files declare, what that generates and renders to, and so on
until nothing new appears. A source is rendered here only if its files mention Argo CD's kinds.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from trunkline.core.argo.appset.parse import ApplicationSet
from trunkline.core.argo.build_options import build_options_of
from trunkline.core.argo.customizations import Customizations, customizations_of
from trunkline.core.argo.fleet import Fleet, UnknownCluster
from trunkline.core.argo.global_projects import GlobalProjects, global_projects_of
from trunkline.core.argo.impersonation import Impersonation, impersonation_of
from trunkline.core.argo.project import DEFAULT_PROJECT, EVERYTHING, Project
from trunkline.core.argo.repository_secret import scoped_repositories, with_scoped
from trunkline.core.argo.scope import Scope
from trunkline.core.argo.switches import switches_of
from trunkline.core.argo.system_ignores import system_ignores_of
from trunkline.core.component import Cluster, Component, IgnoreRule, component_id
from trunkline.core.declaration import Declaration
from trunkline.core.discover import Declared, declared
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref
from trunkline.engine.appset import Generation
from trunkline.engine.children import Answer, Children
from trunkline.engine.declarations import Declarations, Recall
from trunkline.engine.desire import Desires
from trunkline.engine.family import Family
from trunkline.engine.fleet import cluster_of, declared_clusters, fleet_of
from trunkline.engine.permission import check, forbidden_declaration, forbidden_source, project_of
from trunkline.engine.report import Report, doubt_of
from trunkline.engine.superseded import superseded, without
from trunkline.engine.world import World
from trunkline.settings.values import Settings

SKIP = "argocd.argoproj.io/skip-reconcile"

# No repository nests deeper by intention; one that renders the next name each time never ends.
DEEPEST = 100
# Nor has one so many: what renders three of the next name each time would never end either.
MOST = 50_000
# So many are rendered before what they declare is counted.
AT_ONCE = 256


class Discovered(Struct, frozen=True):
    """`incomplete` says why components may be missing, "" if none can be. `skipped` are the ids
    of those that say themselves that they are to be left as they are. `sets` are the
    ApplicationSets by their ids.
    """

    components: tuple[Component, ...] = ()
    projects: Mapping[str, Project] = field(default_factory=dict)
    fleet: Fleet = field(default_factory=Fleet)
    findings: tuple[Finding, ...] = ()
    incomplete: str = ""
    skipped: frozenset[str] = frozenset()
    sets: Mapping[str, ApplicationSet] = field(default_factory=dict)
    customizations: Customizations = field(default_factory=Customizations)


async def discover(
    world: World,
    desires: Desires,
    settings: Settings,
    clusters: Sequence[Cluster],
    recall: Recall | None = None,
) -> Discovered:
    """Everything that the world's commit declares. `clusters` are the kubeconfig's contexts.

    The world learns what the commit says of kustomizations, unless the settings say it.
    """
    recall = recall or Recall()
    scope = Scope(settings.discovery.include, settings.discovery.exclude)
    found = await asyncio.to_thread(declared, world.snapshot, scope, recall.files)
    known, findings = declared_clusters(settings, found.clusters, clusters)
    rules = customizations_of(
        world.snapshot, found.health_files, found.argo_configs, settings.health.rules
    )
    options = build_options_of(world.snapshot, found.argo_configs)
    ignores = system_ignores_of(world.snapshot, found.argo_configs)
    if not settings.kustomize.load_restrictor:
        world.loads_anywhere = options.loads_anywhere
    world.switches = switches_of(world.snapshot, found.argo_configs)
    shared = global_projects_of(world.snapshot, found.argo_configs)
    acting = impersonation_of(world.snapshot, found.argo_configs)
    discovery = _Discovery(world, desires, settings, known, findings, recall, shared, acting)
    discovered = await discovery.run(found)
    return replace(
        discovered,
        components=_ignoring(discovered.components, ignores.rules),
        findings=(
            *discovered.findings,
            *rules.findings,
            *options.findings,
            *ignores.findings,
            *shared.findings,
        ),
        customizations=rules,
    )


def _ignoring(
    components: tuple[Component, ...], rules: tuple[IgnoreRule, ...]
) -> tuple[Component, ...]:
    """The components with what is ignored in all of them."""
    if not rules:
        return components
    return tuple(replace(one, ignore=(*one.ignore, *rules)) for one in components)


class _Discovery:
    """One discovery: what is known so far, and what is still to be looked into."""

    def __init__(
        self,
        world: World,
        desires: Desires,
        settings: Settings,
        clusters: Sequence[Cluster],
        findings: list[Finding],
        recall: Recall,
        shared: GlobalProjects,
        acting: Impersonation,
    ) -> None:
        self._world = world
        self._settings = settings
        self._clusters = clusters
        self._report = Report(findings)
        self._children = Children(world, desires, recall.files)
        self._generation = Generation(world, desires.renderer)
        self._declarations = Declarations(world.snapshot, self._generation, recall, self._report)
        self._family = Family()
        self._scoped: Mapping[str, tuple[str, ...]] = {}
        self._shared = shared
        self._acting = acting
        self._taken: dict[str, frozenset[str]] = {}
        self._waiting: list[Component] = []

    @property
    def _projects(self) -> Mapping[str, Project]:
        """As they are known by now, with what is scoped to them, what others say in them, and
        whether they say whom a sync acts as; then the default one is there too."""
        joined = self._shared.joined(with_scoped(self._declarations.projects, self._scoped))
        if not self._acting.enabled:
            return joined
        every = {DEFAULT_PROJECT: EVERYTHING, **joined}
        return {key: replace(one, impersonation=self._acting) for key, one in every.items()}

    async def run(self, files: Declared) -> Discovered:
        self._report.findings += files.findings
        self._report.doubts |= {one.place for one in files.findings}
        self._scoped = scoped_repositories(one.manifest for one in files.repositories)
        self._declarations.take_projects(files.projects, "")
        fresh = self._family.added(self._declarations.applications(files.applications, ""))
        self._see_clusters()
        fresh += await self._of_sets(files, "")
        for _ in range(DEEPEST):
            fresh = self._next(fresh)
            if not fresh or self._are_too_many(fresh):
                return self._ended()
            fresh = await self._below(fresh)
        if fresh:
            self._report.too_deep(fresh[0], DEEPEST)
        return self._ended()

    def _next(self, fresh: Sequence[Component]) -> list[Component]:
        """Whose project is not known waits for all others: one of them may render it, and then it
        says what may be declared."""
        every = [*self._waiting, *fresh]
        known = [one for one in every if project_of(one, self._declarations.projects)]
        unknown = [one for one in every if not project_of(one, self._declarations.projects)]
        self._waiting = unknown if known else []
        return known or every

    def _are_too_many(self, fresh: Sequence[Component]) -> bool:
        many = len(self._family.components) > MOST
        if many:
            self._report.too_many(fresh[0], MOST)
        return many

    async def _of_sets(self, found: Declared, parent: str) -> list[Component]:
        fresh = []
        for one in found.sets:
            fresh += self._family.added(await self._declarations.generated(one, parent))
        return fresh

    def _see_clusters(self) -> None:
        """Where none is declared, the components found so far imply them."""
        known = self._family.components.values()
        self._generation.fleet = fleet_of(self._settings, self._clusters, known)

    async def _below(self, parents: Sequence[Component]) -> list[Component]:
        """What these components render to that declares more, until that is too much."""
        self._see_clusters()
        fresh: list[Component] = []
        for at in range(0, len(parents), AT_ONCE):
            fresh += await self._rendered_by(parents[at : at + AT_ONCE])
            if len(self._family.components) > MOST:
                break
        return fresh

    async def _rendered_by(self, parents: Sequence[Component]) -> list[Component]:
        answers = await asyncio.gather(*map(self._answer, parents))
        found = []
        for parent, answer in zip(parents, answers, strict=True):
            if answer.error:
                self._report.doubts.add(parent.id)
            if answer.error and answer.declares:
                self._report.hidden(parent, answer.error)
            if answer.manifests and answer.taken:
                self._taken[parent.id] = answer.taken
            found.append((parent.id, self._allowed(parent, answer.manifests)))
        for parent_id, some in found:
            self._declarations.take_projects(some.projects, parent_id)
        fresh: list[Component] = []
        for parent_id, some in found:
            applications = self._declarations.applications(some.applications, parent_id)
            fresh += self._family.added(applications)
            fresh += await self._of_sets(some, parent_id)
        return fresh

    def _allowed(self, parent: Component, manifests: Iterable[Manifest]) -> Declared:
        """What a component renders and its project, as it is known by now, lets it declare."""
        found, projects = Declared(), self._projects
        for one in manifests:
            fleet = self._generation.fleet
            if reason := forbidden_declaration(parent, one, projects, fleet):
                self._report.refused(parent, Ref.of(one), reason)
                self._give_up(parent, Ref.of(one))
            else:
                found.take(Declaration(one, parent.origin.file, parent.origin.line))
        return found

    def _give_up(self, parent: Component, ref: Ref) -> None:
        """Nor is a file read by itself that the parent reads it from."""
        there = self._family.components.get(component_id(ref.name, ref.namespace))
        own = [one.path.strip("/") for one in parent.sources if self._world.is_own(one.repo_url)]
        if there and there.origin.file.startswith(tuple(f"{one}/" for one in own if one)):
            known = self._taken.get(parent.id, frozenset())
            self._taken[parent.id] = known | {there.origin.file}

    async def _answer(self, one: Component) -> Answer:
        """What the component renders to; what its project forbids is not fetched for that."""
        elsewhere = any(self._world.is_elsewhere(source) for source in one.sources)
        if elsewhere and (reason := forbidden_source(one, self._projects)):
            return Answer(error=reason)
        cluster = cluster_of(one.destination, self._generation.fleet)
        return await self._children.of(one, cluster)

    def _ended(self) -> Discovered:
        family = self._family
        gone = superseded(family.components, family.parents, self._taken)
        known = without(family.components, family.parents, gone)
        # What a skipped one renders is there all the same: only its own objects are left alone.
        skipped = {one.id for one in known.values() if _is_skipped(one, self._generation.fleet)}
        components = tuple(known[one] for one in sorted(known.keys() - skipped))
        projects, fleet = self._projects, fleet_of(self._settings, self._clusters, components)
        findings = [
            one for one in (*self._report.findings, *family.findings) if one.file not in gone.files
        ]
        for one in components:
            findings += check(one, projects, fleet, self._world)
        findings += self._shared.unknown(projects)
        return Discovered(
            components,
            projects,
            fleet,
            tuple(dict.fromkeys(findings)),
            ", ".join(sorted(self._report.doubts - {doubt_of(file) for file in gone.files})[:3]),
            frozenset(skipped),
            self._declarations.sets,
        )


def _is_skipped(component: Component, fleet: Fleet) -> bool:
    """Whether it says so itself, or its cluster's Secret says so of all that goes there."""
    if component.annotations.get(SKIP) == "true":
        return True
    try:
        return fleet.resolve(component.destination).annotations.get(SKIP) == "true"
    except UnknownCluster:
        return False
