"""Texts that templates render to and that are YAML again, and the Application they make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trunkline.core.argo.appset.combine import BadGenerator
from trunkline.core.argo.appset.parse import ApplicationSet
from trunkline.core.argo.appset.templates import BadTemplate, merged, unique
from trunkline.core.component import FINALIZER
from trunkline.core.manifest import Manifest
from trunkline.core.yaml import YamlError, load


def elements(text: str | None) -> list[Mapping[str, Any]]:
    """The list generator's `elementsYaml`. Raises BadGenerator."""
    try:
        found = load(text or "") or []
    except YamlError as error:
        raise BadGenerator(f"list: elementsYaml, line {error.line}: {error}") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadGenerator("list: elementsYaml is a list of maps")
    return found


def patch(text: str, template: str) -> Mapping[str, Any]:
    """What a `templatePatch` rendered to. Raises BadTemplate, which names the template."""
    try:
        found = load(text) or {}
    except YamlError as error:
        said = f"line {error.line} of what it renders to: {error}"
        raise BadTemplate(said, template) from None
    if not isinstance(found, dict):
        raise BadTemplate("it renders to no map", template)
    return found


def patched(filled: Mapping[str, Any], change: Mapping[str, Any]) -> Mapping[str, Any]:
    """The filled template with a patch laid over it, as Argo CD's strategic merge patch does it.

    Maps are merged and lists replaced, but for finalizers, which are joined; the project stays
    what the template says, so that nobody leaves it by their parameters.
    """
    found = dict(merged(filled, change))
    finalizers = [
        *((filled.get("metadata") or {}).get("finalizers") or ()),
        *((change.get("metadata") or {}).get("finalizers") or ()),
    ]
    if finalizers:
        found["metadata"] = {**_map(found, "metadata"), "finalizers": unique(finalizers)}
    if project := (filled.get("spec") or {}).get("project"):
        found["spec"] = {**_map(found, "spec"), "project": project}
    return found


def application(one: ApplicationSet, filled: Mapping[str, Any]) -> Manifest:
    """The Application of a filled template. Raises BadGenerator where a patch broke its shape."""
    metadata = {**_map(filled, "metadata"), "namespace": one.namespace}
    if not one.preserve and not metadata.get("finalizers"):
        # The controller deletes what a deleted ApplicationSet's Applications made.
        metadata["finalizers"] = [FINALIZER]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": metadata,
        "spec": dict(_map(filled, "spec")),
    }


def _map(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    if not isinstance(found, dict):
        raise BadGenerator(f"{key} of the generated Application is no map")
    return found
