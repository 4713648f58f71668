"""The one room through which every write to a cluster goes.

A write is asked for with an object and its options and ends as a `Step` of the run, whatever the
API server said; only an unreachable cluster is raised. A dry run asks the same questions of the
same server and changes nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import TypeVar

from msgspec import Struct

from trunkline.core.event import Listener, StepDone
from trunkline.core.hooks import TIME_TO_LIVE
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.marks import marked
from trunkline.core.options import ObjectOptions
from trunkline.core.run import Outcome, Step
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.errors import ApiError, Conflict, NotFound, Unreachable
from trunkline.engine.live import Live
from trunkline.engine.sync.ways import Ways

NONE = ObjectOptions()

UNANSWERED = "no answer came: it may be done, or not"

T = TypeVar("T")


class Place(Struct, frozen=True):
    """Where in a component's sync a write happens."""

    phase: str
    wave: int


async def uncut(write: Awaitable[T], name: str) -> T:
    """A write is never cut in the middle: whoever is cancelled waits for it first.

    It ends by itself, as every request does, when its time is up.
    """
    task = asyncio.ensure_future(write)
    if isinstance(task, asyncio.Task):
        task.set_name(name)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()
        raise


async def all_ended(works: Iterable[Awaitable[T]]) -> list[T | BaseException]:
    """What became of works that are done side by side, once all have ended.

    Where one raises, `gather` leaves the others running: they would write when the lease is given
    back, over what somebody else has written since.
    """
    return await asyncio.gather(*works, return_exceptions=True)


class Writer:
    """Writes of one component to one cluster."""

    def __init__(
        self,
        client: ClusterClient,
        live: Live,
        component_id: str,
        *,
        dry_run: bool,
        listener: Listener,
        scrub: Callable[[str], str],
    ) -> None:
        self._client = client
        self._live = live
        self._ways = Ways(client, live)
        self._component = component_id
        self.dry_run = dry_run
        self.missed = False
        self._listener = listener
        self._scrub = scrub

    def scrubbed(self, message: str) -> str:
        """An API server's message without the secrets that it may repeat."""
        return self._scrub(message)

    async def apply(self, manifest: Manifest, options: ObjectOptions, place: Place) -> Step:
        """Make the object what the manifest says; how is for the object's options to say."""
        desired = marked(manifest, self._component)
        verb, write = self._ways.of(desired, options)
        return await self._step(verb, desired, place, write)

    async def namespace(self, manifest: Manifest, manager: str, place: Place) -> Step:
        """A namespace that the component needs and does not own: it gets no mark, and only what
        this field manager applied is changed."""
        apply = partial(self._client.apply, manager=manager)
        return await self._step("apply", manifest, place, apply)

    async def create(self, manifest: Manifest, place: Place) -> Step:
        """Create a hook's object; one that stands there already is a failure of the step."""
        desired = marked(manifest, self._component)
        return await self._step("hook", desired, place, self._ways.of(desired, NONE)[1])

    async def expire(self, job: Manifest, seconds: int, place: Place) -> Step:
        """Have a Job that has ended delete itself after some seconds."""

        async def expire(manifest: Manifest, *, dry_run: bool = False) -> Manifest | None:
            patch = {"spec": {TIME_TO_LIVE: seconds}}
            try:
                return await self._client.patch(Ref.of(manifest), patch, dry_run=dry_run)
            except NotFound:
                return None  # Somebody deleted it first.

        return await self._step("clean up", job, place, expire)

    async def delete(
        self, live: Manifest, place: Place, *, propagation: str = "Foreground", verb: str = "prune"
    ) -> Step:
        """Delete exactly this live object: another one of the same name is left alone."""

        async def gone(manifest: Manifest, *, dry_run: bool = False) -> None:
            try:
                await self._client.delete(
                    Ref.of(manifest),
                    propagation=propagation,
                    uid=manifest["metadata"].get("uid", ""),
                    dry_run=dry_run,
                )
            except NotFound:
                pass
            except Conflict:
                # The precondition on the uid: what stood there is gone, what stands there is new.
                pass

        return await self._step(verb, live, place, gone)

    def left(self, live: Manifest, place: Place, reason: str, *, verb: str = "prune") -> Step:
        """A deletion that is not done, because by now something says that the object stays."""
        return self.told(verb, Ref.of(live), place, Outcome.SKIPPED, f"it stays: {reason}")

    async def _step(
        self,
        verb: str,
        manifest: Manifest,
        place: Place,
        write: Callable[..., Awaitable[Manifest | None]],
    ) -> Step:
        """Write and tell of it; who is cancelled meanwhile waits for both. Raises Unreachable."""
        written = self._written(verb, manifest, place, write)
        return await uncut(written, f"{verb} {Ref.of(manifest)}")

    async def _written(
        self,
        verb: str,
        manifest: Manifest,
        place: Place,
        write: Callable[..., Awaitable[Manifest | None]],
    ) -> Step:
        ref, started = Ref.of(manifest), time.time()
        clock = time.monotonic()
        try:
            answer = await write(manifest, dry_run=self.dry_run)
        except ApiError as error:
            # A namespace or a kind that is not there may still come.
            self.missed = self.missed or isinstance(error, NotFound)
            lost = isinstance(error, Unreachable)
            said = UNANSWERED if lost else str(error)
            taken = time.monotonic() - clock
            step = self.told(verb, ref, place, Outcome.FAILED, said, started, taken)
            if lost:
                raise
            return step
        if answer is not None:
            ref = Ref.of(answer)
        if not self.dry_run:
            self._live.saw(ref, answer)
        taken = time.monotonic() - clock
        return self.told(verb, ref, place, Outcome.SUCCEEDED, "", started, taken)

    def told(
        self,
        verb: str,
        ref: Ref,
        place: Place,
        outcome: Outcome,
        message: str = "",
        started: float = 0.0,
        seconds: float = 0.0,
    ) -> Step:
        """A step of this component, told to whoever listens. What objects and servers say may
        repeat a secret, and is stored with the run."""
        step = Step(
            self._component,
            self._client.name,
            ref,
            verb,
            place.phase,
            place.wave,
            outcome,
            self._scrub(message),
            started or time.time(),
            seconds,
        )
        self._listener(StepDone(step))
        return step
