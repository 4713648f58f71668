"""A component is what is planned and applied as one: an Argo CD Application, and later an
infrastructure unit.

These are Trunkline's own values, not Argo CD's wire types: `core/argo/` parses the files into
them, and everything behind discovery knows only this page. Where a field has Argo CD's meaning,
its name is Argo CD's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from trunkline.core.argo.glob import BadPattern, shell_matches
from trunkline.core.manifest import Ref

ARGO_NAMESPACE = "argocd"
IN_CLUSTER = "https://kubernetes.default.svc"
LOCAL_NAME = "in-cluster"
FINALIZER = "resources-finalizer.argocd.argoproj.io"


class ComponentKind(StrEnum):
    APPLICATION = "Application"


class Origin(Struct, frozen=True):
    """Where a component was declared: a file and a line of the snapshot (0: not known)."""

    file: str = ""
    line: int = 0


class Destination(Struct, frozen=True):
    """A cluster by name or by server address, as the file says it, and a namespace."""

    name: str = ""
    server: str = ""
    namespace: str = ""


class Source(Struct, frozen=True):
    """One source of manifests.

    `helm`, `kustomize` and `directory` hold Argo CD's options as written (camelCase keys), None
    where the file has no such section. A `target_revision` that says versions means tags with the
    `tag_prefix`. `ref` names this source for `$ref/…` values files.
    """

    repo_url: str
    path: str = ""
    chart: str = ""
    target_revision: str = ""
    tag_prefix: str = ""
    ref: str = ""
    name: str = ""
    helm: Mapping[str, Any] | None = None
    kustomize: Mapping[str, Any] | None = None
    directory: Mapping[str, Any] | None = None
    plugin: Mapping[str, Any] | None = None

    @property
    def shown_url(self) -> str:
        """The address without a user or password, which some write into it."""
        return re.sub(r"//[^/@]*@", "//", self.repo_url)

    @property
    def said(self) -> str:
        """The source as a person names it: the path, or the chart and its version."""
        return self.path or (f"{self.chart}@{self.target_revision}" if self.chart else ".")


class Retry(Struct, frozen=True):
    """How often a failed sync is tried again; times in seconds. limit < 0: without end."""

    limit: int = 0
    duration: float = 5.0
    factor: float = 2.0
    max_duration: float = 180.0


class SyncPolicy(Struct, frozen=True):
    """`options` are Argo CD's `Key=value` sync options as a map of strings."""

    automated: bool = False
    prune: bool = False
    self_heal: bool = False
    allow_empty: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    retry: Retry = Retry()
    namespace_labels: Mapping[str, str] = field(default_factory=dict)
    namespace_annotations: Mapping[str, str] = field(default_factory=dict)


class IgnoreRule(Struct, frozen=True):
    """One entry of `ignoreDifferences`; empty `name`, `namespace` match all; group and kind may be
    patterns: `*`, `*.crossplane.io`."""

    group: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    json_pointers: tuple[str, ...] = ()
    jq_expressions: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()

    def applies_to(self, ref: Ref) -> bool:
        return (
            _fits(self.group, ref.group)
            and _fits(self.kind, ref.kind)
            and self.name in ("", ref.name)
            and self.namespace in ("", ref.namespace)
        )


def _fits(pattern: str, name: str) -> bool:
    if pattern in ("*", name):
        return True
    try:
        return "*" in pattern and shell_matches(pattern, name)
    except BadPattern:
        return False


class Component(Struct, frozen=True):
    """`id` is the name where the Application lives in the `argocd` namespace, else
    `namespace/name`. `finalizers` and `annotations` are those of the Application itself. `parent`
    is the id of the Application that renders it, `generator` that of its ApplicationSet.
    """

    id: str
    name: str
    namespace: str = ARGO_NAMESPACE
    kind: ComponentKind = ComponentKind.APPLICATION
    project: str = "default"
    destination: Destination = Destination()
    sources: tuple[Source, ...] = ()
    policy: SyncPolicy = SyncPolicy()
    ignore: tuple[IgnoreRule, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    finalizers: tuple[str, ...] = ()
    origin: Origin = Origin()
    parent: str = ""
    generator: str = ""

    @property
    def takes_objects_along(self) -> bool:
        """Whether its objects go when it goes: Argo CD's finalizer, in any of its spellings."""
        return any(one.split("/")[0] == FINALIZER for one in self.finalizers)


def component_id(name: str, namespace: str = ARGO_NAMESPACE) -> str:
    return name if namespace in ("", ARGO_NAMESPACE) else f"{namespace}/{name}"


class Cluster(Struct, frozen=True):
    """One Kubernetes API server as the repository and the settings know it.

    `access` says how it is reached, without any secret in it: `{"kubeconfig": path, "context":
    name}`, `{"inCluster": true}`, `{"secret": "namespace/name"}` with the Secret's `config`, or
    `{"unit": id}` of the infrastructure that makes it.
    `project` is the only AppProject that the cluster belongs to, "" for all. `namespaces` are the
    only ones that are managed there, () for all; then `cluster_resources` says whether what has no
    namespace is, too. `local` is the meta cluster, whatever it is called and however it is reached.
    """

    name: str
    server: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    access: Mapping[str, Any] = field(default_factory=dict)
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    origin: Origin = Origin()
    project: str = ""
    namespaces: tuple[str, ...] = ()
    cluster_resources: bool = True
    local: bool = False

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses by which Argo CD's files may mean it."""
        return (self.server, IN_CLUSTER) if self.local else (self.server,)

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which they may."""
        return (self.name, LOCAL_NAME) if self.local else (self.name,)

    def leaves(self, ref: Ref, namespaced: bool) -> str:
        """Why an object is not managed there, "" where it may be."""
        if not self.namespaces:
            return ""
        if namespaced and ref.namespace not in self.namespaces:
            return f"namespace {ref.namespace} is none of those that {self.name} is kept to"
        if not namespaced and not self.cluster_resources:
            return f"{self.name} is kept to namespaces, and {ref.kind} has none"
        return ""
