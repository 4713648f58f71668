"""A directory of plain YAML, JSON and Jsonnet."""

from __future__ import annotations

import posixpath
from typing import Any

from wcmatch import glob

from trunkline.core.kinds.work import SourceWork, linked_inputs
from trunkline.core.rendering import Input, RenderRequest

TREE, LIBRARIES = "tree", "libraries"
"""Where a renderer finds the directory and, by number, each Jsonnet library path."""

_READ = (".yaml", ".yml", ".json", ".jsonnet")
_GLOB = glob.BRACE | glob.DOTGLOB | glob.FORCEUNIX


def claims(_work: SourceWork) -> bool:
    return True


def request(work: SourceWork) -> RenderRequest:
    options: dict[str, Any] = dict(work.source.directory or {})
    root = work.root
    if work.snapshot.entry(work.snapshot.followed(root)) != "directory":
        raise work.error(f"source.path: {root} is a file, a directory is expected")
    files = [
        work.input(posixpath.join(TREE, name), work.snapshot.followed(path))
        for name, path in _files(work, root, options)
    ]
    jsonnet = options.get("jsonnet") or {}
    used = any(one.at.endswith(".jsonnet") for one in files)
    return RenderRequest(
        "directory",
        {"jsonnet": _jsonnet(work, jsonnet) if used else {}},
        (*files, *(_libraries(work, root, jsonnet) if used else ())),
        place=root,
    )


def _files(work: SourceWork, root: str, options: dict[str, Any]) -> list[tuple[str, str]]:
    """(name below the root, path) of every file that is read, in sorted order."""
    recurse = bool(options.get("recurse"))
    include, exclude = str(options.get("include") or ""), str(options.get("exclude") or "")
    found = []
    for path in work.snapshot.paths(root):
        name = posixpath.relpath(path, root or ".") if root else path
        if not name.endswith(_READ) or (not recurse and "/" in name):
            continue
        if exclude and _matches(name, exclude):
            continue
        if include and not _matches(name, include):
            continue
        found.append((name, path))
    return found


def _matches(name: str, pattern: str) -> bool:
    """Argo CD's globs: `*` crosses directories, `{a,b}` are alternatives."""
    return bool(
        glob.globmatch(name.replace("/", "\x01"), pattern.replace("/", "\x01"), flags=_GLOB)
    )


def _jsonnet(work: SourceWork, jsonnet: dict[str, Any]) -> dict[str, Any]:
    def pairs(key: str) -> list[dict[str, Any]]:
        return [
            {
                "name": str(one.get("name", "")),
                "value": work.substituted(str(one.get("value", ""))),
                "code": bool(one.get("code")),
            }
            for one in jsonnet.get(key) or ()
        ]

    return {"extVars": pairs("extVars"), "tlas": pairs("tlas")}


def _libraries(work: SourceWork, root: str, jsonnet: dict[str, Any]) -> list[Input]:
    """The library paths, and everything beside the files, which imports may name."""
    paths = [work.inside(str(one), "jsonnet.libs") for one in jsonnet.get("libs") or ()]
    return [
        one
        for number, path in enumerate([root, *paths])
        for at in [f"{LIBRARIES}/{number}"]
        for one in (work.input(at, path), *linked_inputs(work, path, at))
    ]
