"""Tools that an argocd-cm turns off, and the newer globs of git generators."""

from __future__ import annotations

import json

import pytest

from discover.conftest import Discover
from discover.declare import CLUSTERS, URL, app, application_set, ids
from trunkline.core.yaml import load

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\ndata:\n  url: argo.test\n"
PARAMS = CM.replace("argocd-cm", "argocd-cmd-params-cm")

# One folder that each tool may take for its own.
TOOLS = {
    "tools/Chart.yaml": "apiVersion: v2\nname: chart\nversion: 1.0.0\n",
    "tools/templates/all.yaml": app("by-helm"),
    "tools/kustomization.yaml": "resources: [below/all.yaml]\n",
    "tools/below/all.yaml": app("by-kustomize"),
    "tools/plain.yaml": app("plain"),
    "tools/program.jsonnet": json.dumps(load(app("by-jsonnet"))),
    "root.yaml": app("root", "tools"),
    "trunkline.yaml": f"{CLUSTERS}discovery: {{include: [root.yaml, cm.yaml]}}\n",
}


@pytest.mark.parametrize(
    ("off", "said", "children"),
    [
        ((), "", ["by-kustomize"]),
        ((), "helm: {releaseName: x}", ["by-helm"]),
        (("kustomize",), "", ["by-helm"]),
        (("helm",), "", ["by-kustomize"]),
        (("helm", "kustomize"), "", ["by-jsonnet", "plain"]),
        (("helm", "kustomize", "jsonnet"), "", ["plain"]),
        (("kustomize", "jsonnet"), "", ["by-helm"]),
        (("kustomize",), "kustomize: {}", ["by-jsonnet", "plain"]),
        (("helm",), "helm: {releaseName: x}", ["by-jsonnet", "plain"]),
    ],
)
async def test_a_tool_that_is_off_renders_nothing(
    discover: Discover, off: tuple[str, ...], said: str, children: list[str]
) -> None:
    config = CM + "".join(f"  {one}.enable: 'false'\n" for one in off)
    root = app("root", "tools").replace("path: tools", f"path: tools, {said}")
    found = await discover({**TOOLS, "cm.yaml": config, "root.yaml": root})
    assert ids(found) == [*children, "root"]


@pytest.mark.parametrize(
    ("pattern", "greedy", "deep"),
    [
        ("charts/*/*/values.yaml", ["charts/a/one", "charts/a/one/sub"], ["charts/a/one"]),
        ("charts/**/values.yaml", ["charts/a/one", "charts/a/one/sub"], None),
        ("charts/{a,b}/one/*.yaml", [], ["charts/a/one"]),
    ],
)
async def test_files_are_matched_in_the_newer_way_where_that_is_switched_on(
    discover: Discover, pattern: str, greedy: list[str], deep: list[str] | None
) -> None:
    generator = f'- git: {{repoURL: {URL}, files: [{{path: "{pattern}"}}]}}\n'
    name = '{{.path.path | replace "/" "-"}}'
    files = {
        "charts/a/one/values.yaml": "a: 1\n",
        "charts/a/one/sub/values.yaml": "a: 1\n",
        "set.yaml": application_set(generator, name),
    }
    on = "  applicationsetcontroller.enable.new.git.file.globbing: 'true'\n"
    for config, expected in ((PARAMS, greedy), (PARAMS + on, greedy if deep is None else deep)):
        found = await discover({**files, "cm.yaml": config})
        assert ids(found) == [one.replace("/", "-") for one in expected], config
