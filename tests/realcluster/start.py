"""A real control plane on loopback: etcd, API server, controllers, scheduler, and kwok as nodes.

Everything it writes lies in one temporary folder, in memory where the machine allows, and is gone
with the last process. There is no kubelet: kwok answers for one node, so pods become ready and
jobs complete, but nothing runs.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.certificates import Pair, authority
from realcluster.binaries import Programs

START_SECONDS, END_SECONDS = 90.0, 300.0
ATTEMPTS = 3
MEMORY_NEEDED = 1024**3

# ServiceAccount would refuse a pod whose namespace has no `default` account yet.
# TaintNodesByCondition would taint a new node, and only the node lifecycle controller, which a
# node without heartbeats does not survive, takes the taint away.
PLUGINS_OFF = "ServiceAccount,TaintNodesByCondition"
CONTROLLERS = "*,-node-lifecycle-controller,-taint-eviction-controller"

# A prime256v1 key in SEC1's DER (RFC 5915): all that is free in it are 32 random bytes.
EC_KEY_HEAD = bytes.fromhex("30310201010420")
EC_KEY_TAIL = bytes.fromhex("a00a06082a8648ce3d030107")


class StartFailed(Exception):
    """The control plane did not come up; the message holds the end of the log that says why."""


@dataclass(frozen=True, slots=True)
class RealCluster:
    """How it is reached. `token` is an administrator's, `weak_token` that of a user who may do
    nothing; `ca` is a file, `kubeconfig` another, with one context of the name `name`. Whom
    `client_ca` signs a certificate for may ask what there is.
    """

    name: str
    url: str
    token: str
    weak_token: str
    ca: Path
    kubeconfig: Path
    client_ca: Pair

    def call(self, method: str, path: str, body: Any = None, kind: str = "json") -> Any:
        """One request by the standard library alone: for set-up, and to check a client by."""
        request = urllib.request.Request(f"{self.url}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Content-Type", f"application/{kind}")
        data = None if body is None else json.dumps(body).encode()
        context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(request, data, timeout=30, context=context) as answer:
            return json.loads(answer.read())


class ControlPlane:
    """The processes behind a RealCluster. `close` ends them; so does the end of this process."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._commands: list[list[str]] = []
        self.folder = Path(tempfile.mkdtemp(prefix="trunkline-real-", dir=fast_folder()))
        self._warden = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("warden.py")), str(self.folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    @classmethod
    def start(cls, programs: Programs) -> tuple[ControlPlane, RealCluster]:
        """A control plane with a ready node. Raises StartFailed.

        Free ports are found before they are used, so another process may take one: then again.
        """
        for attempt in range(1, ATTEMPTS + 1):
            plane = cls(programs)
            try:
                return plane, plane._begin()
            except StartFailed:
                plane.close()
                if attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        assert self._warden.stdin is not None
        # A line ends it too: a process that a test left behind may have a hand on the pipe.
        with contextlib.suppress(BrokenPipeError):
            self._warden.stdin.write(b"\n")
            self._warden.stdin.close()
        self._warden.wait(END_SECONDS)

    def backup(self, cluster: RealCluster) -> Path:
        """A copy of what etcd holds, taken while nothing runs, as an administrator would."""
        copy = self.folder / f"backup-{secrets.token_hex(4)}"
        with self._resting(cluster):
            shutil.copytree(self.folder / "etcd", copy)
        return copy

    def restore(self, cluster: RealCluster, backup: Path) -> None:
        """Back to what the backup holds: the versions of all objects go back too."""
        with self._resting(cluster):
            shutil.rmtree(self.folder / "etcd")
            shutil.copytree(backup, self.folder / "etcd")

    @contextlib.contextmanager
    def _resting(self, cluster: RealCluster) -> Iterator[None]:
        """Every process ended, and started again afterwards."""
        ended = self.folder / f"ended-{secrets.token_hex(4)}"
        self._tell(str(ended))
        deadline = time.monotonic() + START_SECONDS
        while not ended.exists():
            if time.monotonic() > deadline:
                raise StartFailed("the processes of the control plane did not end")
            time.sleep(0.02)
        yield
        commands, self._commands = self._commands, []
        for command in commands:
            self._run(command)
        self._await(cluster)

    def _begin(self) -> RealCluster:
        cluster = self._prepared()
        etcd = f"http://127.0.0.1:{free_port()}"
        self._run(etcd_command(self._programs, self.folder, etcd))
        self._run(apiserver_command(self._programs, self.folder, etcd, cluster))
        self._await(cluster)
        for command in controller_commands(self._programs, cluster):
            self._run(command)
        cluster.call("POST", "/api/v1/nodes", node("node-1"))
        return cluster

    def _prepared(self) -> RealCluster:
        cluster = RealCluster(
            name="real",
            url=f"https://127.0.0.1:{free_port()}",
            token=secrets.token_hex(16),
            weak_token=secrets.token_hex(16),
            ca=self.folder / "apiserver.crt",
            kubeconfig=self.folder / "kubeconfig",
            client_ca=authority(self.folder, "clients"),
        )
        files = {
            "tokens.csv": f'{cluster.token},admin,admin,"system:masters"\n'
            f"{cluster.weak_token},nobody,nobody\n",
            "signing.key": signing_key(),
            "kubeconfig": json.dumps(kubeconfig(cluster), indent=2),
        }
        for name, text in files.items():
            (self.folder / name).write_text(text)
        return cluster

    def _run(self, command: list[str]) -> None:
        self._commands.append(command)
        self._tell(command)

    def _tell(self, said: list[str] | str) -> None:
        assert self._warden.stdin is not None
        self._warden.stdin.write(json.dumps(said).encode() + b"\n")
        self._warden.stdin.flush()

    def _await(self, cluster: RealCluster) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                cluster.call("GET", "/api/v1/namespaces/default")
                return
            except (OSError, urllib.error.URLError):
                time.sleep(0.1)
        raise StartFailed(f"no API server after {START_SECONDS:.0f} s: {self._said()}")

    def _said(self) -> str:
        logs = sorted(self.folder.glob("*.log"))
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-600:]}" for log in logs)


