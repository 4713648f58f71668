"""One kustomization file: where it lies, what it holds, and which paths it names."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from trunkline.core.kinds.work import SourceWork
from trunkline.core.yaml import YamlError, load

FILES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

# The fields of a kustomization that name files or directories.
_PATHS = ("resources", "bases", "components", "crds", "generators", "transformers", "validators",
          "configurations", "patchesStrategicMerge")  # fmt: skip
_PATCHES = ("patches", "patchesJson6902", "replacements")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_CHARTS = ("helmCharts", "helmChartInflationGenerator")


def kustomization_of(work: SourceWork, directory: str) -> str | None:
    """The kustomization file of a directory, None if it has none."""
    for name in FILES:
        path = posixpath.join(directory, name)
        if work.snapshot.entry(path) is not None:
            return path
    return None


def document_of(work: SourceWork, file: str) -> dict[str, Any]:
    """A kustomization file's content, for reading only. Raises RenderError."""
    try:
        document = _loaded(work.snapshot.read(file)) or {}
    except YamlError as error:
        raise work.error(f"{file}:{error.line}: {error}") from None
    if not isinstance(document, dict):
        raise work.error(f"{file}: a kustomization is a map")
    for key in (*_PATHS, *_PATCHES, *_GENERATORS, *_CHARTS):
        work.list_in(file, document, key)
    return document


@lru_cache(maxsize=4096)
def _loaded(data: bytes) -> Any:
    """A base is read for each of its overlays, at both commits of a plan."""
    return load(data)


def resources_of(document: dict[str, Any]) -> frozenset[str]:
    """What is named where a single file of elsewhere may stand too."""
    named = (one for key in ("resources", "bases") for one in document.get(key) or ())
    return frozenset(one for one in named if _is_path(one))


def paths_named_by(document: dict[str, Any]) -> Iterator[str]:
    """Every path that a kustomization names; inline patches are left out."""
    for key in _PATHS:
        yield from (one for one in document.get(key) or () if _is_path(one))
    for key in _PATCHES:
        for one in document.get(key) or ():
            if isinstance(one, dict) and _is_path(one.get("path")):
                yield str(one["path"])
    for key in _GENERATORS:
        for one in document.get(key) or ():
            yield from _generator_files(one if isinstance(one, dict) else {})
    openapi = document.get("openapi")
    if isinstance(openapi, dict) and _is_path(openapi.get("path")):
        yield str(openapi["path"])


def _generator_files(generator: dict[str, Any]) -> Iterator[str]:
    for one in _items(generator, "files"):
        yield str(one).partition("=")[2] or str(one)
    for one in (*_items(generator, "envs"), generator.get("env")):
        if one:
            yield str(one)


def _items(generator: dict[str, Any], key: str) -> list[Any]:
    """What it lists; of anything else Kustomize says what is wrong with it."""
    found = generator.get(key)
    return found if isinstance(found, list) else []


def _is_path(value: object) -> bool:
    return isinstance(value, str) and bool(value) and "\n" not in value
