"""A render is a pure function: the same inputs give the same bytes.

A kind (`core/kinds`) turns one source of one component into a `RenderRequest` that names
everything the renderer will read. The hash of that is the cache's key: nothing else enters it, so
applications, clusters and commits that share all inputs share the render.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from msgspec import Struct

from trunkline.core.manifest import Manifest
from trunkline.core.snapshot import Snapshot
from trunkline.core.trouble import Trouble
from trunkline.core.unstable.leaves import Differing

OWN = ""
"""The name of the commit under plan among a component's snapshots."""

# Raised when the same inputs come to mean other manifests, so that no old cache entry is used.
FORMAT = 2


class RenderError(Trouble):
    """A source that gives no manifests; the message names the file and line where known.

    `place` is a path from the repository's root, `remedy` says what to do, `unit` which unit of
    infrastructure lacks the outputs that it wants.
    """

    def __init__(
        self, message: str, *, place: str = "", line: int = 0, remedy: str = "", unit: str = ""
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.place = place
        self.line = line
        self.unit = unit


class Capabilities(Struct, frozen=True):
    """What a destination cluster can do, as Helm sees it. Versions like `v1.36.3`."""

    kube_version: str = "v1.36.3"
    api_versions: tuple[str, ...] = ()


class Input(Struct, frozen=True):
    """A file, or a directory with all below it, that the renderer will see at `at`.

    `repository` names one of the snapshots in `Snapshots`, `path` is the place in it. The object
    id stands for the bytes: they are read only when the cache misses.
    """

    at: str
    repository: str
    path: str
    object_id: str


Snapshots = Mapping[str, Snapshot]
"""The commits that a component's sources are read from, by name."""


class RenderRequest(Struct, frozen=True):
    """Everything a render depends on. `options` is plain JSON in the tool's own terms.

    `elsewhere` is what a source outside of this repository is called; its files have no place in
    this one.
    """

    tool: str
    options: Mapping[str, Any]
    inputs: tuple[Input, ...]
    place: str = ""
    elsewhere: str = ""

    @property
    def key(self) -> str:
        """The SHA-256 of all that the render depends on; what is only for messages aside."""
        whole = orjson.dumps(
            [
                FORMAT,
                self.tool,
                self.options,
                sorted([one.at, one.object_id] for one in self.inputs),
            ],
            option=orjson.OPT_SORT_KEYS,
        )
        return hashlib.sha256(whole).hexdigest()


class Rendered(Struct, frozen=True):
    """Manifests in the order the tool gave them; `warnings` are for the plan's findings.

    `unstable` tells where another render of the same inputs gave something else.
    """

    manifests: tuple[Manifest, ...]
    warnings: tuple[str, ...] = ()
    unstable: tuple[Differing, ...] = ()
