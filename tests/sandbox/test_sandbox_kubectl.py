"""The ordinary kubectl against practice clusters: each verb that a user would try."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from trunkline.sandbox import Sandbox

OURS = Path(sys.executable).with_name("kubectl")
SYSTEM = Path(shutil.which("kubectl", path="/usr/local/bin:/usr/bin") or "/nowhere")
PROGRAMS = [
    pytest.param(one, id=name)
    for name, one in (("installed", OURS), ("system", SYSTEM))
    if one.exists()
]

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: main, image: "registry.example/web:1", ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


LATER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: later, namespace: shop}
"""


def namespace(name: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}"


@dataclass(frozen=True)
class Kubectl:
    program: Path
    kubeconfig: Path

    async def __call__(self, line: str, stdin: str = "", code: int = 0) -> str:
        """What it says; the test fails if it ends with another code."""
        process = await self.started(line)
        said, _ = await asyncio.wait_for(process.communicate(stdin.encode()), 90)
        assert process.returncode == code, said.decode()
        return said.decode()

    async def started(self, line: str) -> asyncio.subprocess.Process:
        folder = self.kubeconfig.parent
        return await asyncio.create_subprocess_exec(
            self.program,
            *line.split(),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(folder),
                "KUBECONFIG": str(self.kubeconfig),
            },
        )


@pytest.fixture(params=PROGRAMS)
async def kubectl(request: pytest.FixtureRequest, box: Sandbox, tmp_path: Path) -> Kubectl:
    box.write_kubeconfig(tmp_path / "kubeconfig")
    found = Kubectl(request.param, tmp_path / "kubeconfig")
    await found("apply -f -", namespace("shop"))
    return found


async def test_apply_says_what_it_did(kubectl: Kubectl) -> None:
    assert await kubectl("apply -f -", WEB) == (
        "deployment.apps/web created\nservice/web created\n"
    )
    assert await kubectl("apply -f -", WEB) == (
        "deployment.apps/web unchanged\nservice/web unchanged\n"
    )
    changed = await kubectl("apply -f -", WEB.replace("web:1", "web:2"))
    assert changed == "deployment.apps/web configured\nservice/web unchanged\n"


async def test_apply_removes_what_is_dropped(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", WEB.replace("name: main,", "name: main, env: [{name: A}],"))
    await kubectl("apply -f -", WEB)
    path = "jsonpath={.spec.template.spec.containers[0].env}"
    assert await kubectl(f"-n shop get deployment web -o {path}") == ""


async def test_apply_refuses_an_unknown_field(kubectl: Kubectl) -> None:
    said = await kubectl("apply -f -", WEB.replace("replicas:", "replica:"), code=1)
    assert 'unknown field "spec.replica"' in said


async def test_server_side_apply_and_its_conflicts(kubectl: Kubectl) -> None:
    said = await kubectl("apply --server-side -f -", WEB)
    assert said == "deployment.apps/web serverside-applied\nservice/web serverside-applied\n"
    other = "apply --server-side --field-manager=other -f -"
    said = await kubectl(other, WEB.replace("replicas: 2", "replicas: 3"), code=1)
    assert 'conflict with "kubectl": .spec.replicas' in said
    await kubectl(other + " --force-conflicts", WEB.replace("replicas: 2", "replicas: 3"))


async def test_get_prints_a_table(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", WEB)
    await kubectl("-n shop rollout status deployment/web --timeout=60s")
    head, line = (await kubectl("-n shop get deployments")).splitlines()
    assert head.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"]
    assert line.split()[:4] == ["web", "2/2", "2", "2"]
    assert (await kubectl("get ns shop -o name")).strip() == "namespace/shop"


async def test_watch_shows_a_change(kubectl: Kubectl) -> None:
    watching = await kubectl.started(
        "-n shop get configmaps -w -o name --field-selector=metadata.name=later"
    )
    await asyncio.sleep(0.5)
    await kubectl("apply -f -", LATER)
    assert watching.stdout is not None
    line = await asyncio.wait_for(watching.stdout.readline(), 60)
    watching.kill()
    await watching.wait()
    assert line.decode().strip() == "configmap/later"


async def test_rollout_and_logs(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", WEB)
    said = await kubectl("-n shop rollout status deployment/web --timeout=60s")
    assert 'deployment "web" successfully rolled out' in said
    assert "main: ready" in await kubectl("-n shop logs deployment/web")


async def test_scale(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", WEB)
    assert "scaled" in await kubectl("-n shop scale deployment web --replicas=0")
    await kubectl("-n shop wait --for=delete pod -l app=web --timeout=60s")


async def test_diff(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", WEB)
    await kubectl("-n shop rollout status deployment/web --timeout=60s")
    assert await kubectl("diff -f -", WEB) == ""
    said = await kubectl("diff -f -", WEB.replace("web:1", "web:2"), code=1)
    assert "+      - image: registry.example/web:2" in said.replace("+        ", "+      ")
    said = await kubectl(
        "diff --server-side --force-conflicts -f -", WEB.replace("web:1", "web:3"), code=1
    )
    assert "web:3" in said


async def test_delete(kubectl: Kubectl) -> None:
    await kubectl("apply -f -", WEB)
    said = await kubectl("delete --timeout=60s -f -", WEB)
    assert "deleted" in said
    await kubectl("delete namespace shop --timeout=60s")
    assert 'namespaces "shop" not found' in await kubectl("get namespace shop", code=1)


async def test_explain_and_api_resources(kubectl: Kubectl) -> None:
    assert "replicas" in await kubectl("explain deployment.spec")
    assert "deployments" in await kubectl("api-resources")
    assert (await kubectl("auth can-i delete pods")).strip() == "yes"


MAKERS = {
    "namespace more": "namespace/more created",
    "-n shop configmap c --from-literal=a=1": "configmap/c created",
    "-n shop secret generic s --from-literal=a=1": "secret/s created",
    "-n shop deployment d --image=i:1 --port=80 --replicas=0": "deployment.apps/d created",
    "-n shop job j --image=i:1": "job.batch/j created",
    "-n shop ingress i --rule=a.example/=web:80": "ingress.networking.k8s.io/i created",
}


@pytest.mark.parametrize("line", MAKERS)
async def test_create_sends_protobuf(kubectl: Kubectl, line: str) -> None:
    *space, rest = line.rpartition("shop ") if "shop" in line else ("", "", line)
    said = await kubectl(f"{''.join(space)} create {rest}")
    assert said.strip() == MAKERS[line]


async def test_what_protobuf_says_arrives(kubectl: Kubectl) -> None:
    await kubectl("-n shop create deployment d --image=i:1 --port=80 --replicas=0")
    path = "jsonpath={.spec.replicas}/{.spec.template.spec.containers[0].ports[0].containerPort}"
    assert await kubectl(f"-n shop get deployment d -o {path}") == "0/80"
    await kubectl("-n shop create secret generic s --from-literal=a=1")
    assert await kubectl("-n shop get secret s -o jsonpath={.data.a}") == "MQ=="


async def test_two_contexts(tmp_path: Path) -> None:
    async with Sandbox(["eu", "us"]) as box:
        box.write_kubeconfig(tmp_path / "kubeconfig")
        found = Kubectl(OURS, tmp_path / "kubeconfig")
        await found("--context us apply -f -", namespace("only-us"))
        assert "only-us" not in await found("get namespaces -o name")
        assert "only-us" in await found("--context us get namespaces -o name")
