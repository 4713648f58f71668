"""Applications as files beside the components, or the findings, that they are read into."""

from __future__ import annotations

from textwrap import dedent

import pytest

from trunkline.core.argo.application import Parsed, parse_application
from trunkline.core.argo.place import line_of
from trunkline.core.component import Destination, IgnoreRule, Origin, Retry
from trunkline.core.yaml import load

WHOLE = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: shop
  namespace: team
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: web
  destination: {name: eu, namespace: shop}
  sources:
    - repoURL: https://git.test/config.git
      path: charts/shop
      targetRevision: main
      helm:
        valueFiles: [$values/eu.yaml]
    - repoURL: https://git.test/values.git
      ref: values
  syncPolicy:
    automated: {prune: true, selfHeal: true}
    syncOptions: [CreateNamespace=true, PruneLast=true]
    retry:
      limit: 3
      backoff: {duration: 10s, factor: 3, maxDuration: 1h30m}
  ignoreDifferences:
    - group: apps
      kind: Deployment
      jsonPointers: [/spec/replicas]
"""


def parsed(text: str) -> Parsed:
    data = dedent(text).encode()
    return parse_application(
        load(data), Origin("a.yaml", 1), lines=lambda path: line_of(data, 1, path)
    )


def test_every_field_that_is_acted_on() -> None:
    component, findings = parsed(WHOLE)
    assert component is not None and findings == ()
    assert (component.id, component.project) == ("team/shop", "web")
    assert component.destination == Destination(name="eu", namespace="shop")
    chart, values = component.sources
    assert (chart.path, chart.helm) == ("charts/shop", {"valueFiles": ["$values/eu.yaml"]})
    assert (values.ref, values.path) == ("values", "")
    policy = component.policy
    assert (policy.automated, policy.prune, policy.self_heal, policy.allow_empty) == (
        True,
        True,
        True,
        False,
    )
    assert policy.options == {"CreateNamespace": "true", "PruneLast": "true"}
    assert policy.retry == Retry(3, 10.0, 3.0, 5400.0)
    assert component.ignore == (
        IgnoreRule("apps", "Deployment", json_pointers=("/spec/replicas",)),
    )


HYDRATED = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: web
  destination: {name: eu, namespace: shop}
  sourceHydrator:
    drySource: {repoURL: https://git.test/config.git, path: charts/shop, targetRevision: HEAD}
    syncSource: {targetBranch: env/eu, path: shop}
    hydrateTo: {targetBranch: env/eu-next}
"""


def test_what_argo_cd_hydrates_is_read_from_the_branch_that_it_writes() -> None:
    component, findings = parsed(HYDRATED)
    assert component is not None and findings == ()
    (source,) = component.sources
    assert (source.repo_url, source.path, source.target_revision) == (
        "https://git.test/config.git",
        "shop",
        "env/eu",
    )


@pytest.mark.parametrize(
    ("automated", "expected"),
    [("{}", True), ("{enabled: false}", False), ("{enabled: true}", True), ("null", False)],
)
def test_automated_sync_can_be_switched_off(automated: str, expected: bool) -> None:
    component, _ = parsed(WHOLE.replace("{prune: true, selfHeal: true}", automated))
    assert component is not None and component.policy.automated is expected


HEAD = "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
GOOD = "metadata: {name: a}\nspec:\n  destination: {name: eu}\n"
SOURCE = "  source: {repoURL: u, path: p}\n"

MISTAKES = {
    "no name": (
        "metadata: {}\nspec: {destination: {name: eu}, source: {repoURL: u, path: p}}\n",
        ["3: metadata: name is missing"],
    ),
    "a name that Kubernetes refuses": (
        GOOD.replace("name: a", "name: Shop_1") + SOURCE,
        [
            (
                "3: Shop_1: metadata.name: 'Shop_1' is no name: lower-case letters, digits, "
                "'-' and '.', at most 253"
            )
        ],
    ),
    "neither metadata nor spec": (
        "status: {}\n",
        ["1: metadata is missing", "1: spec is missing"],
    ),
    "spec is a list": (
        GOOD.split("spec")[0] + "spec: []\n",
        ["4: a: spec: is a list, should be a map"],
    ),
    "no source": (GOOD, ["4: a: spec: neither source nor sources is there"]),
    "a destination twice": (
        "metadata: {name: a}\nspec:\n  destination: {name: eu, server: https://eu}\n" + SOURCE,
        [
            (
                "5: a: spec.destination: name and server exclude each other: a cluster is named in "
                "one way"
            )
        ],
    ),
    "a destination nowhere": (
        "metadata: {name: a}\nspec:\n  destination: {namespace: shop}\n" + SOURCE,
        ["5: a: spec.destination: name or server of a cluster is missing"],
    ),
    "a number for a string, with the remedy": (
        GOOD + "  source: {repoURL: u, path: p, targetRevision: 1.5}\n",
        ["6: a: spec.source.targetRevision: is a number, should be a string: put it in quotes"],
    ),
    "path and chart": (
        GOOD + "  source: {repoURL: u, path: p, chart: c, targetRevision: v1}\n",
        ["6: a: spec.source: path and chart exclude each other"],
    ),
    "two kinds of source": (
        GOOD
        + "  source: {repoURL: u, path: p, helm: {skipCrds: true}, kustomize: {namePrefix: x}}\n",
        ["6: a: spec.source: helm and kustomize exclude each other: a source has one kind"],
    ),
    "a parameter without a name": (
        GOOD + "  source:\n    repoURL: u\n    path: p\n    helm:\n      parameters:\n"
        "        - {value: x}\n",
        ["11: a: spec.source.helm.parameters[0]: name is missing"],
    ),
    "a duration that is none": (
        GOOD + SOURCE + "  syncPolicy: {retry: {limit: 1, backoff: {duration: soon}}}\n",
        [
            (
                "7: a: spec.syncPolicy.retry.backoff.duration: 'soon' is no duration such as 5s, "
                "2m or 1h30m"
            )
        ],
    ),
    "a misspelt field is a warning": (
        GOOD + SOURCE + "  syncPolcy: {automated: {}}\n",
        ["7: a: spec.syncPolcy: unknown field; did you mean syncPolicy?"],
    ),
    "every mistake at once": (
        "metadata: {name: a}\nspec:\n  project: 3\n  source: {path: p}\n",
        [
            "5: a: spec.project: is a number, should be a string: put it in quotes",
            "4: a: spec: destination is missing",
            "6: a: spec.source: repoURL is missing",
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_told_at_its_line(text: str, expected: list[str]) -> None:
    _, findings = parsed(HEAD + text)
    assert [f"{one.line}: {one.message}" for one in findings] == expected


def test_a_warning_leaves_the_component() -> None:
    component, findings = parsed(HEAD + GOOD + SOURCE + "  syncPolcy: {}\n")
    assert component is not None and findings[0].severity == "warning"
