"""A render is a pure function: the same inputs give the same bytes.

A kind (`core/kinds`) turns one source of one component into a `RenderRequest` that names
everything the renderer will read. The hash of that is the cache's key: nothing else enters it, so
applications, clusters and commits that share all inputs share the render.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trunkline.core.manifest import Manifest


class RenderError(Exception):
    """A source that gives no manifests; the message names the file and line where known.

    `place` is a path from the repository's root, `remedy` says what to do.
    """

    def __init__(self, message: str, *, place: str = "", line: int = 0, remedy: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.line = line
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a destination cluster can do, as Helm sees it. Versions like `v1.36.3`."""

    kube_version: str = "v1.36.3"
    api_versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RenderRequest:
    """`tool` is `helm`, `kustomize`, `directory`; `files` maps the path inside the renderer's
    tree to (snapshot name, path in that snapshot): the bytes are read only when the cache misses.
    `options` is plain JSON, `key` the SHA-256 of tool, options and the object ids of all files.
    """

    tool: str
    key: str
    options: Mapping[str, Any]
    files: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rendered:
    """Manifests in the order the tool gave them; `warnings` are for the plan's findings."""

    manifests: tuple[Manifest, ...]
    warnings: tuple[str, ...] = ()
