"""Files of charts and kustomizations that hold something else than what belongs there: whoever
renders them is told so, and nobody else's render is disturbed."""

from __future__ import annotations

import pytest
import yaml

from trunkline.core.component import Component, Source
from trunkline.core.kinds import SourceWork, request
from trunkline.core.rendering import RenderError
from trunkline.core.snapshot import FilesSnapshot

CHART = {"apiVersion": "v2", "name": "web", "version": "1.0.0"}
LISTS = (
    "resources bases components crds generators transformers validators configurations "
    "patchesStrategicMerge patches patchesJson6902 replacements configMapGenerator "
    "secretGenerator helmCharts helmChartInflationGenerator"
).split()
ODD = (5, True, 1.5, "text", {"a": 1}, [5], [None], [[1]], [{"name": 5}], None, [])
INSIDE = {
    "configMapGenerator": [{"name": 5, "files": 5, "envs": 5, "literals": 3}],
    "secretGenerator": [{"name": "a", "files": True, "env": 5}],
    "helmCharts": [{"name": "a", "repo": "https://e.test", "additionalValuesFiles": 5}],
    "patches": [{"path": 5}],
    "openapi": 5,
    "helmGlobals": 5,
}


def asked(files: dict[str, object]) -> str:
    """What is told of a source of these files, "" where it can be rendered."""
    texts = {f"web/{name}": yaml.safe_dump(one) for name, one in files.items()}
    source = Source("", "web")
    component = Component("web", "web", sources=(source,))
    try:
        request(component, source, SourceWork(component, source, {"": FilesSnapshot(texts)}))
    except RenderError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("key", LISTS)
def test_a_field_of_a_kustomization_that_is_no_list_is_told(key: str) -> None:
    for value in ODD:
        said = asked({"kustomization.yaml": {key: value}})
        if value is not None and not isinstance(value, list):
            kind = type(value).__name__
            assert said == f"web/kustomization.yaml: {key}: a list is expected, not {kind}"


@pytest.mark.parametrize("key", INSIDE)
def test_what_is_odd_inside_is_told_or_is_for_kustomize_to_tell(key: str) -> None:
    said = asked({"kustomization.yaml": {key: INSIDE[key]}})
    assert "Error" not in said


@pytest.mark.parametrize("file", ["Chart.yaml", "Chart.lock", "requirements.yaml"])
def test_dependencies_that_are_no_list_are_told(file: str) -> None:
    needs = {"dependencies": [{"name": "db", "version": "1", "repository": "https://e.test"}]}
    chart = {**CHART, "apiVersion": "v1"} if file == "requirements.yaml" else {**CHART, **needs}
    for value in ODD:
        own = {"dependencies": value}
        files = {"Chart.yaml": chart, file: {**chart, **own} if file == "Chart.yaml" else own}
        said = asked(files)
        if value is not None and not isinstance(value, list):
            kind = type(value).__name__
            assert said == f"web/{file}: dependencies: a list is expected, not {kind}"
