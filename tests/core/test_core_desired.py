"""From what a render gave to what is applied: streams of YAML in, refs and findings out."""

from __future__ import annotations

from textwrap import dedent

import pytest

from trunkline.core.component import Component, Destination, Origin
from trunkline.core.desired import Desired
from trunkline.core.finding import Severity
from trunkline.core.manifest import Ref
from trunkline.core.scope import Scopes
from trunkline.core.settle import settle
from trunkline.core.yaml import documents

SHOP = Component(
    "shop", "shop", destination=Destination(namespace="shop"), origin=Origin("a.yaml", 3)
)
CRD = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: things.example.com}
    spec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}}
    ---
"""
THING = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t, namespace: stray}}\n"


def settled(text: str, known: dict[tuple[str, str], bool] | None = None) -> Desired:
    found = (one.value for one in documents(dedent(text)))
    return settle(SHOP, "eu", found, Scopes(known), lambda *_: "")


def refs(desired: Desired) -> list[str]:
    return [str(Ref.of(one)) for one in desired.manifests]


CASES = {
    "a namespace of its own, and the destination's": (
        """
        {apiVersion: v1, kind: Secret, metadata: {name: a}}
        ---
        {apiVersion: v1, kind: Secret, metadata: {name: a, namespace: other}}
        """,
        ["Secret shop/a", "Secret other/a"],
    ),
    "a stray namespace": (
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: r, namespace: x}
        """,
        ["ClusterRole.rbac.authorization.k8s.io r"],
    ),
    "a kind that nobody knows": (THING, ["Thing.example.com stray/t"]),
    "a kind that the render defines": (
        CRD + "    " + THING,
        ["CustomResourceDefinition.apiextensions.k8s.io things.example.com", "Thing.example.com t"],
    ),
    "a list, a list of a kind, a list in a list": (
        """
        apiVersion: v1
        kind: List
        items:
          - {apiVersion: v1, kind: Secret, metadata: {name: a}}
          - apiVersion: v1
            kind: ConfigMapList
            items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}]
          - {apiVersion: v1, kind: List, items: []}
        """,
        ["Secret shop/a", "ConfigMap shop/b"],
    ),
    "hooks that get their name from the server": (
        """
        {apiVersion: batch/v1, kind: Job, metadata: {generateName: run-}}
        ---
        {apiVersion: batch/v1, kind: Job, metadata: {generateName: run-}}
        """,
        ["Job.batch shop/run-", "Job.batch shop/run-"],
    ),
    "nothing, comments, an empty map": ("---\n# nothing\n---\n{}\n---\n", []),
    "names at their limit": (
        f"{{apiVersion: v1, kind: Secret, metadata: {{name: {'a' * 253}}}}}",
        [f"Secret shop/{'a' * 253}"],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_what_is_applied(text: str, expected: list[str]) -> None:
    desired = settled(text)
    assert refs(desired) == expected
    assert desired.findings == ()


def test_the_cluster_knows_its_kinds_better_than_a_crd() -> None:
    """As long as the old CRD stands, its scope is what the API server goes by."""
    assert refs(settled(THING, {("example.com", "Thing"): False})) == ["Thing.example.com t"]
    assert refs(settled(CRD + "    " + THING, {("example.com", "Thing"): True}))[1:] == [
        "Thing.example.com stray/t"
    ]


def test_of_an_object_rendered_twice_the_last_is_used() -> None:
    desired = settled(
        """
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {v: '1'}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
        ---
        {apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: shop}, data: {v: '2'}}
        """
    )
    assert refs(desired) == ["ConfigMap shop/b", "ConfigMap shop/a"]
    assert desired.manifests[1]["data"] == {"v": "2"}
    (finding,) = desired.findings
    assert (finding.rule, finding.severity, finding.place) == (
        "duplicate-object", "warning", "a.yaml:3",
    )  # fmt: skip
    assert finding.message == "ConfigMap shop/a is rendered twice; the last one is used"


def test_with_what_is_no_object_there_is_no_render() -> None:
    """Else an object that lost its kind or name by a slip would count as gone from Git."""
    desired = settled(
        "[1, 2]\n---\n{kind: Pod}\n---\n{apiVersion: v1, kind: Pod, metadata: {name: p}}"
    )
    assert (refs(desired), [one.rule for one in desired.findings]) == ([], ["not-an-object"] * 2)
    said = "shop: a Kubernetes object is a map, this is a list; apiVersion is missing (Pod)"
    assert desired.error == said


def test_what_is_no_object_many_times_is_said_once() -> None:
    desired = settled("{kind: Pod}\n---\n{kind: Pod}\n---\n{kind: Job}\n---\n{kind: Pod}")
    assert (
        desired.error == "shop: apiVersion is missing (Pod) (3 times); apiVersion is missing (Job)"
    )


def test_applications_beside_what_is_no_object_are_known() -> None:
    app = "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: a}}"
    assert len(settled(f"{app}\n---\n{{kind: Pod}}").declared) == 1


def test_a_crd_makes_no_other_thing_of_a_kind_that_is_built_in() -> None:
    """Else a project that allows all namespaced kinds would allow this one, in a plan at least."""
    crd = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "clusterroles.rbac.authorization.k8s.io"},
        "spec": {
            "group": "rbac.authorization.k8s.io",
            "names": {"kind": "ClusterRole"},
            "scope": "Namespaced",
        },
    }
    scopes = Scopes().with_crds([crd])
    assert not scopes.namespaced("rbac.authorization.k8s.io", "ClusterRole")


def test_what_flux_only_created_is_applied_and_told() -> None:
    note = "{kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}"
    found = settled(f"{{apiVersion: v1, kind: Secret, metadata: {{name: a, annotations: {note}}}}}")
    assert refs(found) == ["Secret shop/a"]
    (told,) = found.findings
    assert (told.severity, told.file, told.line) == (Severity.WARNING, "a.yaml", 3)
    assert "IfNotPresent" in told.message and "ignoreDifferences" in told.remedy
