"""Waiting until live objects are what they should become: healthy, finished or gone.

Objects are read again at growing intervals, all that wait side by side, within the cluster's
budget. A wait ends when every object has settled or the time is up; it never raises for what an
object does, only for a cluster that cannot be asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable

from msgspec import Struct

from trunkline.core.health import Health, HealthStatus
from trunkline.core.manifest import Manifest, Ref, uid_of
from trunkline.core.scope import crd_scope, crd_versions
from trunkline.edge.cluster.client import ClusterClient
from trunkline.edge.cluster.discovery import Discovery
from trunkline.engine.live import Live
from trunkline.engine.sync.teller import Teller, Told

FIRST_PAUSE, LAST_PAUSE = 0.05, 1.0

# A workload may look degraded for a moment while it is being replaced.
DEGRADED_FOR = 3.0

# Operators try again, and say "failed" while what they need is still on its way.
RETRIED_FOR = 30.0

# A server says that a definition is established a moment before it tells of the kind.
SERVED_WITHIN = 30.0

SETTLED = frozenset({HealthStatus.HEALTHY, HealthStatus.SUSPENDED})

# A hook has ended only when it says so: one that is suspended waits for somebody.
ENDED = frozenset({HealthStatus.HEALTHY})


class Waited(Struct, frozen=True):
    """Health of each object when the wait ended; `pending` had not settled by then."""

    health: dict[Ref, Health]
    pending: tuple[Ref, ...]
    settled: frozenset[HealthStatus] = SETTLED

    @property
    def failed(self) -> dict[Ref, Health]:
        return {
            ref: health
            for ref, health in self.health.items()
            if ref not in self.pending and health.status not in self.settled
        }


async def until_healthy(
    client: ClusterClient,
    live: Live,
    refs: Iterable[Ref],
    *,
    timeout: float,
    told: Told,
    patience: float | None = None,
    settled: frozenset[HealthStatus] = SETTLED,
    enough: asyncio.Event | None = None,
) -> Waited:
    """Wait until each object has one of the `settled` statuses, is degraded for `patience`
    seconds, or is gone for as long; by default the patience is the kind's (`patience_with`).

    Once `enough` is set, nothing is waited for any more.
    """
    health = await live.healths(refs)
    bad_since: dict[Ref, float] = {}
    teller = Teller(client, live, told)
    deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
    while True:
        now = time.monotonic()
        pending = [
            ref
            for ref, one in health.items()
            if one.status not in settled and not _is_lost(ref, one, bad_since, now, patience)
        ]
        if not pending or now >= deadline or (enough and enough.is_set()):
            return Waited(health, tuple(pending), settled)
        await teller.tell(pending[0], health[pending[0]])
        await _pause(min(pause, max(0.0, deadline - now)), enough)
        pause = min(pause * 1.5, LAST_PAUSE)
        await asyncio.gather(*(_read(client, live, ref) for ref in pending))
        health.update(await live.healths(pending))


def patience_with(ref: Ref, status: HealthStatus) -> float:
    """How long an object of this kind may be degraded or gone before it counts, in seconds."""
    own = "." not in ref.group or ref.group.endswith(".k8s.io")
    return DEGRADED_FOR if own or status is HealthStatus.MISSING else RETRIED_FOR


async def until_served(client: ClusterClient, crds: Iterable[Manifest]) -> None:
    """Wait until the cluster tells of the kinds of these definitions, which are established, in
    every version. What it does not tell of by then is for whoever writes such an object to say.
    """
    left, pause = list(crds), FIRST_PAUSE
    deadline = time.monotonic() + SERVED_WITHIN
    while True:
        discovery = await client.rediscover()
        left = [one for one in left if not _is_served(one, discovery)]
        if not left or time.monotonic() >= deadline:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LAST_PAUSE)


def _is_served(crd: Manifest, discovery: Discovery) -> bool:
    (group, kind), _ = crd_scope(crd)
    found = ((one, discovery.find(group, kind, one)) for one in crd_versions(crd))
    return all(resource and resource.version == version for version, resource in found)


async def until_gone(
    client: ClusterClient, live: Live, deleted: Iterable[Manifest], *, timeout: float
) -> tuple[Ref, ...]:
    """Wait until these very objects are gone; the answer names those that are still there. Another
    that somebody made in the place of one is no matter.
    """
    left, pause = {Ref.of(one): uid_of(one) for one in deleted}, FIRST_PAUSE
    deadline = time.monotonic() + timeout
    while True:
        await asyncio.gather(*(_read(client, live, ref) for ref in left))
        left = {ref: uid for ref, uid in left.items() if _stands(live.get(ref), uid)}
        if not left or time.monotonic() >= deadline:
            return tuple(left)
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, LAST_PAUSE)


def _stands(now: Manifest | None, uid: str) -> bool:
    return now is not None and uid_of(now) == uid


async def _pause(seconds: float, enough: asyncio.Event | None) -> None:
    if enough is None:
        await asyncio.sleep(seconds)
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await enough.wait()


def _is_lost(
    ref: Ref, health: Health, bad_since: dict[Ref, float], now: float, patience: float | None
) -> bool:
    """Whether the object has been degraded, or not there, for so long."""
    if health.status not in (HealthStatus.DEGRADED, HealthStatus.MISSING):
        bad_since.pop(ref, None)
        return False
    if patience is None:
        patience = patience_with(ref, health.status)
    return now - bad_since.setdefault(ref, now) >= patience


async def _read(client: ClusterClient, live: Live, ref: Ref) -> None:
    live.saw(ref, await client.get(ref))
