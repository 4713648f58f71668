"""Go templates of ApplicationSets, written so that Helm's engine means by them what Argo CD does.

Argo CD's functions are sprig's, `normalize` and `slugify`. The latter two become templates of the
synthetic chart. A template takes one value and a function takes several, so a call
`slugify 23 true .x` is written as `list 23 true .x | include …`; what was piped into it is then the
list's last element, as it was the function's last argument. Functions that Helm adds are refused,
and under missingkey=error each field is asked for with a check that it is there.
https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from trunkline.core.argo.appset.templates import BadTemplate

_FUNCTIONS = ("normalize", "slugify")

# Helm's, and sprig's that Argo CD takes out.
UNKNOWN = frozenset(
    "env expandenv getHostByName include tpl required lookup toToml fromToml mustToToml "
    "toYamlPretty mustToYaml fromJsonArray".split()
)

# Helm's function of this name knows only maps; sprig's other one is as it was.
_RENAMED = {"fromJson": "mustFromJson"}

# Strings, which may hold anything; the signs that end a call; and words, `.field` and `$name`
# among them, which are never split.
_TOKEN = re.compile(r""""(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*'|-?\}\}|[()|]|[.$\w]+|\s+|.""")
_FIELD = re.compile(r"(\$\w*)?((?:\.[^\W\d]\w*)*)\.([^\W\d]\w*)")

# Before the field that is missing, in the error that the rendered template ends with.
MISSING = "trunkline.missing "

# Slugs are cut before their signs are cleaned, unless they are cut at a word, which comes last.
_TEMPLATES = """\
{{- define "trunkline.normalize" -}}
{{- regexReplaceAll "[^-a-z0-9.]" (lower (last . | toString)) "-" | trunc 253 | trimAll "-." -}}
{{- end -}}
{{- define "trunkline.slugify" -}}
{{- $most := 50 -}}{{- $words := false -}}
{{- if gt (len .) 1 -}}{{- $most = int (index . 0) -}}{{- end -}}
{{- if gt (len .) 2 -}}{{- $words = index . 1 -}}{{- end -}}
{{- $text := last . | toString | trim | replace "&" "and" | replace "@" "at" -}}
{{- range $letter, $latin := include "trunkline.latin" . | fromJson -}}
{{- $text = replace $letter $latin $text -}}
{{- end -}}
{{- $text = lower $text -}}
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


def function_templates(letters: dict[str, str]) -> str:
    """The functions as templates; `letters` are those that slugs spell in Latin ones."""
    table = orjson.dumps(letters).decode()
    return f'{_TEMPLATES}{{{{- define "trunkline.latin" -}}}}{table}{{{{- end -}}}}\n'


def with_functions(template: str, *, strict: bool = False) -> str:
    """The template as Helm's engine is to read it; `strict`: a missing key is an error.

    Raises BadTemplate for a function that Argo CD does not have.
    """
    return "".join(_rewritten(template, strict))


def _rewritten(template: str, strict: bool) -> Iterator[str]:
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
        for token in _action(template, at, strict):
            at += token[1]
            yield token[0]
    yield template[at:]


def _action(template: str, at: int, strict: bool) -> Iterator[tuple[str, int]]:
    """The tokens of one action up to its end, as they are to be written, and their old length."""
    open_calls: list[tuple[int, str]] = []
    depth, before = 0, ""
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
        elif token in UNKNOWN:
            line = template.count("\n", 0, match.start())
            raise BadTemplate(f'function "{token}" not defined', template, line)
        elif strict and before != ")" and (field := _FIELD.fullmatch(token)):
            yield _checked(field), len(token)
        else:
            yield _RENAMED.get(token, token), len(token)
        if token.endswith("}}"):
            return
        before = token


def _checked(field: re.Match[str]) -> str:
    """A field whose last key must be there. Keys above it must be anyhow: nothing has no fields.

    `and` asks for its second value only if the first is true.
    """
    owner = f"{field[1] or ''}{field[2]}" or "."
    missing = f'(and (not (hasKey {owner} "{field[3]}")) (fail "{MISSING}{field[0]}"))'
    return f"(index (list {field[0]}) (ternary 1 0 {missing}))"
