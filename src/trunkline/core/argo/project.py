"""AppProject: what the applications of a project may use, and the questions that it answers.

https://argo-cd.readthedocs.io/en/stable/user-guide/projects/
A list of rules permits what any rule without `!` matches and no rule with `!` refuses. Cluster-
scoped kinds are refused unless the project lists them; namespaced ones are allowed unless it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from trunkline.core.argo.application import Lines, check_name, section_of, told
from trunkline.core.argo.fields import Fields, Problem, errors
from trunkline.core.argo.glob import path_matches, shell_matches
from trunkline.core.argo.impersonation import (
    Impersonation,
    ServiceAccountRule,
    service_account,
)
from trunkline.core.argo.repository import same_repository
from trunkline.core.argo.rules import (
    DestinationRule,
    KindRule,
    check_pattern,
    names_namespace,
    names_repository,
)
from trunkline.core.argo.window import SyncWindow, parse_window
from trunkline.core.component import ARGO_NAMESPACE, Cluster, Origin
from trunkline.core.finding import Finding
from trunkline.core.manifest import Ref

DEFAULT_PROJECT = "default"


class OrphanedResources(Struct, frozen=True):
    warn: bool = True
    ignore: tuple[KindRule, ...] = ()


class Role(Struct, frozen=True):
    name: str
    policies: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


class Project(Struct, frozen=True):
    """`namespace_whitelist` None allows every namespaced kind, an empty one allows none.

    `impersonation` is the system's word on whether `service_accounts` count.
    """

    name: str
    namespace: str = ARGO_NAMESPACE
    source_repos: tuple[str, ...] = ()
    destinations: tuple[DestinationRule, ...] = ()
    source_namespaces: tuple[str, ...] = ()
    cluster_whitelist: tuple[KindRule, ...] = ()
    cluster_blacklist: tuple[KindRule, ...] = ()
    namespace_whitelist: tuple[KindRule, ...] | None = None
    namespace_blacklist: tuple[KindRule, ...] = ()
    roles: tuple[Role, ...] = ()
    orphaned: OrphanedResources | None = None
    windows: tuple[SyncWindow, ...] = ()
    only_scoped_clusters: bool = False
    scoped_repositories: tuple[str, ...] = ()
    service_accounts: tuple[ServiceAccountRule, ...] = ()
    impersonation: Impersonation = Impersonation()
    labels: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = field(default_factory=Origin)

    def source_allowed(self, repo_url: str) -> bool:
        """A repository that is scoped to the project is a source of it by that alone."""
        rules = self.source_repos
        if any(names_repository(rule[1:], repo_url) for rule in rules if rule.startswith("!")):
            return False
        scoped = any(same_repository(one, repo_url) for one in self.scoped_repositories)
        return scoped or any(names_repository(rule, repo_url) for rule in rules if rule[:1] != "!")

    def destination_allowed(self, cluster: Cluster, namespace: str) -> bool:
        """Whether objects may go to this namespace of this cluster.

        A cluster that is scoped to the project is a destination of it by that alone, in the
        namespaces that it is kept to.
        """
        rules = self.destinations
        if self.only_scoped_clusters and cluster.project != self.name:
            return False
        if any(rule.refuses and rule.covers(cluster, namespace) for rule in rules):
            return False
        scoped = bool(cluster.project) and cluster.project == self.name
        scoped = scoped and (not cluster.namespaces or namespace in cluster.namespaces)
        return scoped or any(rule.covers(cluster, namespace) for rule in rules if not rule.refuses)

    def kind_allowed(self, ref: Ref, namespaced: bool) -> bool:
        if namespaced:
            listed = self.namespace_whitelist is None or _any(self.namespace_whitelist, ref)
            return listed and not _any(self.namespace_blacklist, ref)
        return _any(self.cluster_whitelist, ref) and not _any(self.cluster_blacklist, ref)

    def applications_allowed(self, namespace: str) -> bool:
        """Whether Applications of this namespace may use the project.

        Those beside the project itself always may: there only administrators write.
        """
        return namespace in (ARGO_NAMESPACE, self.namespace) or any(
            names_namespace(rule, namespace) for rule in self.source_namespaces
        )

    def account_at(self, cluster: Cluster, namespace: str) -> ServiceAccountRule | None:
        """Who a sync acts as there; None: the cluster's own access."""
        if not self.impersonation.enabled:
            return None
        at = cluster.servers
        rules = (
            rule for rule in self.service_accounts for one in at if rule.covers(one, namespace)
        )
        return next(rules, None)

    def lacks_account(self, cluster: Cluster, namespace: str) -> bool:
        """Whether nobody may sync there, for want of an account."""
        asked = self.impersonation.enabled and self.impersonation.enforced
        return asked and self.account_at(cluster, namespace) is None

    def forbids(self, ref: Ref, namespaced: bool, cluster: Cluster) -> str:
        """Why an object may not be applied to the cluster, "" where it may."""
        if not self.kind_allowed(ref, namespaced):
            scope = "namespaced" if namespaced else "cluster-scoped"
            return f"project {self.name} does not allow the {scope} kind {_kind(ref)}"
        if namespaced and not self.destination_allowed(cluster, ref.namespace):
            return (
                f"project {self.name} does not allow the namespace {ref.namespace} "
                f"of cluster {cluster.name}"
            )
        return ""


