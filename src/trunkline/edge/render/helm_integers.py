"""Integers of `--set`, kept integers on their way into the Helm library.

The library takes values as JSON, where Go reads every number as a float; the command line gives
its templates an int64. Without care `--set image.tag=20240101` would print `2.0240101e+07`. So a
chart with such parameters gets one template more, which Helm runs before all others, and which
puts the integers where they belong: subcharts see the same maps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

# Helm runs the template with the most slashes first (pkg/engine, sortTemplates).
PATH = "templates/" + "z/" * 100 + "integers.tpl"

_GLOBALS = """
{{- define "trunkline.globals" }}
{{- if kindIs "map" .global }}{{ include "trunkline.global" .global }}{{ end }}
{{- range . }}{{ if kindIs "map" . }}{{ if hasKey . "global" -}}
{{ include "trunkline.globals" . }}{{ end }}{{ end }}{{ end }}
{{- end }}
{{- include "trunkline.globals" .Values }}
"""


class Integer(int):
    """A number that was written as a parameter: an int64 to templates."""


def template(values: Mapping[str, Any]) -> bytes:
    """The template that sets every `Integer` of the values, b"" if there is none.

    Helm copies `global` into each subchart, so there it is set in every copy.
    """
    own = "".join(_settings({key: value for key, value in values.items() if key != "global"}))
    shared = values.get("global")
    globals_ = "".join(_settings(shared)) if isinstance(shared, dict) else ""
    text = f"{{{{- with .Values }}}}{own}{{{{ end }}}}" if own else ""
    if globals_:
        text += f'{{{{- define "trunkline.global" }}}}{globals_}{{{{ end }}}}{_GLOBALS}'
    return text.encode()


def _settings(values: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """One `set` for each key, at any depth, whose value is an integer or a list with some."""
    for key, value in values.items():
        here = f"{path} {json.dumps(key)}"
        if _holds(value):
            there = f"(index .{path})" if path else "."
            yield f"{{{{- $_ := set {there} {json.dumps(key)} {_expression(value, here)} }}}}"
        yield from _below(value, here)


def _below(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _settings(value, path)
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _below(one, f"{path} {number}")


def _holds(value: Any) -> bool:
    if isinstance(value, list):
        return any(_holds(one) for one in value)
    return isinstance(value, Integer)


def _expression(value: Any, path: str) -> str:
    """The value as a template says it: what is no integer is taken from where it stands."""
    if isinstance(value, Integer):
        return f"(int64 {int(value)})"
    if isinstance(value, list) and _holds(value):
        inner = " ".join(_expression(one, f"{path} {n}") for n, one in enumerate(value))
        return f"(list {inner})"
    return f"(index .{path})"
