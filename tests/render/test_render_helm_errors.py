"""What cannot be rendered says what, where and, where there is one, the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from render_oracle import Files, ours

from trunkline.core.rendering import RenderError
from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

ONE = {
    "chart/templates/one.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\n",
}

HEAD = "apiVersion: v2\nname: shop\nversion: 1.2.3\n"

SCHEMA = '{"properties": {"replicas": {"type": "integer", "minimum": 1}}, "required": ["host"]}'

CASES: dict[str, tuple[Files, dict[str, Any], tuple[str, ...]]] = {
    "a template's syntax": (
        {**ONE, "chart/templates/two.yaml": "a: 1\nb: {{ if }}\n"},
        {},
        ("chart: ", "shop/templates/two.yaml:2", "missing value for if"),
    ),
    "a template's function": (
        {**ONE, "chart/templates/two.yaml": "a: 1\nb: {{ nosuch . }}\n"},
        {},
        ("shop/templates/two.yaml:2", 'function "nosuch" not defined'),
    ),
    "a value that is not there": (
        {**ONE, "chart/templates/two.yaml": "a: {{ .Values.a.b.c }}\n"},
        {},
        ("shop/templates/two.yaml:1", "nil pointer evaluating"),
    ),
    "required": (
        {**ONE, "chart/templates/two.yaml": 'a: {{ required "say a" .Values.a }}\n'},
        {},
        ("shop/templates/two.yaml:1", "say a"),
    ),
    "fail": (
        {**ONE, "chart/templates/two.yaml": '{{ fail "not like this" }}'},
        {},
        ("shop/templates/two.yaml:1", "not like this"),
    ),
    "output that is no YAML": (
        {**ONE, "chart/templates/two.yaml": "a: 1\n---\nb: 2\nc: [\n"},
        {},
        ("shop/templates/two.yaml, line 6 of its output", "did not find expected node"),
    ),
    "tpl": (
        {**ONE, "chart/templates/two.yaml": 'a: {{ tpl "{{ .Values.x.y }}" . }}\n'},
        {},
        ("shop/templates/two.yaml:1", "nil pointer"),
    ),
    "the schema": (
        {**ONE, "chart/values.schema.json": SCHEMA},
        {"valuesObject": {"replicas": 0}},
        ("values don't meet the specifications of the schema", "shop", "host", "replicas"),
    ),
    "kubeVersion": (
        {**ONE, "chart/Chart.yaml": HEAD + 'kubeVersion: ">=1.99.0"\n'},
        {},
        ("shop wants Kubernetes >=1.99.0, the cluster has v1.36.3",),
    ),
    "a missing dependency": (
        {
            **ONE,
            "chart/Chart.yaml": HEAD
            + "dependencies: [{name: db, version: 1.x, repository: oci://charts.example.com}]\n",
        },
        {},
        ("shop", "db", "is named in Chart.yaml but not found in charts/"),
    ),
    "a library": ({**ONE, "chart/Chart.yaml": HEAD + "type: library\n"}, {}, ("library chart",)),
    "no Chart.yaml": ({"other/x.yaml": "a: 1"}, {}, ("chart does not exist",)),
    "no name": ({**ONE, "chart/Chart.yaml": "apiVersion: v2\n"}, {}, ("chart: ", "name")),
    "a values file's YAML": (
        {**ONE, "chart/eu.yaml": "a: 1\nb: [\n"},
        {"valueFiles": ["eu.yaml"]},
        ("chart/eu.yaml:3", "did not find expected node"),
    ),
    "a values file that is a list": (
        {**ONE, "chart/eu.yaml": "# list\n- a\n"},
        {"valueFiles": ["eu.yaml"]},
        ("chart/eu.yaml:1", "holds a map"),
    ),
    "a values file that is missing": (
        ONE,
        {"valueFiles": ["eu.yaml"]},
        ("helm.valueFiles[0]: chart/eu.yaml does not exist",),
    ),
    "a values file of a server": (
        ONE,
        {"valueFiles": ["s3://example/values.yaml"]},
        ("helm.valueFiles[0]", "fetched from outside"),
    ),
    "a values file outside": (
        ONE,
        {"valueFiles": ["../../etc/passwd"]},
        ("helm.valueFiles[0]", "leaves the repository"),
    ),
    "a pattern that matches nothing": (
        ONE,
        {"valueFiles": ["envs/*.yaml"]},
        ("helm.valueFiles[0]: chart/envs/*.yaml matches no file",),
    ),
    "a $ref that is not there": (
        ONE,
        {"valueFiles": ["$config/eu.yaml"]},
        ("helm.valueFiles[0]", "no source of app has ref: config"),
    ),
    "inline values": (ONE, {"values": "a: 1\nb: ]"}, ("helm.values, line 2",)),
    "inline values that are a list": (ONE, {"values": "[a]"}, ("helm.values", "map")),
    "a parameter's path": (
        ONE,
        {"parameters": [{"name": "a[", "value": "1"}]},
        ("the parameter 'a[' is no path of a value",),
    ),
    "parameters that contradict each other": (
        ONE,
        {"parameters": [{"name": "a", "value": "1"}, {"name": "a.b", "value": "1"}]},
        ("the parameter 'a.b': a is given before, and is no map",),
    ),
    "a parameter that contradicts values": (
        ONE,
        {"valuesObject": {"a": {"b": 1}}, "parameters": [{"name": "a[0]", "value": "1"}]},
        ("the parameter 'a[0]': a is given before, and is no list",),
    ),
    "a parameter's index": (
        ONE,
        {"parameters": [{"name": "a[99999999]", "value": "1"}]},
        ("a[99999999]", "index above 65536"),
    ),
    "a parameter's list": (
        ONE,
        {"parameters": [{"name": "a", "value": "{x,y"}]},
        ("the parameter 'a': a list ends with }",),
    ),
    "a file of a parameter": (
        ONE,
        {"fileParameters": [{"name": "a", "path": "nosuch.txt"}]},
        ("chart/nosuch.txt does not exist",),
    ),
    "a document that is a list": (
        {**ONE, "chart/templates/two.yaml": "# list\n- a\n- b\n"},
        {},
        ("shop/templates/two.yaml, line 1 of its output", "an object is a map"),
    ),
    "a release name that is too long": (
        ONE,
        {"releaseName": "a" * 54},
        ("cannot be the name of a Helm release", "at most 53"),
    ),
    "a release name with strange letters": (ONE, {"releaseName": "A_b"}, ("A_b cannot be",)),
    ".helmignore": ({**ONE, "chart/.helmignore": "a/**\n"}, {}, (".helmignore: a/**",)),
    "charts that depend on each other": (
        {
            **ONE,
            "chart/Chart.yaml": HEAD + "dependencies: [{name: b, repository: file://../b}]\n",
            "b/Chart.yaml": "apiVersion: v2\nname: b\nversion: 1.0.0\n"
            "dependencies: [{name: shop, repository: file://../chart}]\n",
        },
        {},
        ("charts depend on each other: chart -> b -> chart",),
    ),
}


@pytest.mark.parametrize(("files", "section", "said"), CASES.values(), ids=CASES)
async def test_errors(
    renderer: Renderer, files: Files, section: dict[str, Any], said: tuple[str, ...]
) -> None:
    with pytest.raises(RenderError) as caught:
        await ours(renderer, files, helm=section)
    for part in said:
        assert part in str(caught.value)


async def test_a_missing_dependency_names_its_remedy(renderer: Renderer) -> None:
    files, section, _ = CASES["a missing dependency"]
    with pytest.raises(RenderError) as caught:
        await ours(renderer, files, helm=section)
    assert "helm dependency build" in caught.value.remedy


async def test_skip_schema_validation(renderer: Renderer) -> None:
    files, section, _ = CASES["the schema"]
    assert await ours(renderer, files, helm={**section, "skipSchemaValidation": True})


async def test_one_broken_chart_breaks_no_other(renderer: Renderer) -> None:
    files, section, _ = CASES["fail"]
    with pytest.raises(RenderError):
        await ours(renderer, files, helm=section)
    assert len(await ours(renderer, ONE, helm={})) == 1


PLACES: dict[str, tuple[Files, str, int]] = {
    "a template": ({**ONE, "chart/templates/x/two.yaml": "a: 1\nb: {{ fail `no` }}"},
                   "chart/templates/x/two.yaml", 2),
    "a template that does not parse": (
        {**ONE, "chart/templates/two.yaml": "a: 1\n\nb: {{ if }}"}, "chart/templates/two.yaml", 3,
    ),
    "what a template includes": (
        {
            **ONE,
            "chart/templates/_names.tpl": '# \n{{ define "n" }}{{ .Values.a.b }}{{ end }}',
            "chart/templates/two.yaml": 'a: {{ include "n" . }}',
        },
        "chart/templates/_names.tpl", 2,
    ),
    "a subchart's template": (
        {
            **ONE,
            "chart/charts/db/Chart.yaml": "{apiVersion: v2, name: db, version: 1.0.0}",
            "chart/charts/db/templates/x.yaml": "a: {{ fail `no` }}",
        },
        "chart/charts/db/templates/x.yaml", 1,
    ),
    "output": ({**ONE, "chart/templates/two.yaml": "a: ["}, "chart/templates/two.yaml", 0),
    "the chart": ({**ONE, "chart/Chart.yaml": HEAD + "type: library\n"}, "chart", 0),
}  # fmt: skip


@pytest.mark.parametrize(("files", "place", "line"), PLACES.values(), ids=PLACES)
async def test_places(renderer: Renderer, files: Files, place: str, line: int) -> None:
    with pytest.raises(RenderError) as caught:
        await ours(renderer, files, helm={})
    assert (caught.value.place, caught.value.line) == (place, line)
