"""Watch: the changes of one kind as lines of JSON, for as long as the client listens.

A watch starts from a resourceVersion, from "now" with what there is ("" or "0"), or with initial
events and a bookmark at their end (KEP-3157). A selector turns changes into additions and
deletions, because what leaves the selection is gone for this watcher.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import orjson
from aiohttp import web
from msgspec import Struct

from trunkline.sandbox.api import Api
from trunkline.sandbox.errors import ApiStatus, bad_request, expired
from trunkline.sandbox.faults import Faults
from trunkline.sandbox.request import Target
from trunkline.sandbox.store import ADDED, DELETED, MODIFIED, Change
from trunkline.sandbox.verbs.read import Selection, objects, seen

Json = dict[str, Any]
Shown = Callable[[Json], Json]

BOOKMARK, ERROR = "BOOKMARK", "ERROR"
BOOKMARK_EVERY = 60.0
INITIAL_END = "k8s.io/initial-events-end"
# As long as the API server keeps one open that names no end: between 30 and 60 minutes.
LONGEST = 1800.0


class Watch(Struct, frozen=True):
    """`shown` makes of an object what the answer holds (a row of a table, or itself)."""

    target: Target
    selection: Selection
    version: str
    bookmarks: bool
    initial: bool
    timeout: float
    shown: Shown


class Watchers:
    """The open watches of one cluster, so that a fault can end or fail them."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._queues: set[asyncio.Queue[Change | None]] = set()

    @property
    def count(self) -> int:
        return len(self._queues)

    def drop(self) -> None:
        """End every open watch at once, as a load balancer does that has had enough."""
        for queue in self._queues:
            queue.put_nowait(None)

    async def serve(self, api: Api, watch: Watch, request: web.Request) -> web.StreamResponse:
        """Answers until the time is over, the client leaves or the watch is dropped."""
        start = _start(api, watch)
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        stop = api.store.listen(watch.target.resource.storage, queue.put_nowait)
        self._queues.add(queue)
        try:
            first, position = _first_events(api, watch, start)
            await answer.prepare(request)
            await answer.write(b"".join(first))
            await self._follow(api, watch, answer, queue, position)
        except ApiStatus as error:
            await answer.prepare(request)
            await answer.write(_line(ERROR, error.body()))
        except ConnectionError:
            pass
        finally:
            stop()
            self._queues.discard(queue)
        return answer

    async def _follow(
        self,
        api: Api,
        watch: Watch,
        answer: web.StreamResponse,
        queue: asyncio.Queue[Change | None],
        position: int,
    ) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + watch.timeout
        mark = loop.time() + BOOKMARK_EVERY
        matches = watch.selection.matcher(watch.target.resource)
        while (left := end - loop.time()) > 0:
            try:
                change = await asyncio.wait_for(queue.get(), min(left, max(mark - loop.time(), 0)))
            except TimeoutError:
                mark = loop.time() + BOOKMARK_EVERY
                if watch.bookmarks and left > BOOKMARK_EVERY and not self._faults.markless:
                    await answer.write(_bookmark(watch, api.store.version))
                continue
            if change is None:
                return
            if change.version > position and not self._faults.mute:
                for line in _lines(watch, change, matches):
                    await answer.write(line)


def _start(api: Api, watch: Watch) -> int | None:
    """The version to start after; None for now."""
    if watch.version in ("", "0") or watch.initial:
        return None
    try:
        version = int(watch.version)
    except ValueError:
        raise bad_request(f'Invalid value: "{watch.version}": it is no resourceVersion') from None
    if version > api.store.version:
        said = f"Too large resource version: {version}, current: {api.store.version}"
        cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
        raise ApiStatus(504, "Timeout", said, details={"causes": [cause], "retryAfterSeconds": 1})
    return version


def _first_events(api: Api, watch: Watch, start: int | None) -> tuple[list[bytes], int]:
    """What is said at once, and the version that it reaches. Raises ApiStatus 410."""
    position = api.store.version
    if start is None:
        found = objects(api, watch.target, watch.selection)
        lines = [_line(ADDED, watch.shown(one)) for one in found]
        if watch.initial:
            lines.append(_bookmark(watch, position, {INITIAL_END: "true"}))
        return lines, position
    changes = api.store.since(watch.target.resource.storage, start)
    if changes is None:
        raise expired(f"too old resource version: {start} ({position})")
    matches = watch.selection.matcher(watch.target.resource)
    return [line for one in changes for line in _lines(watch, one, matches)], position


def _lines(watch: Watch, change: Change, matches: Callable[[Json], bool]) -> Iterator[bytes]:
    """The change as this watcher sees it: nothing, or one event."""
    space = watch.target.namespace
    if space and change.new["metadata"].get("namespace") != space:
        return
    before = change.old is not None and matches(change.old)
    after = change.type != DELETED and matches(change.new)
    if before or after:
        event = MODIFIED if before and after else ADDED if after else DELETED
        yield _line(event, watch.shown(seen(watch.target.resource, _said(change, event))))


def _said(change: Change, event: str) -> Json:
    """A deletion shows the last state in which the object was selected, at the new version."""
    if event != DELETED or change.type == DELETED or change.old is None:
        return change.new
    version = change.new["metadata"]["resourceVersion"]
    return {**change.old, "metadata": {**change.old["metadata"], "resourceVersion": version}}


def _bookmark(watch: Watch, version: int, annotations: dict[str, str] | None = None) -> bytes:
    meta: Json = {"resourceVersion": str(version), "creationTimestamp": None}
    if annotations:
        meta["annotations"] = annotations
    resource = watch.target.resource
    obj = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": meta}
    return _line(BOOKMARK, obj)


def _line(event: str, obj: Json) -> bytes:
    return orjson.dumps({"type": event, "object": obj}, option=orjson.OPT_APPEND_NEWLINE)
