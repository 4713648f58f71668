"""What a cluster can do makes another request only where `heeds_cluster` says that it may."""

from __future__ import annotations

import pytest

from trunkline.core.component import Component, Source
from trunkline.core.kinds import SourceWork, heeds_cluster, request
from trunkline.core.rendering import Capabilities, RenderRequest
from trunkline.core.snapshot import FilesSnapshot

FILES = FilesSnapshot(
    {
        "plain/a.yaml": "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
        "jsonnet/a.jsonnet": "{}",
        "base/kustomization.yaml": "resources: [../plain/a.yaml]",
        "inflating/kustomization.yaml": "helmCharts: [{name: chart, repo: ''}]\n"
        "helmGlobals: {chartHome: ../charts}",
        "charts/chart/Chart.yaml": "{apiVersion: v2, name: chart, version: 1.0.0}",
    }
)
URL = "https://git.example.test/config.git"
OLD, NEW = Capabilities("v1.30.0"), Capabilities("v1.36.3", ("example.test/v1",))

SOURCES = {
    "a directory": (Source(URL, "plain"), False),
    "a directory with options": (Source(URL, "plain", directory={"recurse": True}), False),
    "jsonnet with a build variable": (
        Source(
            URL,
            "jsonnet",
            directory={"jsonnet": {"extVars": [{"name": "v", "value": "$KUBE_VERSION"}]}},
        ),
        True,
    ),
    "a kustomization": (Source(URL, "base"), False),
    "with a prefix": (Source(URL, "base", kustomize={"namePrefix": "a-"}), False),
    "with a build variable": (
        Source(URL, "base", kustomize={"commonLabels": {"for": "$KUBE_VERSION"}}),
        True,
    ),
    "that inflates a chart": (Source(URL, "inflating"), True),
    "a chart": (Source(URL, "charts/chart"), True),
}


@pytest.mark.parametrize("name", SOURCES)
def test_another_cluster_makes_another_request_where_that_is_said(name: str) -> None:
    source, heeds = SOURCES[name]

    def asked(able: Capabilities) -> RenderRequest:
        component = Component("web", "web", sources=(source,))
        work = SourceWork(component, source, {"": FILES}, capabilities=able)
        return request(component, source, work)

    assert (asked(OLD).key != asked(NEW).key, heeds_cluster(asked(OLD))) == (heeds, heeds)