# Argo CD creates it by itself, and then it permits everything.
EVERYTHING = Project(
    DEFAULT_PROJECT,
    source_repos=("*",),
    destinations=(DestinationRule("*", "*", "*"),),
    source_namespaces=("*",),
    cluster_whitelist=(KindRule("*", "*"),),
)


def parse_project(
    manifest: Mapping[str, Any], origin: Origin, lines: Lines | None = None
) -> tuple[Project | None, tuple[Finding, ...]]:
    """The project of an AppProject, None where it is broken, and what is to be said of it."""
    problems: list[Problem] = []
    project = _project(Fields(manifest, (), problems), origin)
    findings = told(problems, "project", project.name, origin, lines)
    return (None if errors(problems) else project), findings


def _project(whole: Fields, origin: Origin) -> Project:
    metadata, spec = section_of(whole, "metadata"), section_of(whole, "spec")
    kinds = {
        key: tuple(_kind_rule(one) for one in spec.sections(key))
        for key in (
            "clusterResourceWhitelist",
            "clusterResourceBlacklist",
            "namespaceResourceWhitelist",
            "namespaceResourceBlacklist",
        )
    }
    spec.text("description")
    _check_signatures(spec)
    project = Project(
        name=check_name(metadata),
        namespace=metadata.text("namespace") or ARGO_NAMESPACE,
        source_repos=_rules(spec, "sourceRepos", names_repository),
        destinations=tuple(_destination(one) for one in spec.sections("destinations")),
        source_namespaces=_rules(spec, "sourceNamespaces", names_namespace),
        cluster_whitelist=kinds["clusterResourceWhitelist"],
        cluster_blacklist=kinds["clusterResourceBlacklist"],
        namespace_whitelist=(
            None
            if spec.value.get("namespaceResourceWhitelist") is None
            else kinds["namespaceResourceWhitelist"]
        ),
        namespace_blacklist=kinds["namespaceResourceBlacklist"],
        roles=tuple(_role(one) for one in spec.sections("roles")),
        orphaned=_orphaned(spec.section("orphanedResources")),
        windows=tuple(parse_window(one) for one in spec.sections("syncWindows")),
        only_scoped_clusters=spec.flag("permitOnlyProjectScopedClusters"),
        service_accounts=tuple(
            service_account(one) for one in spec.sections("destinationServiceAccounts")
        ),
        labels=metadata.text_map("labels"),
        origin=origin,
    )
    spec.told_apart()
    return project


def _check_signatures(spec: Fields) -> None:
    """Whoever asks for signed commits is told that nobody looks."""
    said = "signatures of commits are not verified here: have the branch take signed ones only"
    integrity = spec.section("sourceIntegrity")
    if integrity and integrity.value:
        spec.problem(said, "sourceIntegrity", warning=True)
    if spec.sections("signatureKeys"):
        spec.problem(said, "signatureKeys", warning=True)


def _rules(spec: Fields, key: str, matches: Callable[[str, str], bool]) -> tuple[str, ...]:
    found = spec.texts(key)
    for at, rule in enumerate(found):
        check_pattern(spec, matches, rule.removeprefix("!"), key, at)
        if rule == "!*":
            spec.problem("'!*' would refuse everything; leave the list empty for that", key, at)
    return found


def _destination(fields: Fields) -> DestinationRule:
    rule = DestinationRule(fields.text("server"), fields.text("name"), fields.text("namespace"))
    if not (rule.server or rule.name):
        fields.problem("server or name of a cluster is missing ('*' for all)")
    for key in ("server", "name", "namespace"):
        if fields.value.get(key) == "!*":
            fields.problem("'!*' would refuse everything", key)
        check_pattern(fields, shell_matches, getattr(rule, key).removeprefix("!"), key)
    fields.told_apart()
    return rule


def _kind_rule(fields: Fields) -> KindRule:
    rule = KindRule(fields.text("group"), fields.required("kind"), fields.text("name"))
    for key in ("group", "kind", "name"):
        check_pattern(fields, path_matches, getattr(rule, key), key)
    fields.told_apart()
    return rule


def _role(fields: Fields) -> Role:
    return Role(fields.required("name"), fields.texts("policies"), fields.texts("groups"))


def _orphaned(fields: Fields | None) -> OrphanedResources | None:
    if fields is None:
        return None
    ignored = (
        KindRule(one.text("group") or "*", one.text("kind") or "*", one.text("name"))
        for one in fields.sections("ignore")
    )
    return OrphanedResources(fields.flag("warn", default=True), tuple(ignored))


def _any(rules: tuple[KindRule, ...], ref: Ref) -> bool:
    return any(rule.covers(ref) for rule in rules)


def _kind(ref: Ref) -> str:
    named = f"{ref.kind}.{ref.group}" if ref.group else ref.kind
    return named if ref.namespace else f"{named} ({ref.name})"
