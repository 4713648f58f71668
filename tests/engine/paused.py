"""A hook that waits for somebody: what goes on meanwhile is the test's to choose."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.conftest import Ground
from kube_objects import job
from trunkline.core.event import Event, Waiting
from trunkline.core.manifest import Manifest, Ref


def paused() -> Manifest:
    one = job("paused", hook="PreSync")
    one["spec"]["suspend"] = True
    return one


async def waits_for_paused(ground: Ground) -> Ref:
    """Until the sync says that it waits for the paused hook."""
    ref = Ref("batch", "Job", ground.namespace, "paused")

    def told(one: Event) -> bool:
        return isinstance(one, Waiting) and one.ref == ref

    await until(lambda: any(map(told, ground.heard)), "the hook is waited for")
    return ref


async def until(wanted: Callable[[], bool], what: str) -> None:
    for _ in range(4000):
        if wanted():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within minutes: {what}")
