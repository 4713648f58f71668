"""Ten clusters of which one does not answer: how long the nine others take, beside the nine alone.

The dead one takes connections and says nothing, which is worse than refusing them.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bench.charts import text
from bench.commands import PROGRAM
from bench.syncing import APPLICATION, objects
from gitrepo import GitRepo
from trunkline.app.clusters import App
from trunkline.app.places import Places
from trunkline.core.event import ComponentDone, Event
from trunkline.core.run import Outcome
from trunkline.engine.sync.component import How

CLUSTERS = tuple(f"region-{at}" for at in range(10))
DEAD = CLUSTERS[-1]
EACH, ROUNDS, PATIENCE = 10, 3, 30.0


@dataclass(frozen=True, slots=True)
class DeadCluster:
    """Seconds until the last component of the nine clusters was synced."""

    components: int
    alone: float
    beside: float


async def measure() -> DeadCluster:
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        repo = repository(root / "repo")
        times = [(await one_round(root, repo, dead=dead)) for dead in (False, True) * ROUNDS]
        return DeadCluster(EACH * (len(CLUSTERS) - 1), min(times[::2]), min(times[1::2]))


async def one_round(root: Path, repo: Path, *, dead: bool) -> float:
    with practice(root) as kubeconfig, silent() as address:
        whole = yaml.safe_load(kubeconfig.read_text())
        for one in whole["clusters"]:
            if one["name"] == DEAD:
                one["cluster"]["server"] = address
        kubeconfig.write_text(yaml.safe_dump(whole))
        return await synced(root, repo, kubeconfig, CLUSTERS if dead else CLUSTERS[:-1])


async def synced(root: Path, repo: Path, kubeconfig: Path, clusters: tuple[str, ...]) -> float:
    """How long the living ones took; that the dead one failed is told at the end."""
    done: dict[str, float] = {}
    begun = time.perf_counter()

    def heard(event: Event) -> None:
        if isinstance(event, ComponentDone) and event.result.outcome is Outcome.SUCCEEDED:
            done[event.result.id] = time.perf_counter() - begun

    places = Places(root / "cache", str(root / f"{time.monotonic_ns()}.db"), str(kubeconfig))
    async with await App.open(str(repo), places, heard) as app:
        await app.render([])
        begun = time.perf_counter()
        await app.sync(How(), clusters=clusters)
    assert len(done) == EACH * (len(CLUSTERS) - 1), f"{len(done)} were synced"
    return max(done.values())


@contextmanager
def practice(root: Path) -> Iterator[Path]:
    """Practice clusters in a process of their own."""
    kubeconfig = root / "kubeconfig"
    words = ("sandbox", "--clusters", ",".join(CLUSTERS), "--kubeconfig", str(kubeconfig))
    process = subprocess.Popen(
        [PROGRAM, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not kubeconfig.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the practice clusters did not start")
            time.sleep(0.05)
        yield kubeconfig
    finally:
        process.terminate()
        process.wait(PATIENCE)


@contextmanager
def silent() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def repository(folder: Path) -> Path:
    urls = {"urls": ["https://git.example.test/config.git"], "branch": "main"}
    files = {"trunkline.yaml": text({"repository": urls})}
    for number, cluster in enumerate(CLUSTERS):
        for app in range(EACH):
            name = f"app-{number * EACH + app:03}"
            files[f"apps/{name}.yaml"] = APPLICATION.format(
                name=name, cluster=cluster, namespace="default"
            )
            for one in objects(number * EACH + app, "sync"):
                placed = {**one, "metadata": {**one["metadata"], "namespace": "default"}}
                path = f"services/{name}/{one['kind'].lower()}-{one['metadata']['name']}.yaml"
                files[path] = text(placed)
    GitRepo(folder).write(files).commit()
    return folder


if __name__ == "__main__":
    print(asyncio.run(measure()))
