"""Running one program: a time limit, bounded and masked output, and an end in good order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO

from msgspec import Struct

from trunkline.edge.captured import Captured
from trunkline.edge.pipe import Pipe
from trunkline.edge.programs.ending import GRACE, end, kill
from trunkline.edge.programs.errors import ProgramError, TimedOut
from trunkline.edge.programs.masked import Mask, secrets_of

OUTPUT_LIMIT = 64 * 2**20
LAST_WORDS = 2000
TAIL = 2**20

Heard = Callable[[str], None]
"""Called with each line that the program prints to its standard output, masked."""


class Done(Struct, frozen=True):
    """How a program ended. Both texts are masked, unless its output was asked for as it is; `cut`
    says that bytes of either are missing.
    """

    code: int
    stdout: str
    stderr: str
    cut: bool = False

    @property
    def said(self) -> str:
        """What a person should see of a failure: the errors, or what else was printed."""
        return (self.stderr.strip() or self.stdout.strip()) or f"it ended with {self.code}"


async def run(
    command: Sequence[str | Path],
    cwd: Path,
    env: Mapping[str, str],
    *,
    timeout: float,
    output_limit: int = OUTPUT_LIMIT,
    secrets: Sequence[str] = (),
    heard: Heard | None = None,
    grace: float = GRACE,
    into: Path | None = None,
    plain: bool = False,
) -> Done:
    """Run it until it ends, for at most `timeout` seconds. `env` is all that it sees.

    Whatever ends the wait, the time limit or a cancellation, the program is interrupted, has
    `grace` seconds to write its state and free its locks, and is killed then with all it started.
    With `into` both of its outputs go to that file, and from there to `stdout`: a pipe would break
    if this process were killed, and end a program that has not written its state yet.
    `plain`: what it prints where it ends well is a value, of which nothing may be another than it
    is. Whoever asks for it shows it to nobody.
    Raises TimedOut, and ProgramError where it cannot be started; a failure is a `Done`.
    """
    words = [str(word) for word in command]
    shown = f"{Path(words[0]).name} {_verb(words)}".strip()
    passes_on = _is_terragrunt(Path(words[0]))
    mask = Mask((*secrets, *secrets_of(env)))
    out = Pipe(Captured(output_limit), _masked(heard, mask))
    err = Pipe(Captured(output_limit))
    starting = asyncio.create_task(_started(words, cwd, env, (out, err), shown, into))
    # What has begun is not killed in its first moment: it is ended as any other.
    cancelled = await _whole(starting)
    process = await starting
    try:
        in_time = await _waited(process, timeout, grace, passes_on=passes_on, cancelled=cancelled)
    finally:
        # A provider or a script that the program left behind must not outlive it.
        kill(process)
        await asyncio.gather(out.finish(), err.finish())
    if not in_time:
        last = await asyncio.to_thread(_last_words, out, err, into, mask)
        raise TimedOut(
            f"{shown} in {cwd} did not end within {timeout:g} s{last}",
            remedy="look whether it waits for a provider, a lock or a network, or give it more "
            "time",
        )
    cut = bool(out.captured.left_out or err.captured.left_out)
    if into is not None:
        said = await asyncio.to_thread(_last_of, into, output_limit)
        return Done(process.returncode or 0, mask(said), "", cut)
    code, said = process.returncode or 0, out.captured.text()
    told = said if plain and code == 0 else mask(said)
    return Done(code, told, mask(err.captured.text()), cut)


async def _waited(
    process: asyncio.subprocess.Process,
    timeout: float,
    grace: float,
    *,
    passes_on: bool,
    cancelled: bool,
) -> bool:
    """Wait for it; whether it ended in time. Whatever ends the wait ends the program first."""
    try:
        if cancelled:
            raise asyncio.CancelledError
        async with asyncio.timeout(timeout):
            await process.wait()
    except BaseException as error:
        await _ended(process, grace, passes_on=passes_on)
        if not isinstance(error, TimeoutError):
            raise
        return False
    return True


async def _ended(process: asyncio.subprocess.Process, grace: float, *, passes_on: bool) -> None:
    """End it. Who is cancelled meanwhile, however often, waits too: the program may be writing its
    state. Nobody waits where all tasks are ended, this one too, as a second Ctrl-C does.
    """
    ending = asyncio.create_task(end(process, grace, passes_on=passes_on))
    if await _whole(ending):
        raise asyncio.CancelledError
    await ending


async def _whole(task: asyncio.Task[Any]) -> bool:
    """Wait until a task has ended; whether somebody was cancelled meanwhile."""
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    return cancelled


async def _started(
    words: list[str],
    cwd: Path,
    env: Mapping[str, str],
    pipes: tuple[Pipe, Pipe],
    shown: str,
    into: Path | None,
) -> asyncio.subprocess.Process:
    out, err = pipes
    _let_programs_hear()
    try:
        with _opened(into) as file:
            process = await asyncio.create_subprocess_exec(
                *words,
                cwd=cwd,
                env=dict(env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out.end if file is None else file,
                stderr=err.end if file is None else file,
                start_new_session=True,
            )
    except BaseException as error:
        for pipe in pipes:
            pipe.abandon()
        if not isinstance(error, OSError):
            raise
        missing = "the folder is not there" if not cwd.is_dir() else error.strerror
        raise ProgramError(
            f"{shown} in {cwd} cannot be started: {missing}",
            remedy=f"look whether {words[0]} is a program that this user may run",
        ) from error
    for pipe in pipes:
        pipe.start()
    return process


def _let_programs_hear() -> None:
    """Where this process was started with interrupts ignored, as a shell's `&` does, a program
    would inherit that, and could not be asked to end in good order. A handler is not inherited: one
    that does nothing leaves us as deaf as we were. (Code of ours in the child, between fork and
    exec, could wait for ever for a lock that a thread held.)
    """
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if deaf and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _nothing)


def _nothing(_signal: int, _frame: FrameType | None) -> None:
    """What a process does that ignores interrupts."""


@contextlib.contextmanager
def _opened(into: Path | None) -> Iterator[BinaryIO | None]:
    """The file that only its owner may read, emptied."""
    if into is None:
        yield None
        return
    into.touch(0o600)
    with into.open("wb") as file:
        yield file


def _last_of(file: Path, limit: int) -> str:
    with file.open("rb") as whole:
        whole.seek(max(0, file.stat().st_size - limit))
        return whole.read().decode(errors="replace")


def _masked(heard: Heard | None, mask: Mask) -> Heard | None:
    return None if heard is None else lambda line: heard(mask(line))


def _last_words(out: Pipe, err: Pipe, into: Path | None, mask: Mask) -> str:
    printed = [err.captured.text(), out.captured.text()]
    if into is not None:
        printed = [_last_of(into, TAIL)]
    said = next((one for text in printed if (one := mask(text).strip())), "")
    return f"; the last that it said:\n{said[-LAST_WORDS:]}" if said else ""


def _is_terragrunt(program: Path) -> bool:
    return any("terragrunt" in path.name for path in (program, program.resolve()))


def _verb(words: Sequence[str]) -> str:
    """The first word that is no option: `plan`, `apply`, `find`."""
    return next((word for word in words[1:] if not word.startswith("-")), "")
