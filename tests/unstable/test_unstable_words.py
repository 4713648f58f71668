"""Which templates are rendered twice: those that call what gives something new each time."""

from __future__ import annotations

import pytest

from trunkline.edge.render.helm_random import suspicious

CALLS = (
    "{{ randAlphaNum 5 }}",
    "{{- $password := randAscii 5 -}}",
    '{{ printf "%s" (now | date "2006") }}',
    "{{ range keys .Values }}{{ end }}",
    "{{ range values (dict) | first }}{{ end }}",
    '{{ tpl "{{ uuidv4 }}" . }}',
    "{{ `x` | bcrypt }}",
    "{{/* a comment */}}{{ genCA `ca` 365 }}",
    "{{ if .Values.x }}\n{{ end }}{{ uuidv4 }}",
    '{{ list "a" "}}" | shuffle }}',
    'a: "{{ default "x" now }}"',
    """'"' {{ splitList "{" now | first "x" }} '"'""",
    '{{ "{{" }} $labels.x {{ "}}" }} {{ uuidv4 }}',
    "{{/* a */ -}} {{ now }}",
    "{{ now",
)
NONE = (
    "now {{ .Values.now }}",
    "{{/* Default values, and keys of now */}}",
    "{{- /* genCA\n on two lines */ -}}",
    '{{ fail "Valid values are: a, b" }}',
    '{{ include "x" (dict "keys" .Values.keys "now" 1) }}',
    "{{ fail `no values, no keys` }}",
    '{{ fail "say \\"now\\"" }}',
    "{{- $values := deepCopy .Values }}{{ $values.keys }}",
    "{{ keys .Values | sortAlpha }}",
    "{{ .Files.Get `now` }}",
    "{{ if gt (keys . | len) 1 }}{{ len (keys .) }}{{ end }}",
    "description: the keys and values of now",
)


@pytest.mark.parametrize("template", CALLS)
def test_what_is_called_may_differ(template: str) -> None:
    assert suspicious({"templates/one.yaml": template.encode()}, {})


@pytest.mark.parametrize("template", NONE)
def test_what_is_only_named_does_not(template: str) -> None:
    assert not suspicious({"templates/one.yaml": template.encode()}, {})


def test_a_value_may_be_a_template() -> None:
    assert suspicious({}, {"text": '{{ uuidv4 | quote }} "'})
    assert not suspicious({}, {"text": '{{ .Values.x | quote }} "'})


def test_a_manual_is_never_run() -> None:
    assert not suspicious({"README.md": b"{{ now }}", "values.schema.json": b"{{ now }}"}, {})
