"""An Application's `spec.source.kustomize`, written into the source's kustomization.

The effect is that of the `kustomize edit` commands that Argo CD runs; the file that is edited is
the render's own copy.
https://argo-cd.readthedocs.io/en/stable/user-guide/kustomize/
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from trunkline.core.kinds.kustomization import FILES
from trunkline.core.kinds.kustomize import TREE
from trunkline.core.rendering import RenderError
from trunkline.core.yaml import dump, load
from trunkline.edge.render.kustomize_images import set_images


def localised(files: Mapping[str, bytes], bases: Mapping[str, str]) -> Mapping[str, bytes]:
    """The files with each name of another repository replaced by where that lies among them."""
    if not bases:
        return files
    return {
        path: _localised(path, data, bases) if posixpath.basename(path) in FILES else data
        for path, data in files.items()
    }


def _localised(path: str, data: bytes, bases: Mapping[str, str]) -> bytes:
    folder = posixpath.dirname(path)
    near = {
        name: posixpath.relpath(posixpath.join(TREE, place), folder)
        for name, place in bases.items()
        if name.encode() in data
    }
    kustomization = load(data) if near else None
    if not isinstance(kustomization, dict):
        return data
    for key in ("resources", "bases", "components"):
        if isinstance(listed := kustomization.get(key), list):
            kustomization[key] = [near.get(str(one), one) for one in listed]
    return dump(kustomization).encode()


def edited(kustomization: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """The kustomization with the overrides in it. Raises RenderError where they contradict."""
    result = dict(kustomization)
    for key in ("namePrefix", "nameSuffix", "namespace"):
        if options.get(key):
            result[key] = str(options[key])
    if options.get("images"):
        there = [*(result.pop("imageTags", None) or ()), *(result.get("images") or ())]
        result["images"] = set_images(there, options["images"])
    if options.get("replicas"):
        made = [_replica(one) for one in options["replicas"]]
        result["replicas"] = _by_name(result.get("replicas"), made)
    for key in ("patches", "components"):
        if options.get(key):
            result[key] = [*(result.get(key) or ()), *options[key]]
    if options.get("commonLabels"):
        _add_labels(result, options)
    if options.get("commonAnnotations"):
        force = bool(options.get("forceCommonAnnotations"))
        _add_pairs(result, "commonAnnotations", options["commonAnnotations"], force)
    return result


def _by_name(there: Any, new: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = {one["name"] for one in new}
    return [one for one in there or () if one.get("name") not in names] + new


def _add_labels(result: dict[str, Any], options: Mapping[str, Any]) -> None:
    labels = options["commonLabels"]
    if not options.get("labelWithoutSelector"):
        _add_pairs(result, "commonLabels", labels, bool(options.get("forceCommonLabels")))
        return
    entry: dict[str, Any] = {"pairs": {str(key): str(value) for key, value in labels.items()}}
    if options.get("labelIncludeTemplates"):
        entry["includeTemplates"] = True
    result["labels"] = [*(result.get("labels") or ()), entry]


def _add_pairs(result: dict[str, Any], field: str, pairs: Mapping[str, Any], force: bool) -> None:
    there = dict(result.get(field) or {})
    for key, value in pairs.items():
        if key in there and not force:
            force_name = "force" + field[0].upper() + field[1:]
            raise RenderError(
                f"{field}: {key} stands in the kustomization already",
                remedy=f"set {force_name}: true on the Application to replace it",
            )
        there[str(key)] = str(value)
    result[field] = there


def _replica(one: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"name": str(one["name"]), "count": int(one["count"])}
    except (KeyError, TypeError, ValueError):
        raise RenderError("kustomize.replicas: an entry has a name and a count") from None
