"""Whatever a file holds, reading it as one of Argo CD's objects gives findings, never an error."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.core.argo.application import parse_application
from trunkline.core.argo.appset.parse import parse_application_set
from trunkline.core.argo.cluster_secret import is_cluster_secret, parse_cluster
from trunkline.core.argo.project import parse_project
from trunkline.core.component import Origin
from trunkline.core.yaml import load

APPLICATION = """\
metadata: {name: a, annotations: {x: y}, finalizers: [resources-finalizer.argocd.argoproj.io]}
spec:
  project: default
  sources:
    - repoURL: https://git.test/a.git
      path: a
      helm: {parameters: [{name: a, value: b}], valueFiles: [a.yaml], fileParameters: [{name: a}]}
    - repoURL: https://git.test/a.git
      path: b
      kustomize: {images: [a=b], replicas: [{name: a, count: 2}], patches: [{patch: a}]}
    - repoURL: https://git.test/a.git
      path: c
      directory: {recurse: true, jsonnet: {extVars: [{name: a, value: b}], libs: [a]}}
  destination: {name: eu, namespace: shop}
  syncPolicy:
    automated: {prune: true}
    syncOptions: [CreateNamespace=true]
    retry: {limit: 2, backoff: {duration: 5s, factor: 2, maxDuration: 1m}}
    managedNamespaceMetadata: {labels: {a: b}}
  ignoreDifferences: [{kind: Deployment, jsonPointers: [/spec/replicas]}]
  info: [{name: a, value: b}]
"""
PROJECT = """\
metadata: {name: p}
spec:
  sourceRepos: ["https://git.test/*", "!https://git.test/no"]
  destinations: [{name: eu, namespace: "shop-*"}]
  sourceNamespaces: ["/team-.*/"]
  clusterResourceWhitelist: [{group: "*", kind: Namespace}]
  namespaceResourceBlacklist: [{group: "", kind: Secret}]
  roles: [{name: r, policies: [p], groups: [g]}]
  orphanedResources: {warn: true, ignore: [{kind: ConfigMap}]}
  syncWindows: [{kind: deny, schedule: "0 1 * * *", duration: 1h, applications: ["*"]}]
  destinationServiceAccounts: [{server: s, namespace: n, defaultServiceAccount: d}]
"""
APPLICATION_SET = """\
metadata: {name: s}
spec:
  goTemplate: true
  goTemplateOptions: [missingkey=error]
  generators:
    - list: {elements: [{a: b}], elementsYaml: "[]"}
      selector: {matchLabels: {a: b}}
    - clusters: {selector: {matchExpressions: [{key: a, operator: Exists}]}, values: {a: b}}
    - git: {repoURL: u, revision: HEAD, directories: [{path: "a/*"}, {path: a/b, exclude: true}]}
    - git: {repoURL: u, files: [{path: "a/*"}], pathParamPrefix: p}
    - matrix: {generators: [{list: {elements: []}}, {git: {directories: [{path: a}]}}]}
    - merge: {mergeKeys: [a], generators: [{list: {elements: []}}, {clusters: {}}]}
    - pullRequest: {github: {owner: a}}
  template: {metadata: {name: "{{.a}}"}, spec: {project: default}}
  templatePatch: "spec: {}"
  syncPolicy: {preserveResourcesOnDeletion: true}
"""
CLUSTER = """\
apiVersion: v1
kind: Secret
metadata: {name: c, labels: {argocd.argoproj.io/secret-type: cluster}}
stringData: {name: eu, server: "https://eu.test", config: "{}"}
data: {project: cA==}
"""

ANYTHING = st.sampled_from(
    [None, True, 3, -1.5, "", "x", "[", "!*", "{{", [], {}, [None], {"a": 1}]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a value, the value itself left out."""
    found = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in pairs:
        found.append((*path, key))
        if isinstance(one, dict | list):
            found += places(one, (*path, key))
    return found


def put(value: Any, path: tuple[Any, ...], one: Any) -> None:
    """Put something at a place, if an earlier edit has left the way to it."""
    try:
        for part in path[:-1]:
            value = value[part]
        if isinstance(value, dict if isinstance(path[-1], str) else list):
            value[path[-1]] = one
    except (KeyError, IndexError, TypeError):
        pass


def with_one_changed(text: str) -> st.SearchStrategy[dict[str, Any]]:
    """The object with something else at one or two places of it."""
    whole = load(text)
    changes = st.lists(st.tuples(st.sampled_from(places(whole)), ANYTHING), min_size=1, max_size=2)

    def changed(edits: list[tuple[tuple[Any, ...], Any]]) -> dict[str, Any]:
        found = copy.deepcopy(whole)
        for path, value in edits:
            put(found, path, value)
        return found

    return changes.map(changed)


@given(with_one_changed(APPLICATION))
@settings(max_examples=300)
def test_applications(manifest: dict[str, Any]) -> None:
    component, findings = parse_application(manifest, Origin("a.yaml", 1))
    assert component is not None or findings


@given(with_one_changed(PROJECT))
@settings(max_examples=300)
def test_projects(manifest: dict[str, Any]) -> None:
    project, findings = parse_project(manifest, Origin("a.yaml", 1))
    assert project is not None or findings
    if project:
        project.source_allowed("https://git.test/a.git")
        project.applications_allowed("team-a")


@given(with_one_changed(APPLICATION_SET))
@settings(max_examples=300)
def test_application_sets(manifest: dict[str, Any]) -> None:
    found, findings = parse_application_set(manifest, Origin("a.yaml", 1))
    assert found is not None or findings


@given(with_one_changed(CLUSTER))
@settings(max_examples=200)
def test_cluster_secrets(manifest: dict[str, Any]) -> None:
    if is_cluster_secret(manifest):
        cluster, findings = parse_cluster(manifest, Origin("a.yaml", 1))
        assert cluster is not None or findings
