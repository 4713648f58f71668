"""Charts rendered as `helm template` renders them; the helm program is the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from render_oracle import Files, by_place, helm_template, ours, written

from trunkline.edge.render.renderer import Renderer

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Prints all that a chart gets to see, so that one template tells most differences.
PROBE = """
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: {{ .Chart.Name }}-{{ .Release.Name }}
      namespace: {{ .Release.Namespace }}
    data:
      values: {{ omit .Values "global" | toJson | quote }}
      global: {{ .Values.global | toJson | quote }}
"""

HOOK = """
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: {name}
      annotations: {{helm.sh/hook: "{hook}"}}
"""

CRD = """
    apiVersion: apiextensions.k8s.io/v1
    kind: CustomResourceDefinition
    metadata: {name: %s}
"""


def chart(values: str = "", **files: str) -> dict[str, str]:
    return {
        "chart/templates/probe.yaml": PROBE,
        "chart/values.yaml": values,
        **{f"chart/{path}": text for path, text in files.items()},
    }


def template(text: str, values: str = "") -> dict[str, str]:
    """A chart whose only template is a ConfigMap with this line of data."""
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata:\n"
    return {"chart/templates/one.yaml": head + f"  answer: {text}\n", "chart/values.yaml": values}


def parameter(name: str, value: str, force: bool = False) -> dict[str, Any]:
    return {"name": name, "value": value, "forceString": force}


VALUES: dict[str, tuple[Files, dict[str, Any]]] = {
    "defaults": (chart("a: 1\nb: {c: [x, y], d: null}\n"), {}),
    "files, the last wins": (
        chart("a: 1\nb: {c: 1, d: 1}", **{"one.yaml": "b: {c: 2}", "two.yaml": "b: {c: 3, e: 4}"}),
        {"valueFiles": ["one.yaml", "two.yaml"]},
    ),
    "a file outside of the chart": (
        {**chart("a: 1"), "values/eu.yaml": "a: eu"},
        {"valueFiles": ["../values/eu.yaml"]},
    ),
    "documents of one file are merged": (
        chart("a: 1", **{"two.yaml": "a: {b: 1}\n---\na: {c: 2}\n"}),
        {"valueFiles": ["two.yaml"]},
    ),
    "an empty file": (chart("a: 1", **{"none.yaml": "# nothing\n"}), {"valueFiles": ["none.yaml"]}),
    "values as text": (chart("a: 1"), {"values": "a: {b: yes, c: 0644, d: 1e3}"}),
    "valuesObject": (chart("a: {x: 1}"), {"valuesObject": {"a": {"y": [1, None, "2"]}}}),
    "null removes a default": (
        chart("a: {x: 1, y: {z: 2}}\nl: [1]"),
        {"valuesObject": {"a": {"y": None}, "l": None}},
    ),
    "a map replaces a scalar": (chart("a: 1"), {"valuesObject": {"a": {"b": 2}}}),
    "a scalar replaces a map": (chart("a: {b: 1}"), {"valuesObject": {"a": 2}}),
    "lists are replaced": (chart("a: [1, 2, 3]"), {"valuesObject": {"a": [4]}}),
    "parameters win over valuesObject": (
        chart("a: 1"),
        {"valuesObject": {"a": 2}, "parameters": [parameter("a", "3")]},
    ),
    "fileParameters": (
        chart("a: 1", **{"note.txt": 'line "one"\nline {two}\n'}),
        {"fileParameters": [{"name": "notes.text", "path": "note.txt"}]},
    ),
}

PARAMETERS: dict[str, tuple[str, str, bool]] = {
    "deep": ("a.b.c", "x", False),
    "list element": ("hosts[1].name", "x", False),
    "list of lists": ("m[0][1]", "x", False),
    "escaped dot": (r"labels.example\.com/team", "red", False),
    "number": ("n", "42", False),
    "negative": ("n", "-7", False),
    "leading zero": ("n", "007", False),
    "zero": ("n", "0", False),
    "minus zero": ("n", "-0", False),
    "plus": ("n", "+5", False),
    "float": ("n", "1.5", False),
    "beyond int64": ("n", "9223372036854775808", False),
    "true": ("b", "TRUE", False),
    "null": ("a", "null", False),
    "empty": ("e", "", False),
    "forced": ("n", "42", True),
    "forced true": ("n", "true", True),
    "comma": ("c", "x,y", False),
    "list": ("l", "{x,y,3}", False),
    "empty list": ("l", "{}", False),
    "list forced": ("l", "{1,2}", True),
    "list with an escaped comma": ("l", r"{x\,y,z}", False),
    "backslash": ("p", r"C:\temp", False),
    "backslash at the end": ("p", "C:\\", False),
    "equals": ("q", "a=b=c", False),
    "spaces": ("s", " x y ", False),
    "braces inside": ("s", "a{b}", False),
    "nothing, in a new element": ("hosts[5].name", "", False),
    "nothing, in an element": ("known[1].name", "", False),
    "nothing, as an element": ("known[1]", "", False),
    "nothing, deep in new elements": ("new[0].paths[0].path", "", True),
    "index beyond": ("known[3]", "x", False),
    "replace element": ("known[0]", "x", False),
}

SUBCHART = {
    "chart/charts/db/Chart.yaml": "apiVersion: v2\nname: db\nversion: 0.1.0\n",
    "chart/charts/db/values.yaml": "size: 1\nuser: {name: root}\n",
    "chart/charts/db/templates/probe.yaml": PROBE,
    "chart/charts/db/crds/db.yaml": CRD % "dbs.example.com",
}


def parent(dependency: str, values: str = "") -> dict[str, str]:
    head = "apiVersion: v2\nname: shop\nversion: 1.2.3\ndependencies:\n"
    return {
        **SUBCHART,
        **chart(values),
        "chart/Chart.yaml": head + f"  - {{name: db, version: 0.1.0, {dependency}}}\n",
    }


SUBCHARTS: dict[str, tuple[Files, dict[str, Any]]] = {
    "values and globals": (parent("", "db: {size: 2}\nglobal: {region: eu}"), {}),
    "not named in Chart.yaml": ({**SUBCHART, **chart("db: {size: 3}")}, {}),
    "condition off": (parent("condition: db.enabled", "db: {enabled: false}"), {}),
    "condition on": (parent("condition: db.enabled"), {"valuesObject": {"db": {"enabled": True}}}),
    "condition unset": (parent("condition: db.enabled"), {}),
    "tag off": (parent("tags: [store]"), {"valuesObject": {"tags": {"store": False}}}),
    "condition before tag": (
        parent("tags: [store], condition: db.on"),
        {"parameters": [parameter("tags.store", "false"), parameter("db.on", "true")]},
    ),
    "alias": (parent("alias: main", "main: {size: 5}\ndb: {size: 9}"), {}),
    "import-values": (parent("import-values: [{child: user, parent: account}]"), {}),
    "library": (
        {
            "chart/Chart.yaml": """
                apiVersion: v2
                name: shop
                version: 1.2.3
                dependencies: [{name: lib, version: 0.1.0}]
            """,
            "chart/charts/lib/Chart.yaml": """
                {apiVersion: v2, name: lib, version: 0.1.0, type: library}
            """,
            "chart/charts/lib/templates/_all.tpl": """
                {{ define "lib.labels" }}{team: {{ .Values.team | quote }}}{{ end }}
            """,
            "chart/templates/one.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: one, labels: {{ include "lib.labels" . }}}
            """,
            "chart/values.yaml": "team: red",
        },
        {},
    ),
}

