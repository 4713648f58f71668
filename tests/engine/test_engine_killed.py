"""A sync that is killed at any instant: the next one completes it, and nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from gitrepo import GitRepo
from kube_objects import config_map, deployment, job, stream
from trunkline.core.component import Cluster
from trunkline.core.manifest import Manifest, Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.ways import access_of
from trunkline.sandbox import Sandbox

PROGRAM = str(Path(sys.executable).with_name("trunkline"))

# `make faults` kills 200 of them.
KILLS = int(os.environ.get("TRUNKLINE_KILLS", "5"))


def application(cluster: str) -> dict[str, Any]:
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": "https://git.test/config.git", "path": "shop"},
            "destination": {"name": cluster, "namespace": "shop"},
            "syncPolicy": {"syncOptions": ["CreateNamespace=true"]},
        },
    }


def objects(version: int) -> str:
    """What commit `version` holds: one map comes, another goes, a hook must have run."""
    number = str(version)
    after = job("told", hook="PostSync")
    after["metadata"].pop("name")
    after["metadata"] |= {"generateName": "told-", "labels": {"version": number}}
    kept = config_map("kept")
    kept["metadata"]["annotations"] = {"argocd.argoproj.io/sync-options": "Prune=false"}
    return stream(
        *([kept] if version == 0 else []),
        config_map("settings", {"version": number}, wave="-1"),
        config_map(f"only-{version}"),
        *(config_map(f"many-{at}", {"version": number}) for at in range(20)),
        job("migrate", image=f"registry.test/task:{version}", hook="PreSync"),
        deployment("web", image=f"registry.test/web:{version}", wave="1"),
        after,
    )


async def sync(folder: Path, kill_after: float | None = None) -> tuple[int, bytes]:
    """Run `trunkline sync --prune` as a process, killed after so many seconds."""
    environment = {
        **os.environ,
        "HOME": str(folder),
        "KUBECONFIG": str(folder / "kubeconfig"),
        "TRUNKLINE_CACHE": str(folder / "cache"),
        "TRUNKLINE_STORE": str(folder / "store.db"),
    }
    words = ("sync", "--prune", "--output", "json", "--timeout", "20")
    process = await asyncio.create_subprocess_exec(
        PROGRAM,
        *words,
        cwd=folder / "repo",
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    if kill_after is not None:
        await asyncio.sleep(kill_after)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
    out, err = await process.communicate()
    assert kill_after is not None or process.returncode == 0, err.decode() + out.decode()[-2000:]
    return process.returncode or 0, out


@pytest.fixture(params=["eu", pytest.param("real", marks=pytest.mark.real)])
async def cluster(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The name of a cluster that `kubeconfig` in the test's folder leads to."""
    name: str = request.param
    kubeconfig = tmp_path / "kubeconfig"
    if name == "real":
        kubeconfig.write_text(request.getfixturevalue("real_cluster").kubeconfig.read_text())
        yield name
        async with connected(kubeconfig) as client:
            await client.delete(Ref("", "Namespace", "", "shop"))
        return
    async with Sandbox([name]) as box:
        box.write_kubeconfig(kubeconfig)
        yield name


@pytest.mark.timeout(max(240, KILLS * 60))
async def test_a_killed_sync_is_completed_by_the_next(cluster: str, tmp_path: Path) -> None:
    chance, kubeconfig = random.Random(7), tmp_path / "kubeconfig"
    repo = GitRepo(tmp_path / "repo").write({"apps/shop.yaml": stream(application(cluster))})
    whole, killed = await timed(tmp_path, repo), 0
    await by_hand(kubeconfig, config_map("foreign"))
    for version in range(1, KILLS + 1):
        repo.write({"shop/all.yaml": objects(version)}).commit()
        before = await told_so_far(kubeconfig)
        begun = time.monotonic()
        code, _ = await sync(tmp_path, chance.uniform(0.3, whole))
        if code == -signal.SIGKILL:
            killed += 1
        else:
            # The machine is faster than it was: the next one is killed earlier.
            whole = min(whole, time.monotonic() - begun)
        _, out = await sync(tmp_path)
        run = orjson.loads(out)
        assert run["outcome"] == "succeeded"
        await check(kubeconfig, version)
        # Once for the sync that was killed, if it came so far, and once for the one after.
        assert await told_so_far(kubeconfig) - before in (1, 2)
    assert killed, "the kills came too late to mean anything"


async def timed(folder: Path, repo: GitRepo) -> float:
    """The first sync, whole; how long one takes on this machine now, in seconds."""
    repo.write({"shop/all.yaml": objects(0)}).commit()
    begun = time.monotonic()
    await sync(folder)
    return time.monotonic() - begun


@contextlib.asynccontextmanager
async def connected(kubeconfig: Path) -> AsyncIterator[ClusterClient]:
    (context,) = yaml.safe_load(kubeconfig.read_text())["contexts"]
    access = {"kubeconfig": str(kubeconfig), "context": context["name"]}
    client = connect(context["name"], access_of(Cluster(context["name"], access=access)))
    try:
        yield client
    finally:
        await client.close()


async def by_hand(kubeconfig: Path, manifest: Manifest) -> None:
    """Somebody puts an object beside those of the component."""
    async with connected(kubeconfig) as client:
        await client.create({**manifest, "metadata": {**manifest["metadata"], "namespace": "shop"}})


async def told_so_far(kubeconfig: Path) -> int:
    """How often the hook that nobody cleans up has run."""
    async with connected(kubeconfig) as client:
        jobs = (await client.discovery()).find("batch", "Job")
        names = [one["metadata"]["name"] async for one in client.list(jobs, namespace="shop")]
    return sum(name.startswith("told-") for name in names)


async def check(kubeconfig: Path, version: int) -> None:
    """The cluster equals the commit: all that it holds, nothing that it does not."""
    async with connected(kubeconfig) as client:
        discovery = await client.discovery()
        maps = [one async for one in client.list(discovery.find("", "ConfigMap"), namespace="shop")]
        named = {one["metadata"]["name"]: one for one in maps}
        ours = {name: one for name, one in named.items() if not name.startswith("kube-")}
        stays = {"kept", "foreign", f"only-{version}"}
        assert set(ours) == {"settings", *stays, *(f"many-{at}" for at in range(20))}
        versions = {one["data"]["version"] for name, one in ours.items() if name not in stays}
        assert versions == {str(version)}
        jobs = [one async for one in client.list(discovery.find("batch", "Job"), namespace="shop")]
        told = [one["metadata"].get("labels", {}).get("version") for one in jobs]
        assert str(version) in told, "the hook of this commit has not run"