def etcd_command(programs: Programs, folder: Path, url: str) -> list[str]:
    peer = f"http://127.0.0.1:{free_port()}"
    return [
        str(programs.etcd),
        f"--data-dir={folder / 'etcd'}",
        "--unsafe-no-fsync",
        f"--listen-client-urls={url}",
        f"--advertise-client-urls={url}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--log-level=error",
    ]


def apiserver_command(
    programs: Programs, folder: Path, etcd: str, cluster: RealCluster
) -> list[str]:
    return [
        str(programs.apiserver),
        f"--etcd-servers={etcd}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--secure-port={cluster.url.rpartition(':')[2]}",
        f"--cert-dir={folder}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        f"--client-ca-file={cluster.client_ca.certificate}",
        "--authorization-mode=RBAC",
        # A /24 is used up by a few hundred Services.
        "--service-cluster-ip-range=10.0.0.0/16",
        f"--disable-admission-plugins={PLUGINS_OFF}",
        # As every distribution has it: agents of nodes are privileged.
        "--allow-privileged=true",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'signing.key'}",
        f"--service-account-signing-key-file={folder / 'signing.key'}",
        "--endpoint-reconciler-type=none",
    ]


def controller_commands(programs: Programs, cluster: RealCluster) -> list[list[str]]:
    ours = f"--kubeconfig={cluster.kubeconfig}"
    alone = ["--leader-elect=false", "--bind-address=127.0.0.1", f"--cert-dir={cluster.ca.parent}"]
    stages = [f"--config={stage}" for stage in programs.stages]
    return [
        [
            str(programs.controller_manager),
            ours,
            *alone,
            f"--secure-port={free_port()}",
            f"--controllers={CONTROLLERS}",
        ],
        [str(programs.scheduler), ours, *alone, f"--secure-port={free_port()}"],
        [str(programs.kwok), ours, "--manage-all-nodes", *stages],
    ]


def kubeconfig(cluster: RealCluster) -> dict[str, Any]:
    """JSON is YAML. The certificate's file is written by the API server when it starts."""
    name = cluster.name
    server = {"server": cluster.url, "certificate-authority": str(cluster.ca)}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": server}],
        "users": [{"name": name, "user": {"token": cluster.token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
        "current-context": name,
    }


def node(name: str) -> dict[str, Any]:
    room = {"cpu": "64", "memory": "256Gi", "pods": "1000", "ephemeral-storage": "1Ti"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux"},
        },
        "status": {"capacity": room, "allocatable": room},
    }


def signing_key() -> str:
    """The key that signs service account tokens, without a program or library to make one."""
    der = EC_KEY_HEAD + secrets.token_bytes(32) + EC_KEY_TAIL
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN EC PRIVATE KEY-----\n{text}-----END EC PRIVATE KEY-----\n"


def fast_folder() -> str | None:
    """/dev/shm where it has room, None for the usual temporary folder."""
    shared = Path("/dev/shm")
    if not (shared.is_dir() and os.access(shared, os.W_OK)):
        return None
    state = os.statvfs(shared)
    return str(shared) if state.f_bavail * state.f_frsize > MEMORY_NEEDED else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
