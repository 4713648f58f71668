"""What an ApplicationSet says of Applications that somebody changed in Argo CD's cluster: here they
are in no cluster, and follow the set."""

from __future__ import annotations

from trunkline.core.argo.appset.parse import parse_application_set
from trunkline.core.component import Origin
from trunkline.core.yaml import load

SET = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: shops, namespace: argocd}
spec:
  goTemplate: true
  generators: [{list: {elements: [{region: eu}]}}]
  ignoreApplicationDifferences:
    - {name: shop-eu, jsonPointers: [/spec/source/targetRevision]}
  preservedFields: {annotations: [team], labels: [team]}
  applyNestedSelectors: true
  syncPolicy: {applicationsSync: create-delete}
  template:
    metadata: {name: "shop-{{ .region }}"}
    spec:
      project: web
      source: {repoURL: "https://git.test/config.git", path: shop}
      destination: {name: eu, namespace: shop}
"""


def test_what_a_set_says_of_changes_that_nobody_makes_here_is_passed_over() -> None:
    found, findings = parse_application_set(load(SET.encode()), Origin("sets.yaml", 1))
    assert found is not None and findings == ()
    assert found.deletes
