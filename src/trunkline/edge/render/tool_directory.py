"""Plain manifests: YAML, JSON and Jsonnet files, in the order of their names.

A directory may hold YAML that is no manifest, like values files: a file of which nothing can be
read as an object, and that does not look like one either, is passed over as Argo CD does it.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping
from typing import Any

from trunkline.core.kinds.directory import IMPORTS, TREE
from trunkline.core.rendering import RenderError
from trunkline.core.yaml import YamlError, attempts
from trunkline.edge.render.wire import Output

# https://argo-cd.readthedocs.io/en/stable/user-guide/directory/#skipping-file-rendering
SKIP = b"+argocd:skip-file-rendering"

_MARKS = (b"apiVersion:", b"kind:", b"metadata:")


def render(options: Mapping[str, Any], files: Mapping[str, bytes]) -> Output:
    """The objects of all files, and warnings. Raises RenderError naming file and line."""
    found: list[Any] = []
    for path, data in files.items():
        if not path.startswith(f"{TREE}/") or SKIP in data:
            continue
        name = path.removeprefix(f"{TREE}/")
        if name.endswith(".jsonnet"):
            found += _jsonnet(name, data, options["jsonnet"], files)
        elif name.endswith(".json"):
            found.append(_json(name, data))
        else:
            found += _yaml(name, data)
    return found, [], []


def _yaml(name: str, data: bytes) -> list[Any]:
    found: list[Any] = []
    for one in attempts(data):
        if isinstance(one, YamlError):
            fault = str(one)
        elif isinstance(one.value, dict) and one.value.get("kind"):
            found.append(one.value)
            continue
        else:
            fault = "not a Kubernetes object: it has no kind"
        if found or all(mark in data for mark in _MARKS):
            raise RenderError(f"{name}:{one.line}: {fault}")
        return []
    return found


def _json(name: str, data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise RenderError(f"{name}:{line}: {getattr(error, 'msg', error)}") from None


def _jsonnet(
    name: str, data: bytes, options: Mapping[str, Any], files: Mapping[str, bytes]
) -> list[Any]:
    import _jsonnet as jsonnet

    def chosen(key: str, code: bool) -> dict[str, str]:
        return {one["name"]: one["value"] for one in options[key] if one["code"] is code}

    try:
        answer = jsonnet.evaluate_snippet(
            name,
            data.decode(),
            ext_vars=chosen("extVars", False),
            ext_codes=chosen("extVars", True),
            tla_vars=chosen("tlas", False),
            tla_codes=chosen("tlas", True),
            import_callback=_importer(options["libraries"], files),
        )
    except UnicodeDecodeError as error:
        raise RenderError(f"{name}: not UTF-8: {error.reason} at byte {error.start}") from None
    except RuntimeError as error:
        raise RenderError(str(error).strip()) from None
    value = json.loads(answer)
    return value if isinstance(value, list) else [value]


def _importer(
    libraries: list[str], files: Mapping[str, bytes]
) -> Callable[[str, str], tuple[str, bytes]]:
    """Imports are answered from the request's files alone: beside the file, then the libraries."""

    def read(folder: str, name: str) -> tuple[str, bytes]:
        for base in (folder, *reversed(libraries)):
            path = posixpath.normpath(posixpath.join(base, name))
            for kind in (TREE, IMPORTS):
                if (data := files.get(f"{kind}/{path}")) is not None:
                    return path, data
        raise RuntimeError(f"{name}: no such file in this repository")

    return read
