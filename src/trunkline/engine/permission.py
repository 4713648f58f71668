"""What a component's project lets it do, and whether its references lead anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from trunkline.core.argo.fleet import Fleet, UnknownCluster
from trunkline.core.argo.impersonation import ENABLED, ServiceAccountRule
from trunkline.core.argo.project import DEFAULT_PROJECT, EVERYTHING, Project
from trunkline.core.argo.rules import DestinationRule
from trunkline.core.argo.schedule import BadSchedule, closed
from trunkline.core.component import Cluster, Component
from trunkline.core.finding import Finding
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.settle import Veto
from trunkline.core.snapshot import SnapshotError, missing, normal_path
from trunkline.core.sources.whole import Unfetched
from trunkline.engine.desire import Rules
from trunkline.engine.world import World

Projects = Mapping[str, Project]

ASK = "ask the owner of the project"
NO_ACCOUNT = (
    f"names in destinationServiceAccounts no account to sync with ({ENABLED} asks for one) for"
)
COMMIT_IT = "commit the AppProject: `kubectl get appprojects -n argocd -o yaml` shows what there is"


def check(
    component: Component, projects: Projects, fleet: Fleet, world: World
) -> Iterator[Finding]:
    """What is wrong with the component as a whole: its cluster, its project, its paths."""
    try:
        fleet.resolve(component.destination)
    except UnknownCluster as error:
        yield _finding(component, "unknown-cluster", str(error), error.remedy)
    if reason := refusal(component, projects, fleet):
        known = project_of(component, projects) is not None
        yield _finding(component, "forbidden", reason, ASK if known else COMMIT_IT)
    for source in component.sources:
        if (
            source.path
            and world.is_own(source.repo_url)
            and source.target_revision in world.tracked
        ):
            try:
                path = normal_path(source.path)
                there = world.whole.entry(path) is not None
                why = "" if there else missing(world.snapshot, path)
            except Unfetched:
                continue
            except SnapshotError as error:
                yield _finding(component, "bad-path", str(error), "")
                continue
            if not there:
                said = f"source.path: {source.path} {why}"
                yield _finding(component, "unknown-path", said, "")


def refusal(component: Component, projects: Projects, fleet: Fleet) -> str:
    """Why nothing of the component may be applied, "" if it may."""
    project = project_of(component, projects)
    if project is None:
        known = ", ".join(sorted({*projects, DEFAULT_PROJECT}))
        return f"no AppProject is called {component.project} (known: {known})"
    if not project.applications_allowed(component.namespace):
        return f"project {project.name} takes no Applications of namespace {component.namespace}"
    if reason := forbidden_source(component, projects):
        return reason
    try:
        cluster = fleet.resolve(component.destination)
    except UnknownCluster:
        return ""
    namespace = component.destination.namespace
    place = f"namespace {namespace} of cluster {cluster.name}"
    if not project.destination_allowed(cluster, namespace):
        unknown = _unknown_address(cluster, project.destinations)
        return f"project {project.name} does not allow the destination {place}{unknown}"
    if project.lacks_account(cluster, namespace):
        unknown = _unknown_address(cluster, project.service_accounts)
        return f"project {project.name} {NO_ACCOUNT} {place}{unknown}"
    return ""


def acts_as(component: Component, projects: Projects, fleet: Fleet) -> str:
    """The user that writes of the component are made as, "" for the cluster's own access."""
    project = project_of(component, projects)
    try:
        cluster = fleet.resolve(component.destination)
    except UnknownCluster:
        return ""
    namespace = component.destination.namespace
    account = project.account_at(cluster, namespace) if project else None
    return account.user(namespace or component.namespace) if account else ""


def _unknown_address(
    cluster: Cluster, rules: Iterable[DestinationRule | ServiceAccountRule]
) -> str:
    """What is to be said where a rule may mean the cluster by an address that is not known."""
    if cluster.server or all(one.server in ("", "*") for one in rules):
        return ""
    return (
        f"; it names clusters by their address, and that of {cluster.name} is not known "
        "(`server` under clusters in trunkline.yaml)"
    )


def forbidden_source(component: Component, projects: Projects) -> str:
    """Why the project does not let the component read a source, as far as it is known; else ""."""
    project = project_of(component, projects)
    for source in component.sources if project else ():
        if project and not project.source_allowed(source.repo_url):
            return f"project {project.name} does not allow the source {source.shown_url}"
    return ""


def closed_window(
    component: Component,
    projects: Projects,
    cluster: Cluster,
    now: datetime,
    *,
    manual: bool = True,
) -> str:
    """Why the project's sync windows keep the component from being synced now, else "".

    `manual`: a person asks for the sync.
    """
    project = project_of(component, projects)
    if project is None:
        return ""
    try:
        return closed(project.windows, component, cluster, now, manual=manual)
    except BadSchedule as error:
        return f"project {project.name}: a sync window cannot be understood: {error}"


def rules_for(component: Component, projects: Projects, fleet: Fleet) -> Rules:
    """The project's word on the component and on each of its objects."""
    if reason := refusal(component, projects, fleet):
        return Rules(f"{component.id}: {reason}")
    return Rules(
        veto=veto_for(component, projects, fleet), acts_as=acts_as(component, projects, fleet)
    )


def veto_for(component: Component, projects: Projects, fleet: Fleet) -> Veto:
    """The project's word on each object, and its cluster's, whatever is said of the component as a
    whole. What is forbidden is neither applied nor deleted."""
    project = project_of(component, projects)
    try:
        cluster = fleet.resolve(component.destination)
    except UnknownCluster:
        return Rules().veto
    if project is None or (project == EVERYTHING and not cluster.namespaces):
        return Rules().veto

    def veto(ref: Ref, namespaced: bool) -> str:
        return cluster.leaves(ref, namespaced) or project.forbids(ref, namespaced, cluster)

    return veto


def forbidden_declaration(
    parent: Component, manifest: Manifest, projects: Projects, fleet: Fleet
) -> str:
    """Why what a component renders may declare nothing, "" where it may.

    An Application is an object of its parent's as any other: else whoever a project restricts would
    render one of another project, or the project itself anew.
    """
    known = project_of(parent, projects)
    reason = refusal(parent, projects, fleet)
    if reason and (known or manifest.get("kind") == "AppProject"):
        return reason
    ref = Ref.of(manifest)
    placed = replace(ref, namespace=ref.namespace or parent.destination.namespace)
    return veto_for(parent, projects, fleet)(placed, True)


def project_of(component: Component, projects: Projects) -> Project | None:
    """The component's project; `default` permits everything where nobody declares it."""
    known = projects.get(component.project)
    if known is None and component.project == DEFAULT_PROJECT:
        return EVERYTHING
    return known


def _finding(component: Component, rule: str, message: str, remedy: str) -> Finding:
    return Finding(
        rule,
        f"{component.id}: {message}",
        file=component.origin.file,
        line=component.origin.line,
        component=component.id,
        remedy=remedy,
    )
