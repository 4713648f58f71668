"""Work side by side, told as it gets done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from trunkline.core.event import Listener, Progress

T = TypeVar("T")


async def counted(activity: str, work: Iterable[Awaitable[T]], listener: Listener) -> list[T]:
    """Everything side by side, told as it gets done."""
    todo = list(work)
    done = 0

    async def told(one: Awaitable[T]) -> T:
        nonlocal done
        answer = await one
        done += 1
        listener(Progress(activity, done, len(todo)))
        return answer

    listener(Progress(activity, 0, len(todo)))
    return list(await asyncio.gather(*map(told, todo)))
