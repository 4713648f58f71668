"""From a verb's coroutine to an exit code: the one place where errors become words.

Exit codes: 0 well, 1 failed, 2 changes (`plan --exit-code`) or wrong usage, 130 interrupted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn, TypeVar

import typer

from trunkline.app.offline import OfflineApp
from trunkline.app.places import Places
from trunkline.cli.console import err, escape
from trunkline.cli.progress import Progress
from trunkline.core.event import Event
from trunkline.core.trouble import Trouble
from trunkline.settings.heeded import Trust

FAILED, CHANGED, INTERRUPTED = 1, 2, 130

A = TypeVar("A", bound=OfflineApp)


Opening = AbstractAsyncContextManager[tuple[A, Progress]]


class Failure(Trouble):
    """Something about the command itself that the user can mend."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)


def run(work: Coroutine[Any, Any, int | None], *, debug: bool = False) -> NoReturn:
    """Run a verb to its exit code. Only this function ends the process."""
    try:
        code = asyncio.run(_interruptible(work)) or 0
        sys.stdout.flush()
    except (KeyboardInterrupt, asyncio.CancelledError):
        err().print(
            "[held]‖ interrupted[/]: what was begun is recorded; run the same command again"
        )
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away (`| head`); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Trouble as error:
        if debug:
            raise
        tell(str(error), error.remedy)
        code = FAILED
    except BaseExceptionGroup as group:
        if debug:
            raise
        for one in leaves(group):
            tell(_words(one), _remedy(one))
        code = FAILED
    except OSError as error:
        if debug:
            raise
        tell(_words(error), _remedy(error))
        code = FAILED
    raise typer.Exit(code)


async def _interruptible(work: Coroutine[Any, Any, int | None]) -> int | None:
    """SIGTERM ends a verb as Ctrl-C does: cleanly. Whoever runs jobs sends it again, or after a
    SIGINT, to what does not end at once; a second Ctrl-C alone is a person's "now".
    """
    whole = asyncio.current_task()
    assert whole is not None

    def end() -> None:
        if not whole.cancelling():
            whole.cancel()

    with contextlib.suppress(NotImplementedError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, end)
    return await asyncio.ensure_future(work)


@contextlib.asynccontextmanager
async def opened(
    kind: type[A],
    repo: str,
    *,
    kubeconfig: str = "",
    revision: str = "",
    quiet: bool = False,
    downs: bool = True,
    trust: Trust = Trust.OWN,
) -> AsyncIterator[tuple[A, Progress]]:
    """The app that a verb needs, with progress on stderr while it works."""
    progress = Progress(quiet=quiet, downs=downs)

    def heard(event: Event) -> None:
        progress.heard(event)

    places = Places.of_environment(kubeconfig)
    with progress:
        async with await kind.open(repo, places, heard, revision=revision, trust=trust) as app:
            tell_exposed(app)
            yield app, progress
            if app.is_for_renders:
                progress.tell_renders(app.renderer.statistics)


def tell_exposed(app: OfflineApp) -> None:
    """Credentials that others may read, where there are some: whatever verb comes across them."""
    if app.exposed:
        err().print(f"[held]‖ {escape(app.exposed)}[/]")


def tell(message: str, remedy: str = "") -> None:
    """An error on stderr, with what to do about it."""
    err().print(f"[bad]! {escape(message)}[/]")
    if remedy:
        err().print(f"  [soft]→ {escape(remedy)}[/]")


def leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    """The errors themselves, however deep the tasks that they come from."""
    found: list[BaseException] = []
    for one in group.exceptions:
        found += leaves(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found


def _remedy(error: BaseException) -> str:
    """What to do about an error that is not ours: a cache that cannot be written is known by its
    place.
    """
    cache = str(Places.of_environment("").cache)
    if isinstance(error, OSError) and str(error.filename).startswith(cache):
        return "TRUNKLINE_CACHE names the folder of the cache: one that can be written is needed"
    return str(getattr(error, "remedy", ""))


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        place = f"{error.filename}: " if error.filename else ""
        return f"{place}{error.strerror}"
    return str(error) or type(error).__name__
