"""`trunkline sync --watch`: run the watch until a signal ends it, and print what it says."""

from __future__ import annotations

import contextlib
from pathlib import Path

from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.cli.asked import Asked
from trunkline.cli.console import out
from trunkline.cli.options import RunOutput
from trunkline.cli.running import tell_exposed
from trunkline.cli.signalled import signalled
from trunkline.cli.watch_view import JsonLines, Lines, Picture, Printer
from trunkline.engine.watch.pace import Pace

# Of a branch here, which costs next to nothing to look at, and of one far away; in seconds.
POLL_HERE, POLL_FAR = 2.0, 30.0


async def keep_watching(asked: Asked, poll: float | None, socket: Path | None) -> int:
    """Watch until SIGINT or SIGTERM: 0, for that is how a watch ends."""
    revision = asked.revision
    with printer_for(asked.output) as printer:
        places = Places.of_environment(asked.kubeconfig)
        async with await App.open(asked.repo, places, printer.heard, revision=revision) as app:
            tell_exposed(app)
            how = asked.how_by(app.settings)
            pace = Pace(poll=poll or (POLL_HERE if app.is_local else POLL_FAR))
            watch = await app.watch(how, asked.ids, revision, asked.clusters, pace)
            async with contextlib.AsyncExitStack() as stack:
                await stack.enter_async_context(signalled(watch))
                if socket:
                    await stack.enter_async_context(watch.bell.at(socket))
                await watch.run()
    return 0


def printer_for(output: RunOutput) -> Printer:
    if output is RunOutput.JSON:
        return JsonLines()
    return Picture() if out().is_terminal else Lines()
