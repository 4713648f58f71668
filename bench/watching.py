"""Staying aligned, measured from outside: `trunkline sync --watch` as a program of its own, beside
practice clusters in another process.

`python -m bench.watching` measures this alone; `--small` a tenth of it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bench import crowd
from bench.monorepo import Monorepo, Size, monorepo
from gitrepo import GitRepo
from kube_objects import stream
from trunkline.core.component import Cluster
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.ways import access_of

PROGRAM = str(Path(sys.executable).with_name("trunkline"))
PATIENCE = 1800.0
TICKS = os.sysconf("SC_CLK_TCK")
HEALS = 9
# After this the render workers are let go.
SETTLED = 40.0

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: many-{cluster}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: https://git.example.test/config.git, path: many}}
  destination: {{name: {cluster}, namespace: default}}
  syncPolicy: {{automated: {{prune: true, selfHeal: true}}}}
"""


@dataclass(frozen=True, slots=True)
class Watching:
    """Seconds, but for `idle_cpu`, which are CPU seconds a minute, and memory in MiB of the watch
    with all of its processes. `edited` and `deleted` are from the change to the heal, `delivered`
    from the commit being known to the object changed.
    """

    applications: int
    first: float
    again: float
    idle_cpu: float
    memory: float
    edited: float
    deleted: float
    delivered: float


@dataclass(frozen=True, slots=True)
class Many:
    """Clusters full of objects, watched while nothing changes: `core` is the part of one. The
    first start proves each object, the second remembers them.
    """

    clusters: int
    objects: int
    first: float
    again: float
    core: float
    memory: float


async def measure(applications: int = 200, idle: float = 60.0) -> Watching:
    """One practice cluster with so many Applications."""
    with tempfile.TemporaryDirectory() as name:
        size = Size(applications=applications, clusters=1)
        repo = monorepo(Path(name) / "repo", size)
        GitRepo(repo.path).git("checkout", "--quiet", "-B", "main", repo.base)
        (cluster,) = clusters_of(repo)
        async with sandbox(Path(name), [cluster]):
            begun = time.perf_counter()
            async with watch(Path(name), repo.path) as first:
                await first.synced(applications)
                delivered = time.perf_counter() - begun
            begun = time.perf_counter()
            async with watch(Path(name), repo.path) as again:
                await again.synced(applications)
                restarted = time.perf_counter() - begun
                return await measured(again, repo, cluster, delivered, restarted, idle)


async def measured(
    running: Watch, repo: Monorepo, cluster: str, first: float, again: float, idle: float
) -> Watching:
    await asyncio.sleep(max(idle, SETTLED))
    cpu, memory = await idle_of(running, idle)
    async with running.client(cluster) as client:
        maps = await objects_of(client, 2 * HEALS)
        edited = [await healed_after_edit(client, one) for one in maps[:HEALS]]
        deleted = [await healed_after_deletion(client, one) for one in maps[HEALS:]]
    known = await running.delivered(repo)
    return Watching(
        running.components,
        first,
        again,
        cpu * 60 / idle,
        memory,
        median(edited),
        median(deleted),
        known,
    )


