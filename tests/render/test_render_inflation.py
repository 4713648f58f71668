"""Kustomizations that inflate charts, beside kubectl with `--enable-helm` and the helm program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from render_oracle import Files, asked, by_place, laid, ours, printed, written

from trunkline.core.rendering import Capabilities
from trunkline.core.snapshot import FilesSnapshot
from trunkline.core.yaml import documents
from trunkline.edge.render.pool import kubectl_program
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAP = "apiVersion: v1\nkind: ConfigMap\n"


def chart(place: str) -> dict[str, str]:
    return {
        f"{place}/Chart.yaml": "apiVersion: v2\nname: db\nversion: 1.0.0\n",
        f"{place}/values.yaml": "size: 1\nusers: {root: {admin: true}}\n",
        f"{place}/crds/db.yaml": MAP + "metadata: {name: stands-for-a-crd}\n",
        f"{place}/templates/db.yaml": MAP
        + "metadata: {name: {{ .Release.Name }}-db, namespace: {{ .Release.Namespace }}}\n"
        + "data:\n  values: {{ omit .Values `global` | toJson | quote }}\n  on: yes\n"
        + "  kube: {{ .Capabilities.KubeVersion.Version | quote }}\n"
        + '  has: {{ .Capabilities.APIVersions.Has "example.com/v1" | quote }}\n',
        f"{place}/templates/hook.yaml": MAP
        + "metadata: {name: hook, annotations: {helm.sh/hook: pre-install}}\n",
        f"{place}/templates/test.yaml": MAP
        + "metadata: {name: test, annotations: {helm.sh/hook: test}}\n",
    }


LOCAL = chart("eu/charts/db")

INFLATIONS: dict[str, Files] = {
    "a chart beside it": {
        **LOCAL,
        "eu/kustomization.yaml": "helmCharts: [{name: db, releaseName: main}]\n",
    },
    "of a repository, with its version": {
        **chart("eu/charts/db-1.0.0/db"),
        "eu/kustomization.yaml": """
            helmCharts:
              - {name: db, version: 1.0.0, repo: 'https://charts.example.com', releaseName: main}
            """,
    },
    "values of every kind": {
        **LOCAL,
        "eu/one.yaml": "size: 2\nusers: {one: {}}\n",
        "eu/two.yaml": "size: 3\n",
        "eu/kustomization.yaml": """
            namePrefix: eu-
            helmCharts:
              - name: db
                releaseName: main
                namespace: shop
                valuesFile: one.yaml
                additionalValuesFiles: [two.yaml]
                valuesInline: {users: {inline: {a: yes}}}
                includeCRDs: true
                skipTests: true
            """,
    },
    "values of the chart under those inline": {
        **LOCAL,
        "eu/kustomization.yaml": """
            helmCharts:
              - name: db
                releaseName: main
                valuesMerge: merge
                valuesInline: {size: 9, more: [1, 2]}
                skipHooks: true
            """,
    },
    "a release named by a template": {
        **LOCAL,
        "eu/kustomization.yaml": """
            helmCharts: [{name: db, nameTemplate: '{{ "MAIN" | lower }}-1'}]
            """,
    },
    "a chart home above": {
        **chart("shared/db"),
        "eu/values.yaml": "size: 6\n",
        "eu/kustomization.yaml": "helmGlobals: {chartHome: ../shared}\n"
        "helmCharts: [{name: db, releaseName: main, valuesFile: values.yaml}]\n",
    },
    "the older form": {
        **LOCAL,
        "eu/values.yaml": "size: 4\n",
        "eu/kustomization.yaml": "helmChartInflationGenerator: [{chartName: db, releaseName: old, "
        "values: values.yaml}]\n",
    },
    "a generator in a file, patched": {
        **LOCAL,
        "eu/generator.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\n"
        "metadata: {name: g}\nname: db\nreleaseName: main\nvaluesInline: {size: 5}\n",
        "eu/kustomization.yaml": """
            generators: [generator.yaml]
            patches:
              - target: {kind: ConfigMap, name: main-db}
                patch: "- {op: add, path: /data/patched, value: '1'}"
            """,
    },
    "in a base": {
        **chart("base/charts/db"),
        "base/kustomization.yaml": "helmCharts: [{name: db, releaseName: main}]\n",
        "eu/kustomization.yaml": "resources: [../base]\nnamespace: eu\n",
    },
}


def inflated(folder: Path, helm: Path) -> list[Any]:
    flags = ["--enable-helm", f"--helm-command={helm}", "--helm-kube-version=v1.36.3"]
    said = printed([kubectl_program(), "kustomize", *flags, "eu"], folder)
    return [one.value for one in documents(said)]


@pytest.mark.parametrize("files", INFLATIONS.values(), ids=INFLATIONS)
async def test_as_kustomize_with_helm(
    renderer: Renderer, helm_binary: Path, tmp_path: Path, files: Files
) -> None:
    written(tmp_path, files)
    expected = by_place(inflated(tmp_path, helm_binary))
    assert by_place(await ours(renderer, files, path="eu")) == expected


async def test_the_cluster_is_an_input_of_charts_alone(renderer: Renderer) -> None:
    cluster = Capabilities("v1.33.0", ("example.com/v1",))
    files = INFLATIONS["a chart beside it"]
    made = await ours(renderer, files, path="eu", capabilities=cluster)
    data = next(one["data"] for one in made if "data" in one)
    assert (data["kube"], data["has"]) == ("v1.33.0", "true")
    plain = FilesSnapshot(laid({"eu/kustomization.yaml": "namePrefix: a-\n"}))
    assert asked(plain, path="eu").key == asked(plain, path="eu", capabilities=cluster).key


async def test_what_the_chart_makes_anew_is_found(renderer: Renderer) -> None:
    files = dict(INFLATIONS["a chart beside it"])
    files["eu/charts/db/templates/db.yaml"] = MAP + "metadata: {name: a}\ndata: {p: {{ uuidv4 }}}\n"
    snapshot = FilesSnapshot(laid(files))
    made = await renderer.render(asked(snapshot, path="eu"), {"": snapshot})
    assert [path for _, path, _ in made.unstable] == [("data", "p")]


async def test_an_error_of_a_chart_names_its_template(renderer: Renderer) -> None:
    files = {**LOCAL, "eu/charts/db/templates/bad.yaml": 'a: {{ fail "not today" }}'}
    files["eu/kustomization.yaml"] = "helmCharts: [{name: db, releaseName: main}]\n"
    with pytest.raises(Exception, match=r"bad\.yaml:1:.*not today") as caught:
        await ours(renderer, files, path="eu")
    assert "/tmp" not in str(caught.value)
