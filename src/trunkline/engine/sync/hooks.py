"""Running hooks: an object is made anew, waited for, and deleted as its policy says."""

from __future__ import annotations

import time
from collections.abc import Sequence

from trunkline.core.health import Health, HealthStatus
from trunkline.core.hooks import DeletePolicy, delete_policies, lasting
from trunkline.core.manifest import Manifest, Ref
from trunkline.core.options import object_options
from trunkline.core.run import Outcome, Step
from trunkline.edge.cluster.client import ClusterClient
from trunkline.engine.live import Live
from trunkline.engine.sync.teller import Told
from trunkline.engine.sync.wait import ENDED, until_gone, until_healthy
from trunkline.engine.sync.writes import Place, Writer


class HookRunner:
    """The hooks of one sync of one component. `timeout` is for each wave of hooks, in seconds."""

    def __init__(
        self, client: ClusterClient, live: Live, writer: Writer, timeout: float, told: Told
    ) -> None:
        self._client = client
        self._live = live
        self._writer = writer
        self._timeout = timeout
        self._told = told
        self._started: dict[int, Ref] = {}
        self._past: set[Ref] = set()

    async def start(self, hook: Manifest, place: Place) -> Step | None:
        """Begin a hook; None where a past run of it stands and nothing says to delete that."""
        ref = Ref.of(hook)
        if hook["metadata"].get("name"):
            await self._live.load([ref])
            if (past := self._live.get(ref)) is not None:
                self._started[id(hook)] = ref
                # One that is going already will be gone before it could be waited for.
                going = past["metadata"].get("deletionTimestamp")
                if DeletePolicy.BEFORE not in delete_policies(hook) and not going:
                    self._past.add(ref)
                    return None
                if step := await self._clear(ref, place):
                    return step
        step = await self._writer.create(lasting(hook)[0], place)
        self._started[id(hook)] = step.ref
        return step

    async def finish(self, hooks: Sequence[Manifest], place: Place) -> list[Step]:
        """Wait until these hooks have ended: a step for each that failed or was cleaned up."""
        refs = [self._started[id(hook)] for hook in hooks]
        waited = await until_healthy(
            self._client,
            self._live,
            refs,
            timeout=self._timeout,
            told=self._told,
            patience=0,
            settled=ENDED,
        )
        steps = []
        for hook, ref in zip(hooks, refs, strict=True):
            failed = ref in waited.failed or ref in waited.pending
            if failed:
                steps.append(self._failure(ref, waited.health[ref], place))
            steps += await self._cleaned(hook, ref, failed, place)
        return steps

    async def _clear(self, ref: Ref, place: Place) -> Step | None:
        """Delete a past run and wait until it is gone; a step where that did not work."""
        past = self._live.get(ref)
        if past is None:
            return None
        step = await self._writer.delete(past, place, propagation="Background", verb="clean up")
        if step.outcome is Outcome.FAILED or self._writer.dry_run:
            return step
        if await until_gone(self._client, self._live, [past], timeout=self._timeout):
            message = "its past run cannot be deleted: a finalizer holds it"
            return self._writer.told("hook", ref, place, Outcome.FAILED, message)
        return None

    async def _cleaned(self, hook: Manifest, ref: Ref, failed: bool, place: Place) -> list[Step]:
        policy = DeletePolicy.FAILED if failed else DeletePolicy.SUCCEEDED
        live, (_, seconds) = self._live.get(ref), lasting(hook)
        if live is None:
            return []
        if policy in delete_policies(hook):
            how = object_options(hook, {}).propagation
            return [await self._writer.delete(live, place, propagation=how, verb="clean up")]
        return [] if seconds is None else [await self._writer.expire(live, seconds, place)]

    def _failure(self, ref: Ref, health: Health, place: Place) -> Step:
        message = f"hook {health.status.value.lower()}: {health.message}"
        if health.status is HealthStatus.MISSING:
            message = "the hook was deleted while it ran"
        if ref in self._past:
            message += (
                "; that was an earlier run, which its delete policy keeps: delete it, or add "
                "BeforeHookCreation"
            )
        return self._writer.told("hook", ref, place, Outcome.FAILED, message, time.time())
