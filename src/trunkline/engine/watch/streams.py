"""The streams of one cluster: one for each kind in use that is served, and none for any other."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable

from trunkline.core.marks import SELECTOR
from trunkline.edge.cluster.discovery import Resource
from trunkline.edge.cluster.errors import ApiError, Forbidden, NotFound
from trunkline.engine.live import applicable, is_down
from trunkline.engine.watch.digests import Kind
from trunkline.engine.watch.stream import Place, Stream
from trunkline.engine.watch.tasks import Tasks
from trunkline.engine.watch.wanted import NAMESPACE

# How long the first lists of a cluster are waited for before its components are looked at anyway.
LISTED = 60.0


class Streams:
    """Kept by kind. `name` is the cluster's, with which the names of their tasks begin."""

    def __init__(self, name: str, place: Place, tasks: Tasks) -> None:
        self._name = name
        self._place = place
        self._tasks = tasks
        self._streams: dict[Kind, Stream] = {}
        self._wanted: frozenset[Kind] = frozenset()

    def __len__(self) -> int:
        return len(self._streams)

    def anew(self) -> None:
        """List before the next watch: the versions that were seen say nothing any more."""
        for stream in self._streams.values():
            stream.anew()

    def again(self) -> None:
        """Begin each watch again where it was: it may have been cut off in silence."""
        for stream in self._streams.values():
            self._run(stream)

    def list_anew(self) -> None:
        """List every kind again, whatever the watches said."""
        for stream in self._streams.values():
            stream.anew()
            stream.listed.clear()
            self._run(stream)

    async def want(self, kinds: Iterable[Kind]) -> None:
        """Follow these kinds too, from now on."""
        self._wanted |= frozenset(kinds)
        await self.follow()

    async def settled(self) -> None:
        """Wait until every stream has listed, within limits."""
        listing = [stream.listed.wait() for stream in self._streams.values()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTED):
                await asyncio.gather(*listing)

    async def find_marked(self) -> None:
        """Follow the kinds too that nobody renders any more, and of which something is ours."""
        kinds = applicable(await self._place.client.discovery())
        others = [one for one in kinds if (one.group, one.kind) not in self._streams]
        found = await asyncio.gather(*(self._holds_ours(one) for one in others))
        await self.want(
            (one.group, one.kind) for one, holds in zip(others, found, strict=True) if holds
        )

    async def _holds_ours(self, resource: Resource) -> bool:
        try:
            async for page in self._place.client.pages(resource, label_selector=SELECTOR, page=1):
                return bool(page.items)
        except (Forbidden, NotFound):
            pass
        except ApiError as error:
            if not is_down(resource, error):
                raise
        return False

    async def follow(self) -> None:
        """A stream for each wanted kind that the cluster serves, and none for any other."""
        discovery = await self._place.client.discovery()
        found = {kind: discovery.find(*kind) for kind in self._wanted}
        for kind, stream in list(self._streams.items()):
            if found.get(kind) != stream.resource:
                self._drop(kind)
        for kind, resource in sorted(found.items()):
            if resource and kind not in self._streams and {"list", "watch"} <= {*resource.verbs}:
                whole = kind == NAMESPACE
                stream = Stream(self._place, resource, whole=whole)
                self._streams[kind] = stream
                self._run(stream)

    def _run(self, stream: Stream) -> None:
        self._tasks.keep(self._task_of(stream.kind), stream.run)

    def _drop(self, kind: Kind) -> None:
        self._tasks.end(self._task_of(kind))
        del self._streams[kind]
        self._place.digests.forget_kind(kind)

    def _task_of(self, kind: Kind) -> str:
        group, name = kind
        return f"{self._name}: {name}{f'.{group}' if group else ''}"
