"""The identity of an object, and what counts as one."""

import pytest

from trunkline.core.manifest import NotAManifest, Ref, checked, flattened


@pytest.mark.parametrize(
    ("manifest", "text"),
    [
        pytest.param(
            {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}},
            "Deployment.apps web",
            id="no-namespace",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "namespace": "b"}},
            "Secret b/a",
            id="core-group",
        ),
        pytest.param(
            {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "run-"}},
            "Job.batch run-",
            id="generated-name",
        ),
    ],
)
def test_ref_of_a_manifest(manifest, text):
    assert str(Ref.of(manifest)) == text


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param([1], "a Kubernetes object is a map", id="list"),
        pytest.param({"kind": "Pod"}, r"apiVersion is missing \(Pod\)", id="no-version"),
        pytest.param(
            {"apiVersion": "v1", "metadata": {"name": "a"}}, r"kind is missing \(a\)", id="no-kind"
        ),
        pytest.param(
            {"image": {}, 3: 4, "tag": "1", "more": 2},
            r"apiVersion is missing \(a map of image, 3, tag, …\)",
            id="values",
        ),
        pytest.param({"apiVersion": "v1", "kind": "Pod"}, "no metadata.name", id="no-name"),
        pytest.param(
            {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"},
            "has no metadata.name: a file of Kustomize, which directory.exclude leaves out",
            id="kustomization",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": False}},
            "Pod: metadata.name is false, no text: quote it",
            id="n in YAML 1.1",
        ),
        pytest.param(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": 12}},
            "Pod: metadata.namespace is 12, no text: quote it",
            id="a number",
        ),
    ],
)
def test_what_is_no_manifest(document, message):
    with pytest.raises(NotAManifest, match=message):
        checked(document)


def test_a_list_is_flattened_to_any_depth():
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    inner = {"apiVersion": "v1", "kind": "List", "items": [pod]}
    assert list(flattened({"apiVersion": "v1", "kind": "List", "items": [inner, pod]})) == [
        pod,
        pod,
    ]
