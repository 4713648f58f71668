"""The door to rendering: cache, then a confined worker; the same render is never done twice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import orjson
from msgspec import Struct

from trunkline.core.lfs import REMEDY, is_pointer
from trunkline.core.rendering import Input, Rendered, RenderError, RenderRequest, Snapshots
from trunkline.core.snapshot import Snapshot, SnapshotError, normal_path
from trunkline.edge.render.cache import RenderCache
from trunkline.edge.render.errors import named
from trunkline.edge.render.jq import JqPaths
from trunkline.edge.render.limits import Limits
from trunkline.edge.render.pool import Pool
from trunkline.edge.render.wire import Job

# What a renderer reads; a picture in a chart may well be kept elsewhere.
READ = (".yaml", ".yml", ".json", ".jsonnet", ".libsonnet", ".tpl", ".tgz")


class Statistics(Struct):
    """How renders were answered; `shared` waited for the same render asked for before them."""

    hits: int = 0
    misses: int = 0
    shared: int = 0
    failed: int = 0


class Renderer:
    """Renders requests. One per process is enough; close it at the end."""

    def __init__(
        self, cache: RenderCache | None, *, workers: int | None = None, limits: Limits | None = None
    ) -> None:
        self._cache = cache
        self._limits = limits or Limits()
        self._pool = Pool(workers or os.cpu_count() or 1, self._limits)
        self._flights: dict[str, asyncio.Task[bytes]] = {}
        self.statistics = Statistics()
        self.jq = JqPaths()

    async def render(self, request: RenderRequest, snapshots: Snapshots) -> Rendered:
        """The manifests of a request. Raises RenderError naming the source.

        Each caller gets manifests of its own, to change as it likes.
        """
        try:
            manifests, warnings, unstable = orjson.loads(await self._data(request, snapshots))
        except RenderError as error:
            self.statistics.failed += 1
            raise named(error, request, snapshots) from None
        places = tuple((number, tuple(path), other) for number, path, other in unstable)
        return Rendered(tuple(manifests), tuple(warnings), places)

    @property
    def confinement(self) -> tuple[str, ...]:
        """What holds the workers in on this machine; () before the first was started."""
        return self._pool.confinement

    async def rest(self) -> None:
        """Let all but one worker of each kind go until they are needed again: they hold memory."""
        await self._pool.rest(keep=1)

    async def close(self) -> None:
        flights = list(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)
        await self.jq.close()
        await self._pool.close()

    async def _data(self, request: RenderRequest, snapshots: Snapshots) -> bytes:
        key = request.key
        if self._cache and (cached := self._cache.get(key)) is not None:
            self.statistics.hits += 1
            return cached
        flight = self._flights.get(key)
        if flight is None:
            self.statistics.misses += 1
            flight = asyncio.create_task(self._fresh(key, request, snapshots), name=f"render {key}")
            self._flights[key] = flight
            flight.add_done_callback(lambda done: self._landed(key, done))
        else:
            self.statistics.shared += 1
        # A caller that goes away leaves the render to the others that wait for it.
        return await asyncio.shield(flight)

    def _landed(self, key: str, flight: asyncio.Task[bytes]) -> None:
        self._flights.pop(key, None)
        if not flight.cancelled():
            # Seen here, so that a failure nobody waits for any more is no noise.
            flight.exception()

    async def _fresh(self, key: str, request: RenderRequest, snapshots: Snapshots) -> bytes:
        def job() -> Job:
            return Job(request.tool, request.options, gathered(request, snapshots, self._limits))

        data = await self._pool.run(job)
        if self._cache:
            self._cache.put(key, data)
        return data


def gathered(request: RenderRequest, snapshots: Snapshots, limits: Limits) -> dict[str, bytes]:
    """The bytes of every input, by the path that the tool will see. Raises RenderError."""
    files: dict[str, bytes] = {}
    size = 0
    try:
        for one in request.inputs:
            for at, path in _below(snapshots[one.repository], one):
                if normal_path(at) != at:
                    raise RenderError(f"{path}: the tree holds a name that no file can have")
                files[at] = snapshots[one.repository].read(path)
                if path.endswith(READ) and is_pointer(files[at]):
                    raise RenderError(f"{path} is only a Git LFS pointer", remedy=REMEDY)
                size += len(files[at])
                if size > limits.inputs:
                    raise RenderError(
                        f"{one.path} is larger than {limits.inputs // 2**20} MiB",
                        remedy="move what no template reads out of it",
                    )
    except SnapshotError as error:
        raise RenderError(str(error)) from None
    return files


def _below(snapshot: Snapshot, one: Input) -> Iterator[tuple[str, str]]:
    """(path for the tool, path in the snapshot) of a file, or of all files of a directory.

    Links to directories are inputs of their own (`core/kinds`) and skipped here.
    """
    path = snapshot.followed(one.path)
    if snapshot.entry(path) != "directory":
        yield one.at, path
        return
    for found in snapshot.paths(path):
        if snapshot.entry(found) == "link":
            target = snapshot.followed(found)
            if snapshot.entry(target) == "directory":
                continue
        yield one.at + found[len(path) :] if path else f"{one.at}/{found}", found
