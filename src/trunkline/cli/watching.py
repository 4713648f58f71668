"""`trunkline sync --watch`: run the watch until a signal ends it, and print what it says."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

from trunkline.app import App, Places
from trunkline.cli.console import out
from trunkline.cli.options import Output
from trunkline.cli.watch_view import JsonLines, Lines, Picture, Printer
from trunkline.engine.sync.component import How
from trunkline.engine.watch.pace import Pace
from trunkline.engine.watch.watch import Watch

# Of a branch here, which costs next to nothing to look at, and of one far away; in seconds.
POLL_HERE, POLL_FAR = 2.0, 30.0


async def keep_watching(
    how: How,
    asked: tuple[list[str], str, list[str]],
    timeout: float | None,
    poll: float | None,
    socket: Path | None,
    repo: str,
    kubeconfig: str,
    output: Output,
) -> int:
    """Watch until SIGINT or SIGTERM: 0, for that is how a watch ends."""
    ids, revision, clusters = asked
    with printer_for(output) as printer:
        places = Places.of_environment(kubeconfig)
        async with await App.open(repo, places, printer.heard, revision=revision) as app:
            if timeout is None:
                how = replace(how, wave_timeout=app.settings.limits.wave_timeout)
            pace = Pace(poll=poll or (POLL_HERE if app.is_local else POLL_FAR))
            watch = await app.watch(how, ids, revision, clusters, pace)
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(signalled(watch))
                if socket:
                    await stack.enter_async_context(watch.bell.at(socket))
                await watch.run()
    return 0


def printer_for(output: Output) -> Printer:
    if output is Output.JSON:
        return JsonLines()
    return Picture() if out().is_terminal else Lines()


@contextlib.asynccontextmanager
async def signalled(watch: Watch) -> AsyncIterator[None]:
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
