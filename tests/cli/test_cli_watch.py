"""`trunkline sync --watch` as a program: what it prints, what rings it, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gitrepo import GitRepo
from kube_objects import config_map, stream
from trunkline.core.component import Cluster
from trunkline.core.manifest import Ref
from trunkline.edge.cluster.client import ClusterClient, connect
from trunkline.edge.cluster.ways import access_of
from trunkline.sandbox import Sandbox

PROGRAM = str(Path(sys.executable).with_name("trunkline"))
SETTINGS = Ref("", "ConfigMap", "default", "settings")
APPLICATION: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Application",
    "metadata": {"name": "shop", "namespace": "argocd"},
    "spec": {
        "project": "default",
        "source": {"repoURL": "https://git.test/config.git", "path": "shop"},
        "destination": {"name": "eu", "namespace": "default"},
        "syncPolicy": {"automated": {"selfHeal": True}},
    },
}


@dataclass
class Program:
    """The running command, its repository and the cluster that it keeps."""

    process: asyncio.subprocess.Process
    repo: GitRepo
    client: ClusterClient

    async def line(self, having: str) -> str:
        """The next line of stdout that holds this text."""
        assert self.process.stdout
        async with asyncio.timeout(90):
            while line := (await self.process.stdout.readline()).decode():
                if having in line:
                    return line
        raise AssertionError(f"it ended without saying {having!r}")

    async def ended(self, number: int) -> int:
        self.process.send_signal(number)
        return await asyncio.wait_for(self.process.wait(), 90)

    def commit(self, value: str) -> str:
        self.repo.write({"shop/all.yaml": stream(config_map("settings", {"key": value}))})
        return self.repo.commit()

    async def value(self) -> str:
        live = await self.client.get(SETTINGS)
        return live["data"]["key"] if live else ""


@pytest.fixture
async def started(tmp_path: Path) -> AsyncIterator[Any]:
    """Starts the command with some words more, in a repository with one commit."""
    async with Sandbox(["eu"]) as box, contextlib.AsyncExitStack() as stack:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        repo = GitRepo(tmp_path / "repo").write({"apps/shop.yaml": stream(APPLICATION)})
        access = {"kubeconfig": str(tmp_path / "kubeconfig"), "context": "eu"}
        client = connect("eu", access_of(Cluster("eu", access=access)))
        stack.push_async_callback(client.close)
        environment = {
            **os.environ,
            "HOME": str(tmp_path),
            "KUBECONFIG": str(tmp_path / "kubeconfig"),
            "TRUNKLINE_CACHE": str(tmp_path / "cache"),
            "TRUNKLINE_STORE": str(tmp_path / "store.db"),
        }

        async def start(*words: str) -> Program:
            process = await asyncio.create_subprocess_exec(
                PROGRAM,
                "sync",
                "--watch",
                "--poll",
                "600",
                *words,
                cwd=repo.path,
                env=environment,
                stdout=asyncio.subprocess.PIPE,
            )
            stack.callback(lambda: process.returncode is None and process.kill())
            return Program(process, repo, client)

        Program(None, repo, client).commit("first")  # type: ignore[arg-type]
        yield start


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_cleanly(started, number) -> None:
    program = await started()
    await program.line("✓ eu shop Synced Healthy")
    assert await program.ended(number) == 0


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGUSR1])
async def test_a_signal_has_the_branch_looked_at_now(started, number) -> None:
    program = await started("--output", "json")
    await program.line('"sync":"Synced"')
    head = program.commit("second")
    program.process.send_signal(number)
    told = json.loads(await program.line('"event":"commit"'))
    assert (told["commit"], told["components"], told["clusters"]) == (head, 1, ["eu"])
    await program.line('"event":"step"')
    assert await program.value() == "second"
    assert await program.ended(signal.SIGTERM) == 0


async def test_a_line_on_the_socket_does_so_too(started, tmp_path: Path) -> None:
    bell = tmp_path / "bell"
    program = await started("--socket", str(bell))
    await program.line("Synced")
    program.commit("second")
    reader, writer = await asyncio.open_unix_connection(bell)
    writer.write(b"\n")
    assert await asyncio.wait_for(reader.readline(), 60) == b"looking\n"
    writer.close()
    await program.line("apply ConfigMap default/settings")
    assert oct(bell.stat().st_mode & 0o777) == "0o600"
    assert await program.ended(signal.SIGTERM) == 0
    assert not bell.exists()


async def test_kill_9_costs_nothing(started) -> None:
    program = await started()
    await program.line("Synced")
    assert await program.ended(signal.SIGKILL) == -signal.SIGKILL
    live = await program.client.get(SETTINGS)
    await program.client.replace({**live, "data": {"key": "by hand"}})
    program.commit("second")
    program = await started()
    await program.line("Synced")
    assert await program.value() == "second"
    assert await program.ended(signal.SIGTERM) == 0


def test_what_is_for_one_sync_is_refused(typed, repo) -> None:
    said = typed("sync", "--watch", "--dry-run")
    assert said.code == 2
    assert "with --watch it means nothing" in " ".join(said.err.split())
    said = typed("sync", "--watch", "--output", "markdown")
    assert (said.code, "--output markdown is of one sync" in said.err) == (2, True)


@pytest.mark.parametrize(
    "words", [("--poll", "5"), ("--socket", "bell")], ids=lambda words: words[0]
)
def test_what_is_for_a_watch_is_refused_without_one(typed, repo, words) -> None:
    said = typed("sync", *words)
    assert said.code == 2
    assert f"{words[0]} is for --watch" in " ".join(said.err.split())


def test_credentials_that_everybody_may_read_are_told_by_a_watch_too(
    typed, repo, tmp_path, monkeypatch
) -> None:
    sources = tmp_path / "sources.yaml"
    sources.write_text("repositories: [{url: 'https://a.test', password: hunter22}]")
    sources.chmod(0o644)
    monkeypatch.setenv("TRUNKLINE_SOURCES", str(sources))
    repo.write({"trunkline.yaml": "clusters: [{name: eu}]\n"}).commit()
    said = typed("sync", "--watch", "--cluster", "nowhere")
    assert "everybody on this machine may read its credentials" in " ".join(said.err.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--cluster", "nowhere"), "no cluster is called 'nowhere'; known: eu"),
        (("--socket", "/nowhere/bell"), "/nowhere/bell: No such file or directory"),
        (("--socket", "trunkline.yaml"), "trunkline.yaml: there is something else than a socket"),
        (("--poll", "nan"), "--poll is a number of seconds"),
    ],
)
def test_what_cannot_be_watched_is_told_at_once(typed, repo, words, told) -> None:
    repo.write({"trunkline.yaml": "clusters: [{name: eu}]\n"}).commit()
    said = typed("sync", "--watch", *words)
    assert said.code
    assert told in " ".join(said.err.split())
