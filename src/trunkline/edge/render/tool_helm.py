"""`helm template`, in process: the Helm library renders, the checks around it are here.

The library gives templates' text and nothing else. What the command line adds is added here, in
its order: values merged as its flags merge them, the chart's own checks (kubeVersion,
dependencies, library charts), CRDs first, output that is no YAML refused with its file.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.core.kinds.helm import CHART
from trunkline.core.rendering import RenderError
from trunkline.core.unstable import Differing, differing
from trunkline.core.yaml import YamlError, documents
from trunkline.edge.render import helm_integers, helm_random, helm_schemas
from trunkline.edge.render.helm_archive import archive, compatible
from trunkline.edge.render.helm_ignore import kept
from trunkline.edge.render.helm_output import manifests, printed
from trunkline.edge.render.helm_values import merged, put_value, set_value
from trunkline.edge.render.wire import Output


def prepare() -> None:
    """Load the library now, so that the first render need not."""
    importlib.import_module("helm_python")


def render(options: Mapping[str, Any], files: Mapping[str, bytes]) -> Output:
    """The objects that the chart renders to. Raises RenderError."""
    chart_files, values = _sources(options, files)
    warnings: list[str] = []
    try:
        found = _rendered(chart_files, values, options)
    except RenderError as error:
        chart_files, warnings = _by_own_schemas(chart_files, error)
        found = _rendered(chart_files, values, options)
    if not helm_random.suspicious(chart_files, values):
        return found, warnings, []
    others, places = _compared(found, chart_files, values, options)
    return found, [*warnings, *others], places


def text(options: Mapping[str, Any], files: Mapping[str, bytes], *, hooks: bool) -> str:
    """The same as the text that `helm template` prints. Raises RenderError."""
    chart_files, values = _sources(options, files)
    try:
        crds, texts = _outputs(chart_files, values, options)
    except RenderError as error:
        crds, texts = _outputs(_by_own_schemas(chart_files, error)[0], values, options)
    return printed(crds, texts, skip_tests=options["skipTests"], hooks=hooks)


def _sources(
    options: Mapping[str, Any], files: Mapping[str, bytes]
) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The chart's files and the values that it gets."""
    values = _values(options, files)
    chart_files = _chart_files(options, files)
    if integers := helm_integers.template(values):
        chart_files[helm_integers.PATH] = integers
    return chart_files, values


def _by_own_schemas(
    files: Mapping[str, bytes], error: RenderError
) -> tuple[dict[str, bytes], list[str]]:
    """The chart's files without the schemas of elsewhere that the error speaks of, and warnings
    that name them. Raises the error where it speaks of something else.
    """
    if helm_schemas.UNFETCHED not in str(error):
        raise error
    local, named = helm_schemas.without_remote(files)
    if not named:
        raise RenderError(str(error), remedy="set helm.skipSchemaValidation in the Application")
    return local, [helm_schemas.unchecked(one) for one in named]


def _compared(
    found: list[Any],
    files: Mapping[str, bytes],
    values: Mapping[str, Any],
    options: Mapping[str, Any],
) -> tuple[list[str], list[Differing]]:
    """Warnings, and what a second render at another time makes anew."""
    try:
        again = _rendered(helm_random.at_another_time(files), values, options)
    except RenderError:
        again = _rendered(files, values, options)
    places = differing(found, again)
    return ([], places) if places is not None else ([helm_random.OTHER_OBJECTS], [])


def _rendered(
    files: Mapping[str, bytes], values: Mapping[str, Any], options: Mapping[str, Any]
) -> list[Any]:
    crds, texts = _outputs(files, values, options)
    return list(manifests(crds, texts, skip_tests=options["skipTests"]))


def _outputs(
    files: Mapping[str, bytes], values: Mapping[str, Any], options: Mapping[str, Any]
) -> tuple[list[dict[str, str]], dict[str, str]]:
    """The CRDs of the chart, and the text of each template."""
    from helm_python import HelmError
    from helm_python.chart import Chart

    try:
        with Chart.load_archive(archive(tuple(files.items()))) as chart:
            _check(chart, options)
            texts = _templates(chart, values, options)
            crds = [] if options["skipCrds"] else list(chart.crds)
    except HelmError as error:
        raise RenderError(str(error)) from None
    return crds, texts


def _chart_files(options: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """What Helm would load of the chart and of each local dependency, below its place in it."""
    found: dict[str, bytes] = {}
    for root in sorted((CHART, *options["localCharts"])):
        inner = {path: data for path, data in found.items() if not path.startswith(f"{root}/")}
        below = {
            path.removeprefix(f"{root}/"): data
            for path, data in files.items()
            if path.startswith(f"{root}/")
        }
        found = inner | {f"{root}/{path}": data for path, data in kept(below).items()}
    chart = {path.removeprefix(f"{CHART}/"): data for path, data in found.items()}
    return helm_schemas.without_schemas(chart) if options["skipSchemaValidation"] else chart


def _check(chart: Any, options: Mapping[str, Any]) -> None:
    metadata = chart.metadata
    name = metadata.get("name")
    if metadata.get("type") == "library":
        raise RenderError(f"{name} is a library chart: it renders nothing of its own")
    there = {one.get("name") for one in chart.dependencies}
    missing = [
        one["name"] for one in metadata.get("dependencies") or () if one["name"] not in there
    ]
    if missing:
        raise RenderError(
            f"{name}: {', '.join(missing)} is named in Chart.yaml but not found in charts/",
            remedy="run `helm dependency build` in the chart's directory and commit its charts/",
        )
    wanted = metadata.get("kubeVersion")
    if wanted and not compatible(wanted, options["kubeVersion"]):
        raise RenderError(
            f"{name} wants Kubernetes {wanted}, the cluster has {options['kubeVersion']}"
        )


def _values(options: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """As `helm template` merges its flags: values files, inline values, --set, --set-file."""
    values: dict[str, Any] = {}
    for at in options["valueFiles"]:
        for document in _documents(files[at], at):
            values = merged(values, document)
    values = merged(values, options["values"])
    # The command line takes every --set before the first --set-string.
    for one in sorted(options["parameters"], key=lambda one: bool(one["forceString"])):
        set_value(values, one["name"], one["value"], as_string=one["forceString"])
    for one in options["fileParameters"]:
        put_value(values, one["name"], _text(files[one["at"]], one["name"]))
    return values


def _documents(data: bytes, at: str) -> Iterator[dict[str, Any]]:
    """A values file's maps; Helm merges the documents of one file too."""
    try:
        for one in documents(data):
            if not isinstance(one.value, dict):
                raise RenderError(f"{at}:{one.line}: a values file holds a map, this one does not")
            yield one.value
    except YamlError as error:
        raise RenderError(f"{at}:{error.line}: {error}") from None


def _text(data: bytes, name: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise RenderError(f"the file of the parameter {name} is no text in UTF-8") from None


def _templates(chart: Any, values: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, str]:
    """The text of each template. `Chart.render` cannot pass capabilities, its core call can."""
    from helm_python import _native

    asked = {
        "name": options["name"],
        "namespace": options["namespace"],
        "kube_version": options["kubeVersion"],
        "api_versions": options["apiVersions"],
        "is_install": True,
    }
    if not asked["api_versions"]:
        del asked["api_versions"]
    text = _native.call_string("helm_render", chart._raw(), json.dumps(values), json.dumps(asked))
    found: dict[str, str] = json.loads(text)
    return found
