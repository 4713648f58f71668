"""Helm charts, rendered as `helm template` renders them for Argo CD.

A chart's inputs are its directory, the charts that it depends on, and its values files.
Everything else that Argo CD turns into flags of `helm template` is an option of the request.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import Any

from trunkline.core.infra.outputs import merged
from trunkline.core.kinds import value_files
from trunkline.core.kinds.dependencies import Elsewhere, absent, parts
from trunkline.core.kinds.work import NotHere, SourceWork, linked_inputs, text_of
from trunkline.core.rendering import Input, RenderRequest
from trunkline.core.yaml import YamlError, load

CHART, VALUES, FILES = "chart", "values", "files"
"""Where a renderer finds the chart, the values files and the files of fileParameters."""

MAX_RELEASE_NAME = 53
_RELEASE_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def claims(work: SourceWork) -> bool:
    source = work.source
    if source.helm is not None or source.chart:
        return True
    if source.kustomize is not None or source.directory is not None:
        return False
    return work.snapshot.entry(posixpath.join(work.root, "Chart.yaml")) is not None


def request(work: SourceWork) -> RenderRequest:
    helm = work.source.helm or {}
    root = work.root
    inputs = [work.input(CHART, root), *linked_inputs(work, root, CHART)]
    if work.snapshot.entry(posixpath.join(root, "Chart.yaml")) is None:
        raise work.error(f"{root} is no chart: it has no Chart.yaml")
    needed = parts(work, root, CHART)
    for at, chart in needed.local.items():
        inputs += [work.input(at, chart), *linked_inputs(work, chart, at)]
    values = list(_value_files(work, helm))
    files = list(_file_parameters(work, helm))
    inputs += _fetched(work, needed.elsewhere)
    return RenderRequest(
        "helm",
        _options(work, helm, values, files) | {"localCharts": list(needed.local)},
        (*inputs, *values, *(one for _, one in files)),
        place=root,
    )


def _fetched(work: SourceWork, charts: Sequence[Elsewhere]) -> Iterator[Input]:
    """The archives of dependencies, as `helm dependency build` would lay them into `charts/`."""
    if missing := [one for one in charts if one.wanted not in work.charts]:
        raise NotHere(absent(work, missing), [one.wanted for one in missing])
    for one in charts:
        name = work.charts[one.wanted]
        (file,) = work.snapshots[name].paths()
        yield work.input(posixpath.join(one.folder, file), file, name)


def _options(
    work: SourceWork,
    helm: dict[str, Any] | Any,
    values: list[Input],
    files: list[tuple[str, Input]],
) -> dict[str, Any]:
    component, capabilities = work.component, work.capabilities
    return {
        "name": _release_name(work, helm),
        "namespace": text_of(helm, "namespace") or component.destination.namespace or "default",
        "kubeVersion": text_of(helm, "kubeVersion") or capabilities.kube_version,
        "apiVersions": list(helm.get("apiVersions") or capabilities.api_versions),
        "valueFiles": [one.at for one in values],
        "values": merged(work.handed.values, _inline(work, helm)),
        "parameters": [
            {
                "name": text_of(one, "name"),
                "value": work.substituted(text_of(one, "value")),
                "forceString": bool(one.get("forceString")),
            }
            for one in helm.get("parameters") or ()
        ],
        "fileParameters": [{"name": name, "at": one.at} for name, one in files],
        "skipCrds": bool(helm.get("skipCrds")),
        "skipTests": bool(helm.get("skipTests")),
        "skipSchemaValidation": bool(helm.get("skipSchemaValidation")),
    }


def _release_name(work: SourceWork, helm: Any) -> str:
    """The release's name, which Helm wants shorter than Kubernetes does (pkg/chart/v2/util)."""
    name = text_of(helm, "releaseName") or work.component.name
    if len(name) > MAX_RELEASE_NAME or not _RELEASE_NAME.fullmatch(name):
        raise work.error(
            f"{name} cannot be the name of a Helm release: letters a-z, digits, - and ., "
            f"at most {MAX_RELEASE_NAME} of them",
            remedy="set helm.releaseName in the Application",
        )
    return name


def _inline(work: SourceWork, helm: Any) -> Any:
    """`valuesObject`, which wins over `values` where both are given, as data."""
    if isinstance(helm.get("valuesObject"), dict):
        return helm["valuesObject"]
    text = text_of(helm, "values")
    try:
        values = (load(text) if text else None) or {}
    except YamlError as error:
        raise work.error(f"helm.values, line {error.line}: {error}") from None
    if not isinstance(values, dict):
        raise work.error("helm.values: values are a map, these are not")
    return values


def _value_files(work: SourceWork, helm: Any) -> Iterator[Input]:
    names = [str(one) for one in helm.get("valueFiles") or ()]
    missing = bool(helm.get("ignoreMissingValueFiles"))
    for number, place in enumerate(value_files.chosen(work, names, ignore_missing=missing)):
        yield work.input(f"{VALUES}/{number}.yaml", place.path, place.repository)


def _file_parameters(work: SourceWork, helm: Any) -> Iterator[tuple[str, Input]]:
    for number, one in enumerate(helm.get("fileParameters") or ()):
        field = f"helm.fileParameters[{number}].path"
        place = value_files.located(work, text_of(one, "path"), field)
        yield text_of(one, "name"), work.input(f"{FILES}/{number}", place.path, place.repository)
