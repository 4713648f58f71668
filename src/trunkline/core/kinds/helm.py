"""Helm charts, rendered as `helm template` renders them for Argo CD.

A chart's inputs are its directory, the charts that it names by `file://`, and its values files.
Everything else that Argo CD turns into flags of `helm template` is an option of the request.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any

from trunkline.core.kinds.work import SourceWork, linked_inputs, text_of
from trunkline.core.rendering import Input, RenderRequest
from trunkline.core.yaml import YamlError, load

CHART, VALUES, FILES = "chart", "values", "files"
"""Where a renderer finds the chart, the values files and the files of fileParameters."""


def claims(work: SourceWork) -> bool:
    source = work.source
    if source.helm is not None or source.chart:
        return True
    if source.kustomize is not None or source.directory is not None:
        return False
    return work.snapshot.entry(posixpath.join(work.root, "Chart.yaml")) is not None


def request(work: SourceWork) -> RenderRequest:
    if work.source.chart:
        raise work.error(
            f"the chart {work.source.chart} of {work.source.repo_url} lies outside of this "
            "repository",
            remedy="vendor the chart into the repository and name it by path",
        )
    helm = work.source.helm or {}
    root = work.root
    inputs = [work.input(CHART, root), *linked_inputs(work, root, CHART)]
    if work.snapshot.entry(posixpath.join(root, "Chart.yaml")) is None:
        raise work.error(f"{root} is no chart: it has no Chart.yaml")
    inputs += _local_dependencies(work, root, CHART, ())
    values = list(_value_files(work, helm))
    files = list(_file_parameters(work, helm))
    return RenderRequest(
        "helm",
        _options(work, helm, values, files),
        (*inputs, *values, *(one for _, one in files)),
        place=root,
    )


def _options(
    work: SourceWork,
    helm: dict[str, Any] | Any,
    values: list[Input],
    files: list[tuple[str, Input]],
) -> dict[str, Any]:
    component, capabilities = work.component, work.capabilities
    return {
        "name": text_of(helm, "releaseName") or component.name,
        "namespace": text_of(helm, "namespace") or component.destination.namespace or "default",
        "kubeVersion": text_of(helm, "kubeVersion") or capabilities.kube_version,
        "apiVersions": list(helm.get("apiVersions") or capabilities.api_versions),
        "valueFiles": [one.at for one in values],
        "values": _inline(work, helm),
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


def _inline(work: SourceWork, helm: Any) -> Any:
    """`valuesObject`, which wins over `values` where both are given, as data."""
    if helm.get("valuesObject") is not None:
        return helm["valuesObject"]
    text = text_of(helm, "values")
    try:
        return (load(text) if text else None) or {}
    except YamlError as error:
        raise work.error(f"helm.values, line {error.line}: {error}") from None


def _value_files(work: SourceWork, helm: Any) -> Iterator[Input]:
    for number, name in enumerate(helm.get("valueFiles") or ()):
        field = f"helm.valueFiles[{number}]"
        repository, path = _located(work, work.substituted(str(name)), field)
        if work.snapshots[repository].entry(path) is None:
            if helm.get("ignoreMissingValueFiles"):
                continue
            raise work.error(f"{field}: {path} does not exist")
        yield work.input(f"{VALUES}/{number}.yaml", path, repository)


def _file_parameters(work: SourceWork, helm: Any) -> Iterator[tuple[str, Input]]:
    for number, one in enumerate(helm.get("fileParameters") or ()):
        field = f"helm.fileParameters[{number}].path"
        repository, path = _located(work, text_of(one, "path"), field)
        yield text_of(one, "name"), work.input(f"{FILES}/{number}", path, repository)


def _located(work: SourceWork, name: str, field: str) -> tuple[str, str]:
    """The snapshot and path that a values file stands for: beside the chart, or of a `$ref`."""
    if "://" in name:
        raise work.error(
            f"{field}: {name} is fetched from outside",
            remedy="a render has no network: put the file into the repository",
        )
    if not name.startswith("$"):
        return work.repository, work.inside(name, field, base=work.root)
    reference, _, rest = name[1:].partition("/")
    if reference not in work.refs:
        raise work.error(f"{field}: no source of {work.component.id} has ref: {reference}")
    repository, base = work.refs[reference]
    return repository, work.inside(rest, field, base=base)


def _local_dependencies(
    work: SourceWork, chart: str, at: str, above: tuple[str, ...]
) -> list[Input]:
    """Charts named by `repository: file://…` that are not vendored below `charts/`."""
    snapshot, found = work.snapshot, []
    if chart in above:
        raise work.error(f"charts depend on each other: {' -> '.join([*above, chart])}")
    file = posixpath.join(chart, "Chart.yaml")
    try:
        document = load(snapshot.read(file)) if snapshot.entry(file) else None
    except YamlError as error:
        raise work.error(f"{file}:{error.line}: {error}") from None
    metadata = document if isinstance(document, dict) else {}
    for one in metadata.get("dependencies") or ():
        repository, name = text_of(one, "repository"), text_of(one, "name")
        vendored = posixpath.join(chart, "charts", name)
        if not repository.startswith("file://") or snapshot.entry(vendored):
            continue
        path = work.inside(repository.removeprefix("file://"), f"{file}: {name}", base=chart)
        inner = f"{at}/charts/{name}"
        found += [work.input(inner, path), *linked_inputs(work, path, inner)]
        found += _local_dependencies(work, path, inner, (*above, chart))
    return found