async def measure_many(clusters: int = 20, count: int = 5000, idle: float = 60.0) -> Many:
    """So many clusters with so many objects each, all of them ours and as they should be."""
    names = [f"c{number:02}" for number in range(clusters)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repo = GitRepo(folder / "repo")
        files: dict[str, str | bytes] = {"many/all.yaml": stream(*crowd.objects(count))}
        files |= {f"apps/{one}.yaml": APPLICATION.format(cluster=one) for one in names}
        repo.write(files).commit()
        kubeconfig = str(folder / "kubeconfig")
        words = [sys.executable, "-m", "bench.crowd", ",".join(names), str(count), kubeconfig]
        async with serving(folder, words):
            begun = time.perf_counter()
            async with watch(folder, repo.path) as first:
                await first.synced(clusters)
                proved = time.perf_counter() - begun
            begun = time.perf_counter()
            async with watch(folder, repo.path) as running:
                await running.synced(clusters)
                restarted = time.perf_counter() - begun
                await asyncio.sleep(max(idle, SETTLED))
                cpu, memory = await idle_of(running, idle)
        return Many(clusters, count, proved, restarted, cpu / idle, memory)


class Watch:
    """A running `trunkline sync --watch`, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        self.process = process
        self.components = 0
        self._folder = folder

    async def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("the watch has ended")
        told: dict[str, Any] = json.loads(line)
        return told

    async def synced(self, components: int) -> None:
        """Read on until so many components are equal to Git."""
        self.components = components
        equal: set[tuple[str, str]] = set()
        while len(equal) < components:
            told = await self.next()
            if told["event"] == "status":
                key = told["id"], told["cluster"]
                (equal.add if told["sync"] == "Synced" else equal.discard)(key)

    async def delivered(self, repo: Monorepo) -> float:
        """Commit one values file: seconds from the commit being known to the object changed."""
        GitRepo(repo.path).git("reset", "--quiet", "--hard", repo.one_value)
        begun = time.time()
        self.process.send_signal(signal.SIGUSR1)
        while True:
            told = await self.next()
            if told["event"] == "step":
                return float(told["time"]) - begun

    @contextlib.asynccontextmanager
    async def client(self, name: str) -> AsyncIterator[ClusterClient]:
        access = {"kubeconfig": str(self._folder / "kubeconfig"), "context": name}
        client = connect(name, access_of(Cluster(name, access=access)))
        reading = asyncio.create_task(self._drain())
        try:
            yield client
        finally:
            reading.cancel()
            await asyncio.wait([reading])
            await client.close()

    async def _drain(self) -> None:
        while True:
            await self.next()


async def objects_of(client: ClusterClient, count: int) -> list[Ref]:
    resource = (await client.discovery()).find("", "ConfigMap")
    assert resource is not None
    found = client.list(resource, label_selector="trunkline/managed-by=trunkline")
    return [Ref.of(one) async for one in found][:count]


async def healed_after_edit(client: ClusterClient, ref: Ref) -> float:
    live = await client.get(ref)
    assert live is not None
    key = sorted(live["data"])[0]
    begun = time.perf_counter()
    await client.patch(ref, {"data": {key: "tampered"}})
    while (await client.get(ref) or live)["data"][key] == "tampered":  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    return time.perf_counter() - begun


async def healed_after_deletion(client: ClusterClient, ref: Ref) -> float:
    begun = time.perf_counter()
    await client.delete(ref)
    while await client.get(ref) is None:  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    return time.perf_counter() - begun


async def idle_of(running: Watch, seconds: float) -> tuple[float, float]:
    """CPU seconds of the watch in this time, and its memory in MiB, with all its processes."""
    before = cpu_of(running.process.pid)
    await asyncio.sleep(seconds)
    tree = family(running.process.pid)
    return cpu_of(running.process.pid) - before, sum(map(memory_of, tree))


def family(pid: int) -> list[int]:
    """The process and its descendants."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += map(int, task.read_text().split())
    return found


def cpu_of(pid: int) -> float:
    """CPU seconds of a process, with the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def memory_of(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(one.split()[1]) / 1024 for one in lines if one.startswith("VmRSS"))


def clusters_of(repo: Monorepo) -> list[str]:
    """The names that the Applications of the repository use."""
    values = repo.path / "values"
    return sorted(one.name for one in values.iterdir())


def sandbox(folder: Path, names: list[str]) -> contextlib.AbstractAsyncContextManager[None]:
    words = ["--clusters", ",".join(names), "--kubeconfig", str(folder / "kubeconfig")]
    return serving(folder, [PROGRAM, "sandbox", *words])


@contextlib.asynccontextmanager
async def serving(folder: Path, command: list[str]) -> AsyncIterator[None]:
    """Practice clusters in a process of their own, ready when their kubeconfig is there."""
    async with started(folder, Path.cwd(), command) as process:
        async with asyncio.timeout(PATIENCE):
            while not (folder / "kubeconfig").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        yield
        process.send_signal(signal.SIGTERM)


@contextlib.asynccontextmanager
async def watch(folder: Path, repo: Path) -> AsyncIterator[Watch]:
    command = [PROGRAM, "sync", "--watch", "--output", "json"]
    async with started(folder, repo, command) as process:
        yield Watch(process, folder)
        process.send_signal(signal.SIGTERM)


@contextlib.asynccontextmanager
async def started(
    folder: Path, place: Path, command: list[str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = {
        **os.environ,
        "HOME": str(folder),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "TRUNKLINE_CACHE": str(folder / "cache"),
        "TRUNKLINE_STORE": str(folder / "store.db"),
    }
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=place,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=2**24,
    )
    try:
        yield process
        await asyncio.wait_for(process.communicate(), 60)
    finally:
        if process.returncode is None:
            process.kill()


def lines(found: Watching, many: Many) -> list[str]:
    """The section of the page."""
    crowd_of = f"{many.clusters} × {many.objects:,} objects"
    what = (
        f"`trunkline sync --watch` with {found.applications} Applications on a practice cluster, "
        f"and with {many.clusters} practice clusters of {many.objects:,} objects each."
    )
    rows = [
        ("first delivery", f"{found.first:.1f} s", ""),
        ("start again, nothing changed", f"{found.again:.1f} s", ""),
        ("an object edited, until healed", f"{found.edited:.3f} s", "0.3 s"),
        ("an object deleted, until healed", f"{found.deleted:.3f} s", "0.3 s"),
        (
            "a values file committed, until the object is changed",
            f"{found.delivered:.3f} s",
            "0.5 s",
        ),
        ("idle, CPU seconds a minute", f"{found.idle_cpu:.2f}", "0.22"),
        ("idle, memory", f"{found.memory:.0f} MiB", "237 MiB"),
        (f"{crowd_of}, until all are proved", f"{many.first:.1f} s", ""),
        (f"{crowd_of}, until all are remembered", f"{many.again:.1f} s", ""),
        (f"{crowd_of} idle, of a core", f"{many.core:.2%}", "3 %"),
        (f"{crowd_of} idle, memory", f"{many.memory:.0f} MiB", "500 MiB"),
    ]
    table = [f"| {name} | {value} | {goal} |" for name, value, goal in rows]
    return ["## Staying aligned", "", what, "", "| | | goal |", "|---|---:|---:|", *table]


async def main(*, small: bool) -> None:
    found = await (measure(20, 20.0) if small else measure())
    many = await (measure_many(4, 500, 20.0) if small else measure_many())
    print("\n".join(lines(found, many)))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(prog="python -m bench.watching", description=__doc__)
    arguments.add_argument("--small", action="store_true", help="a tenth of it, to try")
    asyncio.run(main(small=arguments.parse_args().small))
