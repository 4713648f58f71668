"""`helm template`, in process: the Helm library renders, the checks around it are here.

The library gives templates' text and nothing else. What the command line adds is added here, in
its order: values merged as its flags merge them, the chart's own checks (kubeVersion,
dependencies, library charts), CRDs first, output that is no YAML refused with its file.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import posixpath
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trunkline.core.kinds.helm import CHART, FILES, VALUES
from trunkline.core.rendering import RenderError
from trunkline.core.yaml import Document, YamlError, attempts, load
from trunkline.edge.render.helm_values import merged, set_value

_TEST_HOOKS = ("test", "test-success", "test-failure")


def prepare() -> None:
    """Load the library now, so that the first render need not."""
    importlib.import_module("helm_python")


def render(options: Mapping[str, Any], files: Mapping[str, bytes]) -> tuple[list[Any], list[str]]:
    """The objects that the chart renders to, and warnings. Raises RenderError."""
    from helm_python import HelmError
    from helm_python.chart import Chart

    chart_files = {
        path.removeprefix(f"{CHART}/"): data
        for path, data in files.items()
        if path.startswith(f"{CHART}/")
    }
    if options["skipSchemaValidation"]:
        chart_files = {
            path: data
            for path, data in chart_files.items()
            if posixpath.basename(path) != "values.schema.json"
        }
    try:
        with Chart.load_archive(_archive(chart_files)) as chart:
            _check(chart, options)
            texts = _templates(chart, _values(options, files), options)
            crds = [] if options["skipCrds"] else chart.crds
    except HelmError as error:
        raise RenderError(str(error)) from None
    return list(_manifests(crds, texts, options)), []


def _archive(files: Mapping[str, bytes]) -> bytes:
    """The chart as the archive that Helm reads; uncompressed gzip, since nobody stores it."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=0) as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(f"chart/{path}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


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
            remedy="vendor it with `helm dependency update` and commit charts/",
        )
    wanted = metadata.get("kubeVersion")
    if wanted and not _compatible(wanted, options["kubeVersion"]):
        raise RenderError(
            f"{name} wants Kubernetes {wanted}, the cluster has {options['kubeVersion']}"
        )


def _compatible(constraint: str, version: str) -> bool:
    """Helm's own comparison, asked through a template: its grammar is the library's."""
    from helm_python.chart import Chart

    question = "{{ semverCompare .Values.constraint .Values.version }}"
    files = {
        "Chart.yaml": b"apiVersion: v2\nname: question\nversion: 0.0.0\n",
        "templates/answer.yaml": question.encode(),
    }
    with Chart.load_archive(_archive(files)) as chart:
        answer = chart.render({"constraint": constraint, "version": version}, name="question")
    return "true" in next(iter(answer.values()), "")


def _values(options: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, Any]:
    """As `helm template` merges its flags: values files, inline values, --set, --set-file."""
    values: dict[str, Any] = {}
    for at in options["valueFiles"]:
        assert at.startswith(VALUES)
        try:
            document = load(files[at])
        except YamlError as error:
            raise RenderError(f"a values file, line {error.line}: {error}") from None
        if document is not None and not isinstance(document, dict):
            raise RenderError("a values file holds a map, this one does not")
        values = merged(values, document or {})
    values = merged(values, options["values"])
    for one in options["parameters"]:
        set_value(values, one["name"], one["value"], as_string=one["forceString"])
    for one in options["fileParameters"]:
        assert one["at"].startswith(FILES)
        set_value(values, one["name"], files[one["at"]].decode(), as_string=True)
    return values


def _templates(chart: Any, values: dict[str, Any], options: Mapping[str, Any]) -> dict[str, str]:
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


def _manifests(
    crds: Sequence[Mapping[str, str]], texts: Mapping[str, str], options: Mapping[str, Any]
) -> Iterator[Any]:
    for crd in crds:
        data = crd["data"]
        yield from _parsed(crd["filename"], _decoded(data))
    for path, text in sorted(texts.items()):
        if posixpath.basename(path).startswith("_") or path.endswith("NOTES.txt"):
            continue
        for one in _parsed(path, text):
            if not (options["skipTests"] and _is_test(one)):
                yield one


def _decoded(data: str) -> str:
    """A CRD's text; some versions of the library give it in base64."""
    if ":" in data:
        return data
    return base64.b64decode(data).decode()


def _parsed(path: str, text: str) -> Iterator[Any]:
    for one in attempts(text):
        if isinstance(one, YamlError):
            raise RenderError(f"{path}, line {one.line} of its output: {one}")
        assert isinstance(one, Document)
        yield one.value


def _is_test(manifest: Any) -> bool:
    meta = manifest.get("metadata") if isinstance(manifest, dict) else None
    hook = ((meta or {}).get("annotations") or {}).get("helm.sh/hook", "")
    return any(one.strip() in _TEST_HOOKS for one in str(hook).split(","))
