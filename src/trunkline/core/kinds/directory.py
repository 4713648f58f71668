"""A directory of plain YAML, JSON and Jsonnet."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from trunkline.core.argo.glob import BadPattern, shell_matches
from trunkline.core.kinds.jsonnet import imported
from trunkline.core.kinds.work import SUBMODULE, SourceWork
from trunkline.core.rendering import RenderRequest

TREE, IMPORTS = "tree", "imports"
"""Where a renderer finds the source's files and what they import, each at its own path."""

_READ = (".yaml", ".yml", ".json", ".jsonnet")


def claims(_work: SourceWork) -> bool:
    return True


def request(work: SourceWork) -> RenderRequest:
    options: dict[str, Any] = dict(work.source.directory or {})
    root = work.root
    kind = work.snapshot.entry(work.snapshot.followed(root))
    if kind == "submodule":
        raise work.error(f"source.path: {root} is a submodule, which is not read", remedy=SUBMODULE)
    if kind != "directory":
        raise work.error(f"source.path: {root} is a file, a directory is expected")
    files = _files(work, root, options)
    programs = [path for path in files if path.endswith(".jsonnet")]
    jsonnet = _jsonnet(work, root, options.get("jsonnet") or {}) if programs else {}
    imports = imported(work, programs, jsonnet["libraries"]) if programs else []
    return RenderRequest(
        "directory",
        {"root": root, "jsonnet": jsonnet},
        (
            *(work.input(posixpath.join(TREE, path), path) for path in files),
            *(work.input(posixpath.join(IMPORTS, path), path) for path in imports),
        ),
        place=root,
    )


def heeds_cluster(request: RenderRequest) -> bool:
    """Only Jsonnet is told build variables, which name the cluster's version among others."""
    return bool(request.options["jsonnet"])


def _files(work: SourceWork, root: str, options: dict[str, Any]) -> list[str]:
    """The path of every file that is read, in sorted order."""
    recurse, every = bool(options.get("recurse")), bool(options.get("disableExtensionFilter"))
    include, exclude = str(options.get("include") or ""), str(options.get("exclude") or "")
    found = []
    for path in work.snapshot.paths(root, deep=recurse):
        name = posixpath.relpath(path, root or ".")
        if not (every or name.endswith(_READ)):
            continue
        if "jsonnet" in work.off and name.endswith(".jsonnet"):
            continue
        try:
            # Argo CD's globs: `*` crosses directories, `{a,b}` are alternatives.
            if exclude and shell_matches(exclude, name):
                continue
            if include and not shell_matches(include, name):
                continue
        except BadPattern as error:
            raise work.error(f"source.directory: {error}") from None
        # A link to a directory, or to nothing, is passed over.
        if work.snapshot.entry(work.followed(path, path)) == "file":
            found.append(path)
    return found


def _jsonnet(work: SourceWork, root: str, jsonnet: Mapping[str, Any]) -> dict[str, Any]:
    def pairs(key: str) -> list[dict[str, Any]]:
        return [
            {
                "name": str(one.get("name", "")),
                "value": work.substituted(str(one.get("value", ""))),
                "code": bool(one.get("code")),
            }
            for one in jsonnet.get(key) or ()
        ]

    libraries = [work.inside(str(one), "jsonnet.libs") for one in jsonnet.get("libs") or ()]
    return {"extVars": pairs("extVars"), "tlas": pairs("tlas"), "libraries": [root, *libraries]}
