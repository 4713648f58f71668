"""Go templates by way of Helm's engine: one synthetic chart renders all strings for all sets.

Each string becomes a named template in a file of its own; one document per parameter set holds all
their answers. The dot and `$` are the parameter set, sprig is there, and what Helm forbids (`env`)
is forbidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from trunkline.core.argo.appset.functions import MISSING, function_templates, with_functions
from trunkline.core.argo.appset.latin import spellings
from trunkline.core.argo.appset.templates import BadTemplate
from trunkline.core.component import Component, Source
from trunkline.core.kinds import SourceWork, helm
from trunkline.core.rendering import RenderRequest
from trunkline.core.snapshot import FilesSnapshot

CHART = "applicationset"
_MISSING = re.compile(re.escape(MISSING) + r"(\S+)")

# The place of a mistake in Helm's words; the last one is the innermost.
_PLACE = re.compile(
    r'_f(\d+)\.tpl:(\d+)(?::\d+)?\)?:?\s*(?:executing "f\d+"\s*)?(?:at <(.*?)>)?:?\s*'
)
_SOMEWHERE = re.compile(r".*execution error at \([^)]*\): ", re.DOTALL)


def request(
    templates: Sequence[str], sets: Sequence[Mapping[str, Any]], *, strict: bool = False
) -> tuple[RenderRequest, FilesSnapshot]:
    """The render of every template for every set, and the snapshot that it is read from.

    It renders to a document for each set, in order: `{"fields": [...]}` in the templates' order.
    `strict` is missingkey=error. Raises BadTemplate.
    """
    letters = spellings([*templates, orjson.dumps(sets).decode()])
    snapshot = FilesSnapshot(_files(templates, letters, strict))
    source = Source("", path=CHART, helm={"valuesObject": {"sets": list(sets)}})
    component = Component(CHART, CHART, sources=(source,))
    return helm.request(SourceWork(component, source, {"": snapshot})), snapshot


def explained(message: str, templates: Sequence[str]) -> BadTemplate:
    """Helm's error about the synthetic chart as one about the template that it came from."""
    if missing := _MISSING.search(message):
        return _missing(missing[1], templates)
    places = list(_PLACE.finditer(message))
    if not places:
        return BadTemplate(_SOMEWHERE.sub("", message), "")
    last = places[-1]
    expression = f"{{{{ {last[3]} }}}}: " if last[3] else ""
    said = message[last.end() :].strip()
    return BadTemplate(f"{expression}{said}", templates[int(last[1])], int(last[2]) - 1)


def _missing(field: str, templates: Sequence[str]) -> BadTemplate:
    said = f"{field} is missing, and missingkey=error is asked for"
    where = next((one for one in templates if field in one), "")
    return BadTemplate(said, where, where[: where.find(field)].count("\n"))


def _files(templates: Sequence[str], letters: dict[str, str], strict: bool) -> dict[str, str]:
    calls = ", ".join(f'{{{{ include "f{at}" $set | toJson }}}}' for at in range(len(templates)))
    answers = f"{{{{- range $set := .Values.sets }}}}\n---\nfields: [{calls}]\n{{{{- end }}}}\n"
    fields = {
        f"{CHART}/templates/_f{at}.tpl": (
            f'{{{{- define "f{at}" }}}}{with_functions(one, strict=strict)}{{{{ end -}}}}\n'
        )
        for at, one in enumerate(templates)
    }
    return {
        f"{CHART}/Chart.yaml": "apiVersion: v2\nname: applicationset\nversion: 0.0.0\n",
        f"{CHART}/templates/_functions.tpl": function_templates(letters),
        f"{CHART}/templates/answers.yaml": answers,
        **fields,
    }