CAPABLE = '{{ .Capabilities.APIVersions.Has "example.com/v1/Thing" }}'
TEMPLATES: dict[str, tuple[Files, dict[str, Any]]] = {
    "release": (template('"{{ .Release.Name }} {{ .Release.Namespace }} {{ .Release.IsInstall }}'
                         ' {{ .Release.IsUpgrade }} {{ .Release.Revision }}'
                         ' {{ .Release.Service }}"'), {}),
    "release name and namespace": (
        template('"{{ .Release.Name }} {{ .Release.Namespace }}"'),
        {"releaseName": "other", "namespace": "elsewhere"},
    ),
    "kube version": (template('"{{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Major'
                              ' }} {{ .Capabilities.KubeVersion.Minor }}"'), {}),
    "helm version": (template('"{{ .Capabilities.HelmVersion.Version | trunc 2 }}"'), {}),
    "api versions": (template(f'"{CAPABLE}"'), {"apiVersions": ["example.com/v1/Thing"]}),
    "no such api version": (template(f'"{CAPABLE}"'), {}),
    "default api versions stay": (
        template('"{{ .Capabilities.APIVersions.Has "apps/v1" }}"'),
        {"apiVersions": ["example.com/v1/Thing"]},
    ),
    "integer of a file": (template('"{{ .Values.n }} {{ kindOf .Values.n }}"', "n: 12345678"), {}),
    "big integer of a parameter": (
        template('"{{ .Values.n }} {{ kindOf .Values.n }}"'),
        {"parameters": [parameter("n", "12345678")]},
    ),
    "integer of a list parameter": (
        template('"{{ index .Values.l 1 }} {{ kindOf (index .Values.l 1) }}"'),
        {"parameters": [parameter("l", "{a,1000000}")]},
    ),
    "integers deep in lists and maps": (
        template('"{{ .Values.l }} {{ .Values.m.n }} {{ (index .Values.h 0).port }}"'),
        {
            "valuesObject": {"l": [1000000, [2000000, "x"]], "m": {"n": 1}},
            "parameters": [
                parameter("l[1][0]", "3000000"),
                parameter("m.n", "4000000"),
                parameter("h[0].port", "5000000"),
                parameter("h[0].name", "x"),
            ],
        },
    ),
    "integers of a subchart and globals": (
        {
            **parent("alias: main", "main: {size: 5}"),
            "chart/charts/db/templates/probe.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: sub}
                data: {answer: "{{ .Values.size }} {{ .Values.global.n }} {{ .Values.global.o.p }}"}
            """,
        },
        {
            "parameters": [
                parameter("main.size", "1000000"),
                parameter("global.n", "9007199254740993"),
                parameter("global.o.p", "3000000"),
            ]
        },
    ),
    "float": (template('"{{ .Values.n }} {{ kindOf .Values.n }}"', "n: 0.5"), {}),
    "tpl": (template('{{ tpl .Values.t . | quote }}', "t: '{{ .Release.Name }}!'"), {}),
    "lookup is empty": (template('{{ lookup "v1" "Secret" "a" "b" | toJson | quote }}'), {}),
    "toYaml": (template("{{ toYaml .Values.m | quote }}", "m: {b: 1, a: [x, {y: z}]}"), {}),
    "sprig": (template('{{ list "b" "a" | sortAlpha | join "," | b64enc | quote }}'), {}),
    "getHostByName gives nothing": (template('"{{ getHostByName "localhost" }}"'), {}),
    "files": (
        {
            **template('{{ .Files.Get "config/a.txt" | quote }}'),
            "chart/templates/two.yaml": """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: two}
                data:
                {{ (.Files.Glob "config/*").AsConfig | indent 2 }}
            """,
            "chart/config/a.txt": "one\ntwo\n",
            "chart/config/b.txt": "three",
        },
        {},
    ),
    "the chart about itself": (template('"{{ .Chart.Name }} {{ .Chart.Version }}'
                                        ' {{ .Chart.AppVersion }} {{ .Template.Name }}'
                                        ' {{ .Template.BasePath }} {{ .Chart.IsRoot }}"'), {}),
}  # fmt: skip

OUTPUT: dict[str, tuple[Files, dict[str, Any]]] = {
    "crds first": ({**chart(), "chart/crds/x.yaml": CRD % "xs.example.com"}, {}),
    "skipCrds": ({**chart(), "chart/crds/x.yaml": CRD % "xs.example.com"}, {"skipCrds": True}),
    "crds are no templates": ({**chart(), "chart/crds/x.yaml": CRD % '"{{ x }}"'}, {}),
    "a crd in the templates": ({**chart(), "chart/templates/x.yaml": CRD % "xs.example.com"}, {}),
    "hooks": ({**chart(), "chart/templates/h.yaml": HOOK.format(name="h", hook="pre-install")}, {}),
    "tests": ({**chart(), "chart/templates/t.yaml": HOOK.format(name="t", hook="test")}, {}),
    "skipTests": (
        {
            **chart(),
            "chart/templates/t.yaml": HOOK.format(name="t", hook="Test-Success"),
            "chart/templates/u.yaml": HOOK.format(name="u", hook="post-install, test"),
            "chart/templates/v.yaml": HOOK.format(name="v", hook="post-install"),
        },
        {"skipTests": True},
    ),
    "unknown hooks": (
        {**chart(), "chart/templates/h.yaml": HOOK.format(name="h", hook="crd-install")},
        {},
    ),
    "notes and partials": (
        {**chart(), "chart/templates/NOTES.txt": "hello: {{", "chart/templates/_x.yaml": "a: b"}
        | {"chart/templates/NOTES.txt": "Thank you: {{ .Release.Name }}"},
        {},
    ),
    "documents": (
        template('x\n---\n# empty\n---\n{apiVersion: v1, kind: Service, metadata: {name: s}}\n---'),
        {},
    ),
    "a separator with text behind it": (
        template("x\n---apiVersion: v1\nkind: Service\nmetadata: {name: s}"), {}
    ),
    "a block scalar at the end": (template("|\n    one\n    two\n\n{{- /* nothing */ -}}"), {}),
    "a kept block scalar": (
        {
            **template("|+\n    one\n\n"),
            "chart/templates/s.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n",
        },
        {},
    ),
    "a windows file": (template("x").copy() | {"chart/templates/w.yaml": (
        "apiVersion: v1\r\nkind: Service\r\nmetadata:\r\n  name: w\r\n---\r\n")}, {}),
    "yaml 1.1": (template("{a: yes, b: 012, c: 1_000, d: 2001-01-01, e: ~, f: 1e3, y: n}"), {}),
    "the last of two equal keys": (template("x\n  answer: y"), {}),
    "json": ({**chart(), "chart/templates/s.json": (
        '{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}')}, {}),
}  # fmt: skip

CASES = {**VALUES, **SUBCHARTS, **TEMPLATES, **OUTPUT} | {
    f"parameter: {name}": (chart("a: 1\nknown: [p, q]"), {"parameters": [parameter(*one)]})
    for name, one in PARAMETERS.items()
}


@pytest.mark.parametrize(("files", "section"), CASES.values(), ids=CASES)
async def test_as_helm_template(
    renderer: Renderer, helm_binary: Path, tmp_path: Path, files: Files, section: dict[str, Any]
) -> None:
    written(tmp_path, files)
    expected = helm_template(helm_binary, tmp_path, section)
    assert by_place(await ours(renderer, files, helm=section)) == by_place(expected)
