"""`normalize` and `slugify`, which Argo CD adds to Go templates and Helm's engine does not know.

Each becomes a template of the synthetic chart. A template takes one value and a function takes
several, so a call `slugify 23 true .x` is written as `list 23 true .x | include …`; what was piped
into it is then the list's last element, as it was the function's last argument.
https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_FUNCTIONS = ("normalize", "slugify")

# Strings, which may hold anything; the signs that end a call; and words, `.field` and `$name`
# among them, which are never split.
_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*'|-?\}\}|[()|]|[.$\w]+|\s+|.""")

# Slugs are cut before their signs are cleaned, unless they are cut at a word, which comes last.
# The letters of other scripts become dashes here; Argo CD spells them in Latin ones.
TEMPLATES = """\
{{- define "trunkline.normalize" -}}
{{- regexReplaceAll "[^-a-z0-9.]" (lower (last . | toString)) "-" | trunc 253 | trimAll "-." -}}
{{- end -}}
{{- define "trunkline.slugify" -}}
{{- $most := 50 -}}{{- $words := false -}}
{{- if gt (len .) 1 -}}{{- $most = int (index . 0) -}}{{- end -}}
{{- if gt (len .) 2 -}}{{- $words = index . 1 -}}{{- end -}}
{{- $text := last . | toString | trim | replace "&" "and" | replace "@" "at" | lower -}}
{{- if not $words -}}{{- $text = trunc $most $text -}}{{- end -}}
{{- $text = regexReplaceAll "[^a-z0-9_-]" $text "-" -}}
{{- $text = regexReplaceAll "-+" $text "-" | trimAll "-_" -}}
{{- if and $words (gt (len $text) $most) -}}
{{- $cut := trunc $most $text -}}
{{- if not (hasPrefix "-" (trimPrefix $cut $text)) -}}
{{- $cut = regexReplaceAll "-[^-]*$" $cut "" -}}
{{- end -}}
{{- $text = $cut -}}
{{- end -}}
{{- $text -}}
{{- end -}}
"""


def with_functions(template: str) -> str:
    """The template with each call of these functions as one of the chart's templates."""
    return "".join(_rewritten(template))


def _rewritten(template: str) -> Iterator[str]:
    at = 0
    while (start := template.find("{{", at)) >= 0:
        yield template[at:start]
        if template.startswith(("{{/*", "{{- /*"), start):
            end = template.find("*/", start)
            end = len(template) if end < 0 else end + 2
            yield template[start:end]
            at = end
            continue
        at = start + 2
        yield "{{"
        for token in _action(template, at):
            at += token[1]
            yield token[0]
    yield template[at:]


def _action(template: str, at: int) -> Iterator[tuple[str, int]]:
    """The tokens of one action up to its end, as they are to be written, and their old length."""
    open_calls: list[tuple[int, str]] = []
    depth = 0
    for match in _TOKEN.finditer(template, at):
        token = match[0]
        ends = token in ("|", ")") or token.endswith("}}")
        if ends and open_calls and open_calls[-1][0] == depth:
            name = open_calls.pop()[1]
            yield f' | include "trunkline.{name}" ', 0
        depth += (token == "(") - (token == ")")
        if token in _FUNCTIONS:
            open_calls.append((depth, token))
            yield "list", len(token)
        else:
            yield token, len(token)
        if token.endswith("}}"):
            return
