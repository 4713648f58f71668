"""Go templates by way of Helm's engine: one synthetic chart renders all strings for all sets.

Each string becomes a named template; one document per parameter set holds all their answers. The
dot and `$` are the parameter set, sprig is there, and what Helm forbids (`env`) is forbidden.
`normalize` and `slugify`, which sprig lacks, are templates of the chart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trunkline.core.component import Component, Source
from trunkline.core.kinds import SourceWork, helm
from trunkline.core.rendering import RenderRequest
from trunkline.core.snapshot import FilesSnapshot

CHART = "applicationset"
NO_VALUE = "<no value>"

_ACTION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_FUNCTION = re.compile(r"""("(?:[^"\\]|\\.)*"|`[^`]*`)|(?<![.\w$])(normalize|slugify)\b""")

_OWN = """\
{{- define "trunkline.normalize" -}}
{{- regexReplaceAll "[^-a-z0-9.]" (lower .) "-" | trunc 253 | trimAll "-." -}}
{{- end -}}
{{- define "trunkline.slugify" -}}
{{- $plain := regexReplaceAll "[^a-z0-9_-]" (lower .) "-" -}}
{{- regexReplaceAll "-+" $plain "-" | trimAll "-" | trunc 50 | trimAll "-" -}}
{{- end -}}
"""


def request(
    templates: Sequence[str], sets: Sequence[Mapping[str, Any]]
) -> tuple[RenderRequest, FilesSnapshot]:
    """The render of every template for every set, and the snapshot that it is read from.

    It renders to a document for each set, in order: `{"fields": [...]}` in the templates' order.
    """
    fields = [
        f'{{{{- define "f{at}" -}}}}{_with_functions(one)}{{{{- end -}}}}\n'
        for at, one in enumerate(templates)
    ]
    calls = ", ".join(f'{{{{ include "f{at}" $set | toJson }}}}' for at in range(len(templates)))
    line = f"{{{{- range $set := .Values.sets }}}}\n---\nfields: [{calls}]\n{{{{- end }}}}\n"
    files = {
        f"{CHART}/Chart.yaml": "apiVersion: v2\nname: applicationset\nversion: 0.0.0\n",
        f"{CHART}/templates/_fields.tpl": _OWN + "".join(fields),
        f"{CHART}/templates/answers.yaml": line,
    }
    snapshot = FilesSnapshot(files)
    source = Source("", path=CHART, helm={"valuesObject": {"sets": list(sets)}})
    component = Component(CHART, CHART, sources=(source,))
    return helm.request(SourceWork(component, source, {"": snapshot})), snapshot


def _with_functions(template: str) -> str:
    """`normalize` and `slugify` inside of actions as calls of the chart's own templates."""

    def called(match: re.Match[str]) -> str:
        return match[1] or f'include "trunkline.{match[2]}"'

    return _ACTION.sub(lambda action: _FUNCTION.sub(called, action[0]), template)
