"""Plain manifests: YAML, JSON and Jsonnet files, in the order of their names."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from trunkline.core.kinds.directory import LIBRARIES, TREE
from trunkline.core.rendering import RenderError
from trunkline.core.yaml import YamlError, attempts

# https://argo-cd.readthedocs.io/en/stable/user-guide/directory/#skipping-file-rendering
SKIP = b"# +argocd:skip-file-rendering"


def render(options: Mapping[str, Any], files: Mapping[str, bytes]) -> tuple[list[Any], list[str]]:
    """The objects of all files, and warnings. Raises RenderError naming file and line."""
    found: list[Any] = []
    for path, data in files.items():
        if not path.startswith(f"{TREE}/"):
            continue
        name = path.removeprefix(f"{TREE}/")
        if name.endswith(".jsonnet"):
            found += _jsonnet(name, data.decode(), options["jsonnet"], files)
        elif SKIP not in data:
            found += _documents(name, data)
    return found, []


def _documents(name: str, data: bytes) -> Iterator[Any]:
    for one in attempts(data):
        if isinstance(one, YamlError):
            raise RenderError(f"{name}:{one.line}: {one}")
        yield one.value


def _jsonnet(
    name: str, text: str, options: Mapping[str, Any], files: Mapping[str, bytes]
) -> list[Any]:
    import _jsonnet as jsonnet

    def chosen(key: str, code: bool) -> dict[str, str]:
        return {one["name"]: one["value"] for one in options[key] if one["code"] is code}

    try:
        answer = jsonnet.evaluate_snippet(
            name,
            text,
            ext_vars=chosen("extVars", False),
            ext_codes=chosen("extVars", True),
            tla_vars=chosen("tlas", False),
            tla_codes=chosen("tlas", True),
            import_callback=_importer(files),
        )
    except RuntimeError as error:
        raise RenderError(str(error).strip()) from None
    value = json.loads(answer)
    return value if isinstance(value, list) else [value]


def _importer(files: Mapping[str, bytes]) -> Callable[[str, str], tuple[str, bytes]]:
    """Imports are answered from the request's files alone: beside the file, then the libraries."""
    libraries = sorted(
        {int(path.split("/")[1]) for path in files if path.startswith(f"{LIBRARIES}/")}
    )

    def read(folder: str, name: str) -> tuple[str, bytes]:
        for base in (folder, *("" for _ in libraries[:1])):
            for number in libraries:
                place = posixpath.normpath(posixpath.join(base, name))
                if (data := files.get(f"{LIBRARIES}/{number}/{place}")) is not None:
                    return place, data
        raise RuntimeError(f"{name}: no such file in this source or its libraries")

    return read
