"""Parameter sets: what each generator knows of one cluster, directory or file.

In the newer template language parameters are nested (`.path.basename`); in the older one they are
flat strings (`path.basename`), and lists are spelled `path[0]`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

from trunkline.core.component import Cluster

Params = dict[str, Any]

_NO_DNS = re.compile(r"[^-a-z0-9.]")
_LONGEST = 253


def normalized(name: str) -> str:
    """A name as a DNS subdomain, as Argo CD's `normalize` makes it."""
    return _NO_DNS.sub("-", name.lower())[:_LONGEST].strip("-.")


def cluster_params(cluster: Cluster, go: bool) -> Params:
    found: Params = {
        "name": cluster.name,
        "nameNormalized": normalized(cluster.name),
        "server": cluster.server,
        "project": cluster.project,
    }
    metadata = {"labels": dict(cluster.labels), "annotations": dict(cluster.annotations)}
    if go:
        return {**found, "metadata": metadata}
    return {**found, **dict(flat({"metadata": metadata}))}


def path_params(path: str, go: bool, prefix: str = "", file: str = "") -> Params:
    """What is said of a directory, and of the file in it that a parameter set comes from."""
    path = path or "."
    base = posixpath.basename(path)
    names = {"basename": base, "basenameNormalized": normalized(base)}
    if file:
        names |= {"filename": file, "filenameNormalized": normalized(file)}
    segments = path.split("/")
    if go:
        said: Params = {"path": {"path": path, **names, "segments": segments}}
        return {prefix: said} if prefix else said
    root = f"{prefix}.path" if prefix else "path"
    return {
        root: path,
        **{f"{root}.{name}": value for name, value in names.items()},
        **{f"{root}[{at}]": one for at, one in enumerate(segments)},
    }


def file_params(content: Mapping[str, Any], path: str, go: bool, prefix: str = "") -> Params:
    """What a file holds, and where it lies; the latter wins."""
    folder, name = posixpath.split(path)
    own = dict(content) if go else dict(flat(content))
    return {**own, **path_params(folder, go, prefix, name)}


def flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Nested values as flat strings: `a.b`, `a.0` for lists."""
    for key, one in value.items():
        name = f"{above}.{key}" if above else str(key)
        if isinstance(one, dict):
            yield from flat(one, name)
        elif isinstance(one, list):
            yield from flat({str(at): each for at, each in enumerate(one)}, name)
        else:
            yield name, text(one)


def text(value: Any) -> str:
    """A scalar as the older template language prints it."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def joined(one: Params, other: Params) -> Params:
    """Both sets as one, maps merged to any depth; the second wins."""
    found = dict(one)
    for key, value in other.items():
        mine = found.get(key)
        both = isinstance(mine, dict) and isinstance(value, dict)
        found[key] = joined(mine, value) if both and isinstance(mine, dict) else value
    return found
