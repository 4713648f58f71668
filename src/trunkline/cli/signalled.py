"""Signals of what stays: they end it cleanly, with exit code 0, or ring its bell."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Protocol

from trunkline.engine.watch.bell import Bell


class Staying(Protocol):
    """What runs until it is stopped."""

    bell: Bell

    @property
    def stopping(self) -> bool: ...

    def stop(self) -> None: ...


async def told_to_end() -> None:
    """Wait for SIGINT or SIGTERM, of something that only serves: it ends well by them. The second
    one ends it at once.
    """
    loop, running, told = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()

    def end() -> None:
        if told.is_set() and running:
            running.cancel()
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    await told.wait()


@contextlib.asynccontextmanager
async def signalled(watch: Staying) -> AsyncIterator[None]:
    """SIGINT and SIGTERM end the watch cleanly, and at once the second time; SIGHUP and SIGUSR1
    ring its bell.
    """
    loop, running = asyncio.get_running_loop(), asyncio.current_task()

    def end() -> None:
        if watch.stopping and running:
            running.cancel()
        watch.stop()

    deeds = {
        signal.SIGINT: end,
        signal.SIGTERM: end,
        signal.SIGHUP: watch.bell.ring,
        signal.SIGUSR1: watch.bell.ring,
    }
    for number, deed in deeds.items():
        loop.add_signal_handler(number, deed)
    try:
        yield
    finally:
        for number in deeds:
            loop.remove_signal_handler(number)
