"""App of apps: what a component renders to that declares more components.

Rendering every component only to look for Applications would be dear. Its source's files are
searched first, archives of dependencies included; what mentions none of Argo CD's kinds is let be.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import msgspec
import orjson
from msgspec import Struct, field

from trunkline.core.component import Cluster, Component
from trunkline.core.declaration import may_declare
from trunkline.core.files_read import FilesRead
from trunkline.core.kinds import SourceWork, kustomize
from trunkline.core.manifest import Manifest
from trunkline.core.rendering import OWN, Capabilities, Input, RenderError, RenderRequest, Snapshots
from trunkline.core.snapshot import Snapshot, SnapshotError
from trunkline.engine.desire import Desires, Target
from trunkline.engine.world import World

# Archives are looked into up to this size, unpacked; in bytes.
LARGEST = 64 * 2**20


class Children(Struct, frozen=True):
    """Asks components for what they declare. Each source is searched once, and one that declares
    nothing is not even asked for again: a thousand components share a few hundred sources."""

    world: World
    desires: Desires
    files: FilesRead = field(default_factory=FilesRead)
    _searched: dict[str, bool] = field(default_factory=dict)
    _silent: set[bytes] = field(default_factory=set)

    async def of(self, component: Component, cluster: Cluster) -> Answer:
        """The Applications, ApplicationSets and AppProjects that the component renders to."""
        sources = _sources(component)
        if sources in self._silent:
            return Answer()
        default = Capabilities()
        capabilities = Capabilities(
            cluster.kube_version or default.kube_version, cluster.api_versions
        )
        try:
            asked = await self.desires.requests(component, self.world, capabilities)
        except RenderError as error:
            # Whoever renders it tells of it.
            return Answer(error=str(error))
        if not any(self._may_declare(one, work.snapshots) for one, work in asked):
            self._silent.add(sources)
            return Answer()
        target = Target(cluster.name, capabilities)
        desired = await self.desires.desired(component, self.world, target)
        taken = frozenset[str]().union(*(_taken(one, work) for one, work in asked))
        return Answer(desired.declared, desired.error, declares=True, taken=taken)

    def _may_declare(self, request: RenderRequest, snapshots: Snapshots) -> bool:
        """Values inside of the Application may hold whole objects too."""
        return may_declare(orjson.dumps(request.options)) or any(
            self._mentions(one, snapshots) for one in request.inputs
        )

    def _mentions(self, one: Input, snapshots: Snapshots) -> bool:
        if self.files.is_silent(one.object_id):
            return False
        if one.object_id not in self._searched:
            self._searched[one.object_id] = self._search(one, snapshots[one.repository])
        return self._searched[one.object_id]

    def _search(self, one: Input, snapshot: Snapshot) -> bool:
        """What a clone lacks may be there for the next command: then nothing is remembered."""
        whole = True
        for data in _bytes(snapshot, one.path):
            if data is None:
                whole = False
            elif may_declare(data):
                return True
        if whole:
            self.files.found_silent(one.object_id)
        return False


class Answer(Struct, frozen=True):
    """What was declared; `error` says why that is not known. `declares`: its files mention Argo
    CD's kinds, so what is not known are components. `taken` are the files of this commit that its
    kustomizations are made of.
    """

    manifests: tuple[Manifest, ...] = ()
    error: str = ""
    declares: bool = False
    taken: frozenset[str] = frozenset()


def _taken(request: RenderRequest, work: SourceWork) -> frozenset[str]:
    own = request.tool == "kustomize" and work.repository == OWN
    return kustomize.files_named(work) if own else frozenset()


def _sources(component: Component) -> bytes:
    """Equal for components that read the same files. Build variables are part of paths too."""
    data = msgspec.json.encode(component.sources)
    return data + component.id.encode() if b"ARGOCD_" in data else data


def _bytes(snapshot: Snapshot, path: str) -> Iterator[bytes | None]:
    """The contents of a file, or of every file below a directory; archives are unpacked. None for
    what cannot be read."""
    paths = [path] if snapshot.entry(path) == "file" else list(snapshot.paths(path))
    for one in paths:
        try:
            data = snapshot.read(one)
        except SnapshotError:
            yield None
            continue
        yield unpacked(data) if one.endswith((".tgz", ".tar.gz")) else data


def unpacked(data: bytes) -> bytes:
    """The tar inside of a gzip archive, cut at LARGEST; nothing for a broken one."""
    try:
        stream = zlib.decompressobj(wbits=31)
        return stream.decompress(data, LARGEST)
    except zlib.error:
        return b""
