"""Many Applications to a real API server: the first sync, the next, and one without a memory.

Compared with a bare loop that sends the same apply requests with nothing around them: no order, no
health, no record.
"""

from __future__ import annotations

import asyncio
import re
import ssl
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import orjson

from bench.applying import config_map, deployment, service, timed
from bench.charts import text
from bench.commands import Machine
from gitrepo import GitRepo
from realcluster.start import RealCluster
from trunkline.core.manifest import Manifest
from trunkline.core.marks import MANAGED_BY, MANAGER, marked

APPLICATIONS, NAMESPACES, SIDE_BY_SIDE = 200, 20, 24
PLURALS = {"ConfigMap": "configmaps", "Service": "services", "Deployment": "deployments"}

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  source: {{repoURL: https://git.example.test/config.git, path: services/{name}}}
  destination: {{name: {cluster}, namespace: {namespace}}}
"""


@dataclass(frozen=True, slots=True)
class Syncing:
    """Seconds; `objects` are applied in each of the first two. Dry runs are the API server's count.

    `applying` is the part of `first` from the first apply to the last.

    `second` finds nothing to do; `forgotten` neither, with the store deleted before.
    """

    objects: int
    loop: float
    first: float
    applying: float
    second: float
    second_writes: int
    forgotten: float
    forgotten_dry_runs: int


async def measure(cluster: RealCluster) -> Syncing:
    with TemporaryDirectory(prefix="trunkline-bench-") as folder:
        root = Path(folder)
        machine = Machine(
            repository(root / "repo", cluster.name), root / "machine", cluster.kubeconfig
        )
        return await asyncio.to_thread(measured, machine, cluster)


def measured(machine: Machine, cluster: RealCluster) -> Syncing:
    for at in range(NAMESPACES):
        for name in (f"loop-{at}", f"sync-{at}"):
            cluster.call("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
    wanted = [one for app in range(APPLICATIONS) for one in objects(app, "loop")]
    loop = asyncio.run(looped(cluster, wanted))
    machine.run("render")
    first, out = machine.run("sync", "--output", "json")
    applying = span(steps_of(out))
    before = writes(cluster)
    second, _ = machine.run("sync")
    second_writes = sum(writes(cluster)) - sum(before)
    (machine.folder / "store.db").unlink()
    before = writes(cluster)
    forgotten, out = machine.run("sync", "--output", "json")
    assert not steps_of(out), steps_of(out)[:3]
    dry_runs = writes(cluster)[1] - before[1]
    return Syncing(len(wanted), loop, first, applying, second, second_writes, forgotten, dry_runs)


def steps_of(out: bytes) -> list[dict[str, Any]]:
    return [one for part in orjson.loads(out)["components"] for one in part["steps"]]


def span(steps: Sequence[dict[str, Any]]) -> float:
    """Seconds from the start of the first to the end of the last."""
    return max(one["started"] + one["seconds"] for one in steps) - min(
        one["started"] for one in steps
    )


async def looped(cluster: RealCluster, wanted: Sequence[Manifest]) -> float:
    """The same requests as fast as they go, as many at a time as Trunkline has connections."""
    trust = aiohttp.TCPConnector(
        limit=SIDE_BY_SIDE, ssl=ssl.create_default_context(cafile=cluster.ca)
    )
    headers = {
        "Authorization": f"Bearer {cluster.token}",
        "Content-Type": "application/apply-patch+yaml",
    }
    async with aiohttp.ClientSession(connector=trust, headers=headers) as session:

        async def apply(one: Manifest) -> None:
            url = f"{cluster.url}{path_of(one)}?fieldManager={MANAGER}&force=true"
            async with session.patch(url, data=orjson.dumps(one)) as answer:
                answer.raise_for_status()
                await answer.read()

        async def all_at_once() -> None:
            await asyncio.gather(*map(apply, wanted))

        return await timed(all_at_once)


def path_of(one: Manifest) -> str:
    version, meta = one["apiVersion"], one["metadata"]
    start = f"/apis/{version}" if "/" in version else f"/api/{version}"
    return f"{start}/namespaces/{meta['namespace']}/{PLURALS[one['kind']]}/{meta['name']}"


def writes(cluster: RealCluster) -> tuple[int, int]:
    """How many writes the API server has taken from clients so far: true ones, and dry runs."""
    request = urllib.request.Request(f"{cluster.url}/metrics")
    request.add_header("Authorization", f"Bearer {cluster.token}")
    context = ssl.create_default_context(cafile=cluster.ca)
    with urllib.request.urlopen(request, timeout=30, context=context) as answer:
        lines = answer.read().decode().splitlines()
    found = [0, 0]
    for line in lines:
        if re.match(r'apiserver_request_total\{.*verb="APPLY"', line):
            found['dry_run="All"' in line] += int(float(line.rpartition(" ")[2]))
    return found[0], found[1]


def repository(folder: Path, cluster: str) -> Path:
    files = {
        "trunkline.yaml": text(
            {"repository": {"urls": ["https://git.example.test/config.git"], "branch": "main"}}
        )
    }
    for app in range(APPLICATIONS):
        name, namespace = f"app-{app:03}", f"sync-{app % NAMESPACES}"
        files[f"apps/{name}.yaml"] = APPLICATION.format(
            name=name, cluster=cluster, namespace=namespace
        )
        for one in objects(app, "sync"):
            file = f"services/{name}/{one['kind'].lower()}-{one['metadata']['name']}.yaml"
            files[file] = text(one)
    GitRepo(folder).write(files).commit()
    return folder


def objects(app: int, place: str) -> list[Manifest]:
    """Five objects of one Application; the loop's carry marks as long as Trunkline's own, which
    say that they are not Trunkline's."""
    name, namespace = f"app-{app:03}", f"{place}-{app % NAMESPACES}"
    built = [
        config_map(f"{name}-a"),
        config_map(f"{name}-b"),
        config_map(f"{name}-c"),
        service(name),
        deployment(name),
    ]
    placed = [{**one, "metadata": {**one["metadata"], "namespace": namespace}} for one in built]
    return [foreign(marked(one, name)) for one in placed] if place == "loop" else placed


def foreign(one: Manifest) -> Manifest:
    """Marked as of another tool, so that a sync does not find what the loop applied."""
    one["metadata"]["labels"][MANAGED_BY] = "bare-loop"
    return one
